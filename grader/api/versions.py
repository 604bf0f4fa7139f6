"""Publishing a homework, its versions, and which is in use. For instructors only.

Owns these routes; what a version must be is `grader.service.versions`'s.
"""

import asyncio
import dataclasses
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from grader import errors
from grader.api import callers
from grader.api.schemas import version_schemas
from grader.assignment import bundle
from grader.http import dependencies, multipart, problems
from grader.service import context, versions
from grader.store import rows

router = APIRouter()

ZIP_TYPE = "application/zip"
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
ABSENT = problems.described(**callers.INSTRUCTORS_ONLY, s404="no such version")


def _wanted(
    note: Annotated[str, Query(max_length=versions.MAX_NOTE)] = "",
    hold: Annotated[bool, Query(description="wait for somebody to make it live")] = False,
    insist: Annotated[bool, Query(description="live whatever its check finds")] = False,
) -> versions.Publication:
    return versions.Publication("", note, hold, insist)


Wanted = Annotated[versions.Publication, Depends(_wanted)]


@router.post(
    "/api/assignments/{slug}/versions",
    status_code=202,
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="a homework of another course",
        s413="larger than a homework may be",
        s415="not multipart/form-data",
        s422="no bundle of this homework, or its files cannot be read; `reasons` says why",
    ),
    openapi_extra=multipart.body("the bundle that `grader publish --write` makes, or such a zip"),
)
async def publish(
    slug: str,
    request: Request,
    response: Response,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: callers.Instructor,
    wanted: Wanted,
) -> version_schemas.SentVersion:
    """Publish a version of a homework, also of a new one: suite, reference and template in a zip.

    Its check runs behind all that people submit: template up to date, reference full, three
    starters nothing, a sample of the mutants. When it passes, the version is live, unless `hold`
    was asked for. The files of the newest version are no new one: `note`, `hold` and `insist` are
    applied to that one, so `insist` makes it live in spite of findings.

        curl -F file=@hw1.zip -H "Authorization: Bearer $TOKEN" $URL/api/assignments/hw1/versions
    """
    made = await _taken(request, services, room, user, dataclasses.replace(wanted, slug=slug))
    response.headers["Location"] = f"/api/assignments/{slug}/versions/{made.version.number}"
    return version_schemas.sent(made)


@router.post(
    "/api/courses/{course}/versions",
    status_code=202,
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        **callers.NO_COURSE,
        s409="another course has a homework of this name",
        s413="larger than a homework may be",
        s415="not multipart/form-data",
        s422="no bundle, or its files cannot be read; `reasons` says why",
    ),
    openapi_extra=multipart.body("the bundle that `grader publish --write` makes, or such a zip"),
)
async def publish_in_course(
    course: str,  # noqa: ARG001  # `course_gate` reads it from the address
    request: Request,
    response: Response,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: callers.Instructor,
    wanted: Wanted,
) -> version_schemas.SentVersion:
    """The same for a homework of one of several courses; its name stands in the bundle."""
    made = await _taken(request, services, room, user, wanted)
    response.headers["Location"] = (
        f"/api/assignments/{made.version.assignment}/versions/{made.version.number}"
    )
    return version_schemas.sent(made)


async def _taken(
    request: Request,
    services: context.Services,
    room: asyncio.Semaphore,
    user: rows.User,
    wanted: versions.Publication,
) -> versions.PublishResult:
    async with multipart.received(request, bundle.MAX_BYTES, room) as form:
        if len(form.files) != 1:
            raise errors.UploadRefused(["Send one zip."])
        return await run_in_threadpool(versions.publish, services, user, form.files[0][1], wanted)


@router.get(
    "/api/assignments/{slug}/versions",
    dependencies=callers.FOR_INSTRUCTORS,
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such homework"),
)
def listed(slug: str, services: dependencies.Services) -> version_schemas.Versions:
    """All versions of a homework, newest first, and which is in use.

    A homework of the service's own folder, of which no published version is live, is in use from
    there; each change in the folder is kept as a version by itself.
    """
    found = versions.listed(services, slug)
    now = versions.in_force(services, slug)
    return version_schemas.listed(found, versions.outdated(services, slug), now)


@router.get(
    "/api/assignments/{slug}/versions/{number}",
    dependencies=callers.FOR_INSTRUCTORS,
    responses=ABSENT,
)
def one(
    slug: str, number: Number, services: dependencies.Services
) -> version_schemas.PublishedVersion:
    """A version and what its check found."""
    return version_schemas.version(versions.find(services, slug, number))


@router.get(
    "/api/assignments/{slug}/versions/{number}/bundle.zip",
    dependencies=callers.FOR_INSTRUCTORS,
    response_class=Response,
    responses=ABSENT | {200: {"content": {ZIP_TYPE: {}}, "description": "the bundle"}},
)
def content(slug: str, number: Number, services: dependencies.Services) -> Response:
    """A version's files, hidden tests and reference included."""
    return Response(versions.content(services, slug, number), media_type=ZIP_TYPE)


@router.get(
    "/api/assignments/{slug}/versions/{number}/changes",
    dependencies=callers.FOR_INSTRUCTORS,
    responses=ABSENT,
)
def changes(
    slug: str,
    number: Number,
    services: dependencies.Services,
    since: Annotated[int, Query(ge=1, le=2**31 - 1, description="the other version's number")],
) -> version_schemas.VersionComparison:
    """Which tasks, tests and files this version has otherwise than another one."""
    found = versions.compare(services, slug, since, number)
    return version_schemas.comparison(since, number, found)


@router.post(
    "/api/assignments/{slug}/versions/{number}/live",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such version",
        s409="not checked yet, findings, or it changes points that people have, without `insist`",
    ),
)
def make_live(
    slug: str,
    number: Number,
    sent: version_schemas.GoLive,
    services: dependencies.Services,
    user: callers.Instructor,
) -> version_schemas.PublishedVersion:
    """Make a version live, a newer one or an older one again. Nothing is graded again by it."""
    made = versions.make_live(services, user, slug, number, insist=sent.insist)
    return version_schemas.version(made)
