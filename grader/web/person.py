"""One person of a course: what they are, their tokens, and the forms to change that.

Owns these pages' routes. Who may change what is `grader.service.enrolments`' and
`grader.service.roster`'s.
"""

import functools
import urllib.parse
from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors, models
from grader.course import memberships, permissions
from grader.http import dependencies
from grader.service import context, enrolments, roster
from grader.store import rows
from grader.web import rendering

router = rendering.router_for_instructors()

Login = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("/roster/person")
def person_page(
    request: Request, services: dependencies.Services, user: rendering.Instructor, login: Login
) -> HTMLResponse:
    """What somebody is in the course, and their tokens."""
    return _page(request, services, user, login)


@router.post("/roster/person", dependencies=[rendering.OwnForm])
async def save(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    login: Login,
    role: Annotated[models.Role, Form()],
    full_name: rendering.FormText = "",
    email: rendering.FormText = "",
    section: rendering.FormText = "",
    sid: rendering.FormText = "",
) -> Response:
    """Change somebody; who had dropped the course is in it again."""
    given = {"full_name": full_name, "email": email, "section": section, "sid": sid}
    given |= {"role": role.value}
    form = await request.form()
    shown = {name: str(form[f"shown.{name}"]) for name in given if f"shown.{name}" in form}
    return await run_in_threadpool(_saved, request, services, user, login, given, shown)


def _saved(
    request: Request,
    services: context.Services,
    user: rows.User,
    login: str,
    given: Mapping[str, str],
    shown: Mapping[str, str],
) -> Response:
    typed = {name: text.strip() for name, text in given.items()}
    typed["email"] = typed["email"].lower()
    try:
        old = enrolments.find(services.store, user.course, login)
        new = enrolments.edited(old, typed, shown)
        enrolments.put(services, user, user.course, login, new)
    except errors.Refusal as exc:
        return _page(request, services, user, login, exc, given)
    return _back(user, login)


@router.post("/roster/person/drop", dependencies=[rendering.OwnForm])
def drop(services: dependencies.Services, user: rendering.Instructor, login: Login) -> Response:
    """Let somebody leave the course."""
    enrolments.drop(services, user, user.course, login)
    return _back(user, login)


@router.post("/roster/person/token", dependencies=[rendering.OwnForm])
def end_token(
    services: dependencies.Services,
    user: rendering.Instructor,
    login: Login,
    number: rendering.FormText,
) -> Response:
    """End a token of somebody's, and the sessions opened with it."""
    roster.revoke_token(services, user, login, number)
    return _back(user, login)


def _back(user: rows.User, login: str) -> Response:
    query = urllib.parse.urlencode({"course": user.course, "login": login})
    return rendering.to(f"/roster/person?{query}")


def _page(
    request: Request,
    services: context.Services,
    user: rows.User,
    login: str,
    refused: Exception | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it could not be taken."""
    found = enrolments.find(services.store, user.course, login.replace("\0", ""))
    known = {name: getattr(found.person, name) for name in enrolments.TEXTS}
    own = login == user.name
    handles = own or (found.role and permissions.manages_tokens(user.role, found.role))
    listed = handles and not found.dropped and not found.is_admin
    may_give = functools.partial(permissions.may_give, user.role)
    return rendering.render(
        request,
        "person.html",
        refused=refused,
        found=found,
        own=own,
        given=given or known | {"role": found.role},
        shown=known | {"role": found.role or memberships.LEAST},
        roles=[role for role in memberships.ROLES if may_give(role) or role is found.role],
        may_change=found.role is not None and may_give(found.role),
        tokens=roster.tokens(services, user, login) if listed else None,
    )
