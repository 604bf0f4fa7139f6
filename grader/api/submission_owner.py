"""Submissions that are the wrong person's, all of a homework as one zip, and the log of runs.

Owns these routes, which are for staff only; students' own are in `submissions`.
"""

import functools
from typing import Annotated

from fastapi import APIRouter, Query, Response

from grader.api import callers
from grader.api.schemas import owner_schemas, submission_schemas
from grader.http import dependencies, file_stream, problems
from grader.service import all_submissions, run_log, submission_owner, submissions

router = APIRouter()

TEXT_TYPE = "text/plain; charset=utf-8"
ZIP_TYPE = "application/zip"


@router.delete(
    "/api/submissions/{submission_id}",
    status_code=204,
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such submission",
        s409="it is being graded",
        s422="no reason was given",
    ),
)
def delete(
    submission_id: str,
    services: dependencies.Services,
    user: callers.Instructor,
    reason: Annotated[
        str, Query(max_length=submission_owner.MAX_REASON, description="for the log")
    ] = "",
) -> Response:
    """Delete a submission with its reports and marks; the log keeps whose it was, when and why."""
    submission_owner.delete(services, user, submission_id, reason)
    return Response(status_code=204)


@router.post(
    "/api/submissions/{submission_id}/move",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such submission, or no such student in its course",
        s409="it is being graded, its student has asked about it, or it is theirs already",
        s422="no reason was given",
    ),
)
def move(
    submission_id: str,
    sent: owner_schemas.NewOwner,
    services: dependencies.Services,
    user: callers.Instructor,
) -> submission_schemas.Submission:
    """Give a submission to another student, with its time, result and marks."""
    moved = submission_owner.move(services, user, submission_id, sent.student, sent.reason)
    return submission_schemas.submission(submissions.status(services, user, moved))


@router.get(
    "/api/submissions/{submission_id}/log.txt",
    dependencies=callers.FOR_MARKERS,
    response_class=Response,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such submission")
    | {200: {"content": {TEXT_TYPE: {}}, "description": "the log"}},
)
def log(submission_id: str, services: dependencies.Services, user: callers.Caller) -> Response:
    """The raw log of its runs: every move, phase and test, and the whole report. For staff only."""
    text = run_log.of_submission(services, user, submission_id)
    return Response(text, media_type=TEXT_TYPE)


@router.get(
    "/api/assignments/{slug}/submissions.zip",
    dependencies=callers.FOR_MARKERS,
    response_class=Response,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment")
    | {200: {"content": {ZIP_TYPE: {}}, "description": "the zip"}},
)
def download(
    slug: str,
    services: dependencies.Services,
    which: all_submissions.WhichSubmissions = all_submissions.WhichSubmissions.LATEST,
) -> Response:
    """Uploads of all students as they were sent, and `manifest.csv`, which has a line for each."""
    write = functools.partial(all_submissions.write, services, slug, which)
    return file_stream.made(write, f"{slug}-{which}.zip", ZIP_TYPE)
