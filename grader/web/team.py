"""A student's team for one homework: who is in it, invitations, and the forms to form one.

Owns this page's routes. Who may do what is `grader.service.teams`'.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import permissions
from grader.http import dependencies
from grader.service import assignments, context, teams
from grader.store import rows
from grader.web import rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)

Login = Annotated[str, Form(max_length=200)]


@router.get("/assignments/{slug}/team")
def team_page(
    slug: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> Response:
    """The viewer's team and invitations; staff see everybody's."""
    if permissions.is_staff(user.role):
        return rendering.to(f"/assignments/{slug}/teams")
    return _page(slug, request, services, user)


@router.post("/assignments/{slug}/team/invite", dependencies=[rendering.OwnForm])
def invite(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    login: Login = "",
) -> Response:
    """Invite a classmate."""
    return _done(
        slug, request, services, user, lambda: teams.invite(services, user, slug, login), login
    )


@router.post("/assignments/{slug}/team/accept", dependencies=[rendering.OwnForm])
def accept(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    login: Login,
) -> Response:
    """Join the team of who has invited the viewer."""
    return _done(slug, request, services, user, lambda: teams.accept(services, user, slug, login))


@router.post("/assignments/{slug}/team/decline", dependencies=[rendering.OwnForm])
def decline(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    login: Login,
) -> Response:
    """Say no to who has invited the viewer."""
    return _done(slug, request, services, user, lambda: teams.decline(services, user, slug, login))


@router.post("/assignments/{slug}/team/withdraw", dependencies=[rendering.OwnForm])
def withdraw(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    login: Login,
) -> Response:
    """Take back an invitation."""
    return _done(slug, request, services, user, lambda: teams.withdraw(services, user, slug, login))


@router.post("/assignments/{slug}/team/leave", dependencies=[rendering.OwnForm])
def leave(
    slug: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> Response:
    """Leave the team."""
    return _done(slug, request, services, user, lambda: teams.leave(services, user, slug))


def _done(
    slug: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    do: Callable[[], object],
    typed: str = "",
) -> Response:
    """The page after a form: as it is now, or with the reason why nothing was done."""
    try:
        do()
    except (errors.Refusal, errors.NotTaken) as exc:
        return _page(slug, request, services, user, exc, typed)
    return rendering.to(f"/assignments/{slug}/team")


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    refused: Exception | None = None,
    typed: str = "",
) -> HTMLResponse:
    """The page; `typed` is the login that was filled in when it could not be taken."""
    place = teams.own(services, user, slug)
    size = teams.size(services, slug)
    return rendering.render(
        request,
        "team.html",
        refused=refused,
        assignment=assignments.find(services, user, slug).manifest,
        place=place,
        size=size,
        closed=teams.refusal(services, user, slug),
        typed=typed,
    )
