"""Teams of a homework: students form one by invitation, staff make, change and import them.

Owns these routes; who may, and what a team may be, is `grader.service.teams`'s.
"""

import functools
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from grader import errors
from grader.api import callers
from grader.api.schemas import team_schemas
from grader.course import team_table
from grader.http import csv_stream, dependencies, multipart, problems
from grader.service import teams

router = APIRouter()

TeamId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Login = Annotated[str, Path(max_length=200)]
OF_STUDENTS = {**callers.UNAUTHORISED, "s403": "only students are in teams; or it is closed"}
WANTED = "somebody is no student of the course, or they are not enough; `reasons` says who"


@router.get(
    "/api/assignments/{slug}/team",
    responses=problems.described(**OF_STUDENTS, s404="no such assignment, or it has no teams"),
)
def own(slug: str, services: dependencies.Services, user: callers.Caller) -> team_schemas.OwnTeam:
    """The caller's team, who has invited them, and whom they have invited."""
    return team_schemas.own(teams.own(services, user, slug), teams.size(services, slug))


@router.post(
    "/api/assignments/{slug}/team/invitations",
    status_code=201,
    responses=problems.described(
        **OF_STUDENTS,
        s404="no such assignment or student, or it has no teams",
        s409="one of the two has a team, or the team is complete",
        s422="it is yourself",
    ),
)
def invite(
    slug: str,
    sent: team_schemas.Invite,
    services: dependencies.Services,
    user: callers.Caller,
) -> team_schemas.OwnTeam:
    """Invite a classmate by login. Whoever accepts first is in the team, until it is complete."""
    found = teams.invite(services, user, slug, sent.login)
    return team_schemas.own(found, teams.size(services, slug))


@router.post(
    "/api/assignments/{slug}/team/invitations/{login}/accept",
    responses=problems.described(
        **OF_STUDENTS,
        s404="no such assignment, or nobody of that login has invited you",
        s409="the team is complete meanwhile, or you have one",
    ),
)
def accept(
    slug: str, login: Login, services: dependencies.Services, user: callers.Caller
) -> team_schemas.OwnTeam:
    """Join the team of who has invited you. Other invitations to you are gone then."""
    found = teams.accept(services, user, slug, login)
    return team_schemas.own(found, teams.size(services, slug))


@router.post(
    "/api/assignments/{slug}/team/invitations/{login}/decline",
    responses=problems.described(
        **OF_STUDENTS, s404="no such assignment, or nobody of that login has invited you"
    ),
)
def decline(
    slug: str, login: Login, services: dependencies.Services, user: callers.Caller
) -> team_schemas.OwnTeam:
    """Say no to who has invited you."""
    found = teams.decline(services, user, slug, login)
    return team_schemas.own(found, teams.size(services, slug))


@router.delete(
    "/api/assignments/{slug}/team/invitations/{login}",
    responses=problems.described(
        **OF_STUDENTS, s404="no such assignment, or no invitation of yours waits for an answer"
    ),
)
def withdraw(
    slug: str, login: Login, services: dependencies.Services, user: callers.Caller
) -> team_schemas.OwnTeam:
    """Take back an invitation that you have sent."""
    found = teams.withdraw(services, user, slug, login)
    return team_schemas.own(found, teams.size(services, slug))


@router.delete(
    "/api/assignments/{slug}/team",
    responses=problems.described(
        **OF_STUDENTS,
        s404="no such assignment, or it has no teams",
        s409="you are in no team, or it has submitted something",
    ),
)
def leave(slug: str, services: dependencies.Services, user: callers.Caller) -> team_schemas.OwnTeam:
    """Leave your team, while it has submitted nothing; staff may change it later as well."""
    return team_schemas.own(teams.leave(services, user, slug), teams.size(services, slug))


@router.get(
    "/api/assignments/{slug}/teams",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(
        **callers.MARKERS_ONLY, s404="no such assignment, or it has no teams"
    ),
)
def list_all(slug: str, services: dependencies.Services) -> team_schemas.Teams:
    """All teams of a homework, who has none yet, and the invitations that wait for an answer."""
    return team_schemas.overview(teams.overview(services, slug), teams.size(services, slug))


@router.get(
    "/api/assignments/{slug}/teams.csv",
    dependencies=callers.FOR_MARKERS,
    response_class=Response,
    responses=problems.described(
        **callers.MARKERS_ONLY, s404="no such assignment, or it has no teams"
    )
    | {200: {"content": {csv_stream.MEDIA_TYPE: {}}, "description": "the table"}},
)
def table(slug: str, services: dependencies.Services) -> Response:
    """The same as CSV, a line for each person; it can be changed and imported again."""
    return Response(teams.table(services, slug), media_type=csv_stream.MEDIA_TYPE)


@router.post(
    "/api/assignments/{slug}/teams",
    status_code=201,
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY, s404="no such assignment, or it has no teams", s422=WANTED
    ),
)
def make(
    slug: str,
    new: team_schemas.NewTeam,
    services: dependencies.Services,
    user: callers.Instructor,
) -> team_schemas.TeamChanges:
    """Make a team. Its people leave the teams that they are in; it may be larger than `size`."""
    return team_schemas.changes(teams.make(services, user, slug, new.members))


@router.put(
    "/api/assignments/{slug}/teams/{team_id}",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such assignment or team",
        s409="somebody has changed the team meanwhile",
        s422=WANTED,
    ),
)
def change(
    slug: str,
    team_id: TeamId,
    new: team_schemas.ChangedTeam,
    services: dependencies.Services,
    user: callers.Instructor,
) -> team_schemas.TeamChanges:
    """Let a team be other people. What it has submitted stays the work of who was in it then."""
    done = teams.change(services, user, slug, team_id, new.members, new.before)
    return team_schemas.changes(done)


@router.delete(
    "/api/assignments/{slug}/teams/{team_id}",
    status_code=204,
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such assignment or team"),
)
def dissolve(
    slug: str, team_id: TeamId, services: dependencies.Services, user: callers.Instructor
) -> Response:
    """Dissolve a team. What it has submitted stays the work of who was in it."""
    teams.dissolve(services, user, slug, team_id)
    return Response(status_code=204)


@router.post(
    "/api/assignments/{slug}/teams/import",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such assignment, or it has no teams",
        s413="larger than any list",
        s415="not multipart/form-data",
        s422="teams that cannot be made, each named in `reasons`; then nothing is changed",
    ),
    openapi_extra=multipart.body("one CSV or JSON file"),
)
async def import_teams(
    slug: str,
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: callers.Instructor,
    only_these: Annotated[
        bool, Query(description="dissolve teams that the file does not name")
    ] = False,
) -> team_schemas.TeamChanges:
    """Make the teams of a file: a line for each team, or columns `team` and `login`, or JSON.

    People are named by login, address or student number. Teams that the file does not name stay;
    people whom it names leave the teams that they are in. All teams are made, or none.

        curl -F file=@teams.csv -H "Authorization: Bearer $TOKEN" \\
             $URL/api/assignments/eecs545_hw4/teams/import
    """
    async with multipart.received(request, team_table.MAX_BYTES, room) as form:
        if len(form.files) != 1:
            raise errors.UploadRefused("Send one CSV or JSON file.")
        take = functools.partial(teams.take, services, user, slug, form.files[0][1])
        done = await run_in_threadpool(take, only_these=only_these)
    return team_schemas.changes(done)
