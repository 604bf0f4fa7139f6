"""The teams of a homework for its staff: who is in which, who has none, and the forms to change it.

Owns this page's routes. What a team may be is `grader.service.teams`'.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Annotated, Final

from fastapi import Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import team_table
from grader.http import csv_stream, dependencies, multipart
from grader.service import context, teams
from grader.store import team_changes
from grader.web import rendering

router = rendering.router_for_markers()

Logins = Annotated[str, Form(max_length=rendering.FORM_BYTES)]
EMPTY: Final[Mapping[str, str]] = {"members": "", "team": ""}


@router.get("/assignments/{slug}/teams")
def teams_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """All teams, and who has none."""
    return _page(slug, request, services)


@router.get("/assignments/{slug}/teams.csv")
def table(slug: str, services: dependencies.Services) -> Response:
    """The same as a table, which can be imported again."""
    name = f"{slug}-teams.csv"
    return rendering.download(teams.table(services, slug), name, csv_stream.MEDIA_TYPE)


@router.post("/assignments/{slug}/teams", dependencies=[rendering.OwnForm])
def make(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    members: Logins = "",
) -> Response:
    """Make a team."""
    do = functools.partial(teams.make, services, user, slug, _names(members))
    return _done(slug, request, services, do, {"members": members, "team": ""})


@router.post("/assignments/{slug}/teams/import")
async def import_teams(
    slug: str,
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: rendering.Instructor,
) -> Response:
    """Make the teams of a file; all of them, or none."""
    page = functools.partial(_page, slug, request, services)
    try:
        async with multipart.received(request, team_table.MAX_BYTES, room) as form:
            rendering.check_form(request, form.fields.get("form_token", ""))
            take = functools.partial(teams.take, services, user, slug, form.files[0][1])
            done = await run_in_threadpool(take, only_these="only_these" in form.fields)
    except rendering.REFUSED_UPLOADS as exc:
        rendering.raise_unless_refused(exc)
        return await run_in_threadpool(page, exc)
    return await run_in_threadpool(page, done=done)


@router.post("/assignments/{slug}/teams/{team_id}", dependencies=[rendering.OwnForm])
def change(
    slug: str,
    team_id: int,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    before: Logins,
    members: Logins = "",
) -> Response:
    """Let a team be other people."""
    do = functools.partial(
        teams.change, services, user, slug, team_id, _names(members), _names(before)
    )
    return _done(slug, request, services, do, {"members": members, "team": str(team_id)})


@router.post("/assignments/{slug}/teams/{team_id}/dissolve", dependencies=[rendering.OwnForm])
def dissolve(
    slug: str,
    team_id: int,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    before: Logins,
) -> Response:
    """Dissolve a team."""
    do = functools.partial(teams.dissolve, services, user, slug, team_id, _names(before))
    return _done(slug, request, services, do)


def _names(text: str) -> list[str]:
    """Logins between commas; without any, between blanks."""
    parts = text.replace(";", ",").split(",") if {",", ";"} & {*text} else text.split()
    return [part.strip() for part in parts if part.strip()]


def _done(
    slug: str,
    request: Request,
    services: context.Services,
    do: Callable[[], object],
    given: Mapping[str, str] = EMPTY,
) -> Response:
    """The page after a form: as it is now, or with what could not be done."""
    try:
        do()
    except (errors.UploadRefused, errors.Refusal) as exc:
        return _page(slug, request, services, exc, given)
    return rendering.to(f"/assignments/{slug}/teams")


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    refused: Exception | None = None,
    given: Mapping[str, str] = EMPTY,
    done: team_changes.ChangedTeams | None = None,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it was not possible."""
    found = teams.overview(services, slug)
    return rendering.render(
        request,
        "teams.html",
        refused=refused,
        section="teams",
        assignment=services.course.load(slug).manifest,
        found=found,
        size=teams.size(services, slug),
        invited={one.invited.login: one.inviter.login for one in found.invitations},
        given=given,
        done=done,
    )
