"""A homework's versions: publishing one, what its check found, comparing, making one live.

Owns these pages' routes. What a version must be is `grader.service.versions`'s.
"""

import functools
from typing import Annotated

from fastapi import Form, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors
from grader.assignment import bundle
from grader.http import dependencies, multipart, problems
from grader.service import context, versions
from grader.store import versions as stored
from grader.web import rendering

router = rendering.router_for_instructors()

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
WORDS = {
    stored.VersionState.DRAFT: "Not live",
    stored.VersionState.CHECKING: "Being checked",
    stored.VersionState.READY: "Passed its check",
    stored.VersionState.LIVE: "Live",
    stored.VersionState.RETIRED: "Was live",
}
EMPTY = {"slug": "", "note": "", "when": ""}
REFUSALS = (errors.UploadRefused, errors.NotValid, problems.Problem)


@router.get("/publish")
def publish_page(request: Request) -> HTMLResponse:
    """The form for a homework, new or not."""
    return _form(request)


@router.post("/publish")
async def publish(
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: rendering.Instructor,
) -> Response:
    """Take a bundle and go to its version's page; what was typed stays when it is refused."""
    fields: dict[str, str] = {}
    try:
        async with multipart.received(request, bundle.MAX_BYTES, room) as form:
            fields = form.fields
            rendering.check_form(request, fields.get("form_token", ""))
            when = fields.get("when", "")
            wanted = versions.Publication(
                fields.get("slug", ""), fields.get("note", ""), when == "hold", when == "insist"
            )
            publishing = functools.partial(versions.publish, services, user)
            made = await run_in_threadpool(publishing, form.files[0][1], wanted)
    except REFUSALS as exc:
        problem = problems.of(exc)
        if problem.status not in (413, 415, 422):
            raise
        reasons = exc.reasons if isinstance(exc, errors.UploadRefused) else (problem.detail,)
        return await run_in_threadpool(_form, request, problem.status, tuple(reasons), fields)
    return rendering.to(f"/assignments/{made.assignment}/versions/{made.number}")


@router.get("/assignments/{slug}/versions")
def versions_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """All versions of a homework, and the form for another."""
    return rendering.render(
        request,
        "versions.html",
        section="versions",
        assignment=_manifest(services, slug),
        slug=slug,
        versions=versions.listed(services, slug),
        outdated=versions.outdated(services, slug),
        words=WORDS,
        given=EMPTY,
    )


@router.get("/assignments/{slug}/versions/{number}")
def version_page(
    slug: str,
    number: Number,
    request: Request,
    services: dependencies.Services,
    since: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> HTMLResponse:
    """What a version's check found, what it changes, and the form that makes it live."""
    return _version(request, services, slug, number, since)


@router.get("/assignments/{slug}/versions/{number}/bundle.zip")
def content(slug: str, number: Number, services: dependencies.Services) -> Response:
    """A version's files."""
    found = versions.content(services, slug, number)
    return rendering.download(found, f"{slug}-version-{number}.zip", "application/zip")


@router.post("/assignments/{slug}/versions/{number}/live", dependencies=[rendering.OwnForm])
def make_live(
    slug: str,
    number: Number,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    insist: Annotated[bool, Form()] = False,
) -> Response:
    """Put a version in force."""
    try:
        versions.make_live(services, user, slug, number, insist=insist)
    except errors.Conflict as exc:
        return _version(request, services, slug, number, 0, 409, (str(exc),))
    return rendering.to(f"/assignments/{slug}/versions/{number}")


def _form(
    request: Request,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    return rendering.render(
        request, "publish.html", status_code, reasons=reasons, given=EMPTY | (given or {})
    )


def _version(
    request: Request,
    services: context.Services,
    slug: str,
    number: int,
    since: int,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
) -> HTMLResponse:
    found, others = versions.find(services, slug, number), versions.listed(services, slug)
    since = since or _before(found, others)
    return rendering.render(
        request,
        "version.html",
        status_code,
        section="versions",
        assignment=_manifest(services, slug),
        slug=slug,
        version=found,
        others=[one.number for one in others if one.number != number],
        since=since,
        changes=versions.compare(services, slug, since, number) if since else None,
        outdated=versions.outdated(services, slug) if found.live else 0,
        words=WORDS,
        reasons=reasons,
    )


def _before(found: stored.HomeworkVersion, others: list[stored.HomeworkVersion]) -> int:
    """What a version is compared with: the live one, for the live one the one before it."""
    live = next((one.number for one in others if one.live and one.number != found.number), 0)
    earlier = [one.number for one in others if one.number < found.number]
    return live or max(earlier, default=0)


def _manifest(services: context.Services, slug: str) -> object:
    """The homework's manifest; None while no version of it is live."""
    try:
        return services.course.load(slug).manifest
    except errors.SuiteError:
        return None
