"""Regrade requests: a student asks about the points of a task, instructors answer.

Owns these routes; who may, and when, is `grader.service.regrade_requests`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from grader.api import callers
from grader.api.schemas import request_schemas
from grader.http import dependencies, problems
from grader.service import regrade_requests

router = APIRouter()

RequestId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get(
    "/api/submissions/{submission_id}/requests",
    responses=problems.described(**callers.UNAUTHORISED, s404="no such submission"),
)
def list_of_submission(
    submission_id: str, services: dependencies.Services, user: callers.Caller
) -> request_schemas.RegradeRequests:
    """What was asked about a submission, and every answer."""
    return request_schemas.requests(regrade_requests.of_submission(services, user, submission_id))


@router.post(
    "/api/submissions/{submission_id}/requests",
    status_code=201,
    responses=problems.described(
        **callers.UNAUTHORISED,
        s403="grades are not published, it is too late, or it is somebody else's",
        s404="no such submission or task",
        s409="no result yet, or a request about this task is not closed",
        s422="nothing was asked, or too much",
    ),
)
def ask(
    submission_id: str,
    sent: request_schemas.NewRequest,
    response: Response,
    services: dependencies.Services,
    user: callers.Caller,
) -> request_schemas.RegradeRequest:
    """Ask about the points of one task of one's own submission, once grades are published."""
    made = regrade_requests.ask(services, user, submission_id, sent.task, sent.text)
    response.headers["Location"] = f"/api/requests/{made.id}"
    return request_schemas.request(made)


@router.get(
    "/api/assignments/{slug}/requests",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment"),
)
def list_of_assignment(
    slug: str,
    services: dependencies.Services,
    closed: Annotated[bool, Query(description="also those that are closed")] = False,
) -> request_schemas.RegradeRequests:
    """Requests about an assignment: those that wait for an answer first."""
    found = regrade_requests.of_assignment(services, slug, closed=closed)
    return request_schemas.requests(found)


@router.get(
    "/api/requests/{request_id}",
    responses=problems.described(**callers.UNAUTHORISED, s404="no such request of yours"),
)
def one(
    request_id: RequestId, services: dependencies.Services, user: callers.Caller
) -> request_schemas.RegradeRequest:
    """A request with all its messages."""
    return request_schemas.request(regrade_requests.find(services, user, request_id))


@router.post(
    "/api/requests/{request_id}/messages",
    status_code=201,
    responses=problems.described(
        **callers.UNAUTHORISED,
        s404="no such request of yours",
        s409="it is closed, or has very many messages",
        s422="nothing was said, or too much",
    ),
)
def reply(
    request_id: RequestId,
    sent: request_schemas.NewMessage,
    services: dependencies.Services,
    user: callers.Caller,
) -> request_schemas.RegradeRequest:
    """Add a message; with `close` it is the last one and may be empty. Either side may close."""
    answered = regrade_requests.reply(services, user, request_id, sent.text, close=sent.close)
    return request_schemas.request(answered)
