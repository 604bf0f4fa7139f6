"""The roster and tokens: bring the roster up to date, issue, list and revoke tokens.

Owns these routes and who may do what to whom: instructors to students and to themselves,
administrators to everybody, anybody to themselves. Reading CSV is `grader.course.roster`'s.
"""

import urllib.parse
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from grader import errors, models
from grader.api import dependencies, problems, uploads
from grader.api.schemas import staff_schemas
from grader.course import roster
from grader.service import accounts
from grader.store import roster as stored
from grader.store import rows, users

router = APIRouter()

MOST_PEOPLE = 500
_STAFF = {**dependencies.UNAUTHORISED, "s403": "for instructors"}
_TOKENS = problems.described(
    **dependencies.UNAUTHORISED,
    s403="not yours, and not your student's",
    s404="no such user or token",
)


@router.get(
    "/api/roster", dependencies=dependencies.FOR_TEACHERS, responses=problems.described(**_STAFF)
)
def people(
    here: dependencies.Here,
    limit: Annotated[int, Query(ge=1, le=MOST_PEOPLE)] = 200,
    after: Annotated[str, Query(max_length=200, description="a login; those behind it")] = "",
) -> staff_schemas.Roster:
    """Everybody who may use the service, by login."""
    found = stored.page(here.store, after, limit)
    last = urllib.parse.quote(found[-1].person.login) if len(found) == limit else ""
    more = f"/api/roster?limit={limit}&after={last}" if last else ""
    return staff_schemas.people(found, more)


@router.post(
    "/api/roster",
    responses=problems.described(
        **_STAFF,
        s413="larger than any roster",
        s415="not multipart/form-data",
        s422="lines that cannot be taken, each named in `reasons`; then nothing is changed",
    ),
    openapi_extra=uploads.body("one CSV file"),
)
async def import_roster(
    request: Request, here: dependencies.Here, user: dependencies.Teacher
) -> staff_schemas.Imported:
    """Bring the roster up to date from a CSV file with a header: name, email, role, section.

    Rosters and gradebooks of Canvas, Gradescope and Moodle are understood, too. People are known by
    login or address: a second import changes what differs and leaves the others. Nobody is deleted.

        curl -F file=@roster.csv -H "Authorization: Bearer $TOKEN" $URL/api/roster
    """
    async with uploads.received(request, roster.MAX_BYTES, request.app.state.upload_room) as form:
        if len(form.files) != 1:
            raise errors.UploadRefused("Send one CSV file.")
        found = await run_in_threadpool(take, here, user, form.files[0][1])
    return staff_schemas.Imported(
        added=list(found.added), changed=list(found.changed), unchanged=found.unchanged
    )


@router.get("/api/users/{name}/tokens", responses=_TOKENS)
def list_tokens(
    name: str, here: dependencies.Here, user: dependencies.Caller
) -> staff_schemas.Tokens:
    """Somebody's tokens: scope, purpose, when they end; never the tokens themselves."""
    _allowed(here, user, name)
    found = users.tokens(here.store, name)
    return staff_schemas.Tokens(tokens=[staff_schemas.token(one) for one in found])


@router.post("/api/users/{name}/tokens", status_code=201, responses=_TOKENS)
def issue_token(
    name: str, wanted: staff_schemas.NewToken, here: dependencies.Here, user: dependencies.Caller
) -> staff_schemas.Issued:
    """Issue a token. It is shown this once; what is kept is its hash."""
    _allowed(here, user, name)
    terms = wanted.model_dump()
    try:
        token, made = accounts.add_token(here.store, name, user.title, **terms)
    except accounts.AccountError as exc:  # the terms are checked: there is no such user
        raise problems.Problem(404, str(exc)) from exc
    return staff_schemas.Issued(token=token, **staff_schemas.token(made).model_dump())


@router.delete("/api/users/{name}/tokens/{token_id}", status_code=204, responses=_TOKENS)
def revoke_token(
    name: str,
    token_id: str,
    here: dependencies.Here,
    user: dependencies.Caller,
) -> Response:
    """End a token at once, and every session that was opened with it."""
    _allowed(here, user, name)
    number = int(token_id) if token_id.isascii() and token_id.isdecimal() else 0
    if not 0 < number < 2**63 or not users.revoke(here.store, name, number, user.title):
        raise problems.Problem(404, f"{name} has no valid token of this number.")
    return Response(status_code=204)


def take(here: dependencies.Services, user: rows.User, data: bytes) -> stored.Imported:
    """Bring the roster up to date from a CSV file.

    Raises:
        UploadRefused: with every line that cannot be taken; nothing is changed then.
    """
    return stored.apply(here.store, roster.parse(data), user.title)


def _allowed(here: dependencies.Services, user: rows.User, name: str) -> None:
    """Do nothing if the caller may handle this user's tokens.

    Raises:
        Problem: 403, or for instructors 404 when there is no such user.
    """
    if name == user.name or user.role is models.Role.ADMIN:
        return
    if not user.teaches:
        raise problems.Problem(403, "These are another's tokens; ask the course staff.")
    found = users.by_name(here.store, name)
    if found is None:
        raise problems.Problem(404, f"There is no user {name!r}; check the login name.")
    if found.role is not models.Role.STUDENT:
        raise problems.Problem(403, "Only administrators handle the tokens of staff.")
