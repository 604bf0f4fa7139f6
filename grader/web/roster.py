"""The roster: everybody of the course, the form for a list of them, and new tokens.

Owns this page's routes. Taking a list and issuing tokens are `grader.service.roster`'s.
"""

import functools
from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import permissions
from grader.course import roster as rules
from grader.http import dependencies, multipart, problems
from grader.service import context, roster
from grader.store import roster as stored
from grader.store import rows
from grader.web import rendering

router = rendering.router_for_instructors()

PEOPLE = 200  # of one page
TOKEN_DAYS = 180.0  # as the API gives them


@router.get("/roster")
def roster_page(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    after: Annotated[str, Query(max_length=200)] = "",
    *,
    dropped: bool = False,
) -> HTMLResponse:
    """Everybody of the course, and the form for a list of them."""
    return _page(request, services, user, after, dropped=dropped)


@router.post("/roster")
async def import_roster(
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: rendering.Instructor,
) -> Response:
    """Take a list of people; lines that cannot be taken are shown, and left out when asked to."""
    page = functools.partial(_page, request, services, user, "")
    try:
        async with multipart.received(request, rules.MAX_BYTES, room) as form:
            rendering.check_form(request, form.fields.get("form_token", ""))
            take = functools.partial(roster.take, services, user, form.files[0][1])
            ways = {name: name in form.fields for name in ("skip", "drop")}
            done = await run_in_threadpool(take, **ways)
    except rules.OddLines as exc:
        return await run_in_threadpool(page, 422, tuple(exc.reasons), odd=True)
    except errors.UploadRefused as exc:
        return await run_in_threadpool(page, 422, tuple(exc.reasons))
    except problems.Problem as exc:
        if exc.status not in (413, 422):
            raise
        return await run_in_threadpool(page, exc.status, (exc.detail,))
    return await run_in_threadpool(page, done=done)


@router.post("/roster/token", dependencies=[rendering.OwnForm])
def issue_token(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    login: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Make a token for somebody and show it, this once."""
    label = "given on the page of the roster"
    try:
        token, made = roster.issue_token(services, user, login, days=TOKEN_DAYS, label=label)
    except errors.Refusal as exc:
        problem = problems.of(exc)
        return _page(request, services, user, "", problem.status, (problem.detail,))
    return _page(request, services, user, issued=(login, token, made))


def _page(
    request: Request,
    services: context.Services,
    user: rows.User,
    after: str = "",
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
    done: stored.Imported | None = None,
    issued: tuple[str, str, rows.Token] | None = None,
    *,
    odd: bool = False,
    dropped: bool = False,
) -> HTMLResponse:
    behind = after.replace("\0", "")
    people = stored.page(services.store, behind, PEOPLE, user.course, dropped=dropped)
    return rendering.render(
        request,
        "roster.html",
        status_code,
        people=people,
        may_issue=functools.partial(permissions.manages_tokens, user.role),
        more=people[-1].person.login if len(people) == PEOPLE else "",
        reasons=reasons,
        odd=odd,
        done=done,
        issued=issued,
        dropped=dropped,
    )
