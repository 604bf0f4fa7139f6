"""The page on which a submission of the wrong person is moved or deleted.

Owns these routes, and the downloads that are for staff only: the log of a submission's runs, and
all submissions of a homework. What is possible is `grader.service.submission_owner`'s.
"""

import functools
from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.http import dependencies, file_stream
from grader.service import all_submissions, context, run_log, submission_owner, submissions
from grader.store import listings, rows
from grader.web import rendering

router = rendering.router_for_markers()

EMPTY = {"student": "", "reason": ""}
Reason = Annotated[str, Form(max_length=rendering.MAX_REASON)]


@router.get("/submissions/{submission_id}/owner")
def owner_page(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
) -> HTMLResponse:
    """Whose a submission is, and the forms that move or delete it."""
    return _page(submission_id, request, services, user)


@router.post("/submissions/{submission_id}/move", dependencies=[rendering.OwnForm])
def move(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    student: Annotated[str, Form(max_length=200)] = "",
    reason: Reason = "",
) -> Response:
    """Give it to another student."""
    try:
        submission_owner.move(services, user, submission_id, student, reason)
    except errors.Refusal as exc:
        given = {"student": student, "reason": reason}
        return _page(submission_id, request, services, user, exc, given)
    return rendering.to(f"/submissions/{submission_id}")


@router.post("/submissions/{submission_id}/delete", dependencies=[rendering.OwnForm])
def delete(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    reason: Reason = "",
    sure: Annotated[bool, Form()] = False,
) -> Response:
    """Delete it and go to the list of the others."""
    try:
        slug = submissions.find(services, user, submission_id).assignment
        if not sure:
            raise errors.NotValid("Tick the box: a submission that is deleted does not come back.")
        submission_owner.delete(services, user, submission_id, reason)
    except errors.Refusal as exc:
        return _page(submission_id, request, services, user, exc, EMPTY | {"reason": reason})
    return rendering.to(f"/assignments/{slug}/submissions")


@router.get("/submissions/{submission_id}/log.txt")
def log(submission_id: str, services: dependencies.Services, user: rendering.Marker) -> Response:
    """The raw log of its runs."""
    text = run_log.of_submission(services, user, submission_id)
    return rendering.download(text, f"{submission_id}.log.txt", "text/plain; charset=utf-8")


@router.get("/assignments/{slug}/submissions.zip")
def download(
    slug: str,
    services: dependencies.Services,
    which: all_submissions.WhichSubmissions = all_submissions.WhichSubmissions.LATEST,
) -> Response:
    """Uploads of all students, with a manifest."""
    write = functools.partial(all_submissions.write, services, slug, which)
    name, headers = f"{slug}-{which}.zip", rendering.SECURITY_HEADERS
    return file_stream.made(write, name, "application/zip", headers)


def _page(
    submission_id: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    refused: Exception | None = None,
    given: Mapping[str, str] = EMPTY,
) -> HTMLResponse:
    submission = submissions.find(services, user, submission_id)
    upload = listings.upload(services.store, submission.id, user)
    return rendering.render(
        request,
        "submission_owner.html",
        refused=refused,
        submission=submission,
        student=upload.student if upload else "",
        assignment=services.course.load(submission.assignment).manifest,
        given=given,
    )
