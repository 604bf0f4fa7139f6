"""The roster: who is on it, and bringing it up to date. For instructors only.

Owns these routes. Reading a list of people is `grader.course.roster`'s, keeping it
`grader.store.roster`'s; tokens are in `tokens`.
"""

import functools
import urllib.parse
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from grader import errors
from grader.api import callers
from grader.api.schemas import staff_schemas
from grader.course import roster as rules
from grader.http import dependencies, multipart, problems
from grader.service import roster
from grader.store import roster as stored

router = APIRouter()

MOST_PEOPLE = 500


@router.get(
    "/api/roster",
    responses=problems.described(**callers.INSTRUCTORS_ONLY, **callers.NO_COURSE),
)
def people(
    services: dependencies.Services,
    user: callers.Instructor,
    limit: Annotated[int, Query(ge=1, le=MOST_PEOPLE)] = 200,
    after: Annotated[str, Query(max_length=200, description="a login; those behind it")] = "",
    dropped: Annotated[bool, Query(description="also those who have left the course")] = False,
    course: callers.InCourse = "",
) -> staff_schemas.Roster:
    """The people of a course, by login."""
    entries = stored.page(services.store, after, limit, user.course, dropped=dropped)
    last = urllib.parse.quote(entries[-1].person.login) if len(entries) == limit else ""
    only = ("&dropped=true" if dropped else "") + (f"&course={course}" if course else "")
    more = f"/api/roster?limit={limit}&after={last}{only}" if last else ""
    return staff_schemas.people(entries, more)


@router.post(
    "/api/roster",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        **callers.NO_COURSE,
        s413="larger than any roster",
        s415="not multipart/form-data",
        s422="lines that cannot be taken, each named in `reasons`, or most students would have "
        "dropped; then nothing is changed",
    ),
    openapi_extra=multipart.body("one CSV file"),
)
async def import_roster(
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: callers.Instructor,
    _course: callers.NamedCourse,
    skip: Annotated[bool, Query(description="leave out lines that cannot be taken")] = False,
    drop: Annotated[
        bool, Query(description="students whom the file does not name have dropped the course")
    ] = False,
    confirm: Annotated[
        bool, Query(description="with `drop`: also if most of the students have dropped")
    ] = False,
) -> staff_schemas.Imported:
    """Bring a course's roster up to date from a CSV file with a header: name, email, role, section.

    Rosters and gradebooks of Canvas, Gradescope, Moodle, Brightspace and Blackboard are understood
    as they are. People are known by login, address or Canvas' number: a second import changes what
    differs and leaves the others. Nobody is deleted; whoever had dropped the course and is named
    is active again, and with `?drop=true` students who are not named have dropped it. With lines
    that cannot be taken the answer is 422, and nothing is changed; `?skip=true` takes the others
    and names these in `skipped`. A file that does not name most of the students drops them only
    with `?drop=true&confirm=true`; otherwise the answer is 422.

        curl -F file=@roster.csv -H "Authorization: Bearer $TOKEN" $URL/api/roster
    """
    async with multipart.received(request, rules.MAX_BYTES, room) as form:
        if len(form.files) != 1:
            raise errors.UploadRefused("Send one CSV file.")
        take = functools.partial(roster.take, services, user, form.files[0][1])
        done = await run_in_threadpool(take, skip=skip, drop=drop, confirm=confirm)
    return staff_schemas.imported(done)
