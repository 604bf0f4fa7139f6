"""Following a submission as it is graded, and cancelling it.

Owns these routes; the stream is `grader.http.event_stream`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from grader.api import callers
from grader.api.schemas import submission_schemas
from grader.http import dependencies, event_stream, problems
from grader.service import submissions

router = APIRouter()


@router.get(
    "/api/submissions/{submission_id}/events",
    response_class=StreamingResponse,
    responses=problems.described(**callers.UNAUTHORISED, s404="no such submission of yours")
    | {200: {"content": {event_stream.MEDIA_TYPE: {}}, "description": "the events"}},
)
def events(
    submission_id: str,
    services: dependencies.Services,
    user: callers.Caller,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> Response:
    """What happens to a submission, as it happens; ends with its grading.

    Server-sent events. `status` is what `GET /api/submissions/{id}` says and comes when it changes
    (place in the queue, estimate, tests done, state). `state` is a step of the run, `phase` the end
    of its public, hidden or slow tests. `test` is one outcome: students get those that the report
    will show them, without points. After a lost connection send the last `id` as `Last-Event-ID`,
    as browsers do, and nothing comes twice.

        curl -N -H "Authorization: Bearer $TOKEN" $URL/api/submissions/$ID/events
    """
    submission = submissions.find(services, user, submission_id)
    shape = submission_schemas.submission
    return event_stream.of_submission(services, user, submission, last_event_id, shape)


@router.post(
    "/api/submissions/{submission_id}/cancel",
    responses=problems.described(
        **callers.UNAUTHORISED,
        s404="no such submission of yours",
        s409="its grading has ended; `state` says how",
    ),
)
def cancel(
    submission_id: str, services: dependencies.Services, user: callers.Caller
) -> submission_schemas.Submission:
    """Cancel the grading of a submission that waits or runs. There will be no report."""
    submission = submissions.cancel(services, user, submission_id)
    return submission_schemas.submission(submissions.status(services, user, submission))
