"""What was asked about one submission's points, the answers, and the form to ask.

Owns this page's routes. Who may ask and answer is `grader.service.regrade_requests`'s.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import permissions
from grader.course import regrade_requests as rules
from grader.http import dependencies
from grader.service import context, regrade_requests, submissions
from grader.store import rows
from grader.web import rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)

EMPTY: Final[Mapping[str, str]] = {"task": "", "text": "", "request": ""}
Text = Annotated[str, Form(max_length=4 * regrade_requests.MAX_TEXT)]


@router.get("/submissions/{submission_id}/requests")
def of_submission(
    submission_id: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """What was asked about a submission, the answers, and the form to ask."""
    return _page(submission_id, request, services, user)


@router.post("/submissions/{submission_id}/requests", dependencies=[rendering.OwnForm])
def ask(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    task: Annotated[str, Form(max_length=200)],
    text: Text = "",
) -> Response:
    """Ask about the points of a task."""
    given = {"task": task, "text": text, "request": ""}
    try:
        regrade_requests.ask(services, user, submission_id, task, text)
    except (errors.Refusal, errors.NotTaken) as exc:
        return _page(submission_id, request, services, user, exc, given)
    return rendering.to(f"/submissions/{submission_id}/requests")


@router.post("/requests/{request_id}", dependencies=[rendering.OwnForm])
def reply(
    request_id: int,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    text: Text = "",
    close: Annotated[bool, Form()] = False,
) -> Response:
    """Add a message to a request, or close it."""
    found = regrade_requests.find(services, user, request_id)
    path = str(found.submission_id)
    try:
        regrade_requests.reply(services, user, request_id, text, close=close)
    except (errors.NotValid, errors.Conflict) as exc:
        given = {"task": "", "text": text, "request": str(request_id)}
        return _page(path, request, services, user, exc, given)
    return rendering.to(f"/submissions/{path}/requests#request-{request_id}")


def _page(
    submission_id: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    refused: Exception | None = None,
    given: Mapping[str, str] = EMPTY,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it could not be taken."""
    submission = submissions.find(services, user, submission_id)
    requests = regrade_requests.of_submission(services, user, submission_id)
    refusal = regrade_requests.refusal(services, submission.assignment, user)
    return rendering.render(
        request,
        "submission_requests.html",
        refused=refused,
        submission=submission,
        assignment=services.course.load(submission.assignment).manifest,
        requests=requests,
        refusal=refusal,
        unsent="" if _has_form(given, requests, refusal) else given["text"],
        asks=user.id in submission.owners and not permissions.is_staff(user.role),
        most=regrade_requests.MAX_TEXT,
        given=given,
    )


def _has_form(
    given: Mapping[str, str], requests: Sequence[rules.RegradeRequest], refusal: str
) -> bool:
    """Whether the page has a form for what was typed: it is gone once nothing can be sent by it."""
    if not given["request"]:
        return not refusal
    return any(
        str(one.id) == given["request"] and one.state is not rules.RequestState.CLOSED
        for one in requests
    )
