"""One version of a homework: what its check found, what it changes, making it live.

Owns this page's routes. What a version must be is `grader.service.versions`'s.
"""

from typing import Annotated

from fastapi import Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.http import dependencies
from grader.service import context, versions
from grader.store import versions as stored
from grader.web import rendering
from grader.web import versions as listed

router = rendering.router_for_instructors()

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/assignments/{slug}/versions/{number}")
def version_page(
    slug: str,
    number: Number,
    request: Request,
    services: dependencies.Services,
    since: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    sent: versions.Sent = versions.Sent.NEW,
) -> HTMLResponse:
    """What a version's check found, what it changes, and the form that makes it live."""
    return _version(request, services, slug, number, since, sent=sent)


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
    """Make a version live."""
    try:
        versions.make_live(services, user, slug, number, insist=insist)
    except errors.Conflict as exc:
        return _version(request, services, slug, number, 0, exc)
    return rendering.to(f"/assignments/{slug}/versions/{number}")


def _version(
    request: Request,
    services: context.Services,
    slug: str,
    number: int,
    since: int,
    refused: Exception | None = None,
    sent: versions.Sent = versions.Sent.NEW,
) -> HTMLResponse:
    found, others = versions.find(services, slug, number), versions.listed(services, slug)
    since, now = since or _before(found, others), versions.in_force(services, slug)
    return rendering.render(
        request,
        "version.html",
        refused=refused,
        section="versions",
        assignment=listed.manifest(services, slug),
        slug=slug,
        version=found,
        said=versions.said_of(found, sent),
        losses=[text for text in versions.losses(services, found) if text not in found.findings],
        others=[one.number for one in others if one.number != number],
        since=since,
        changes=versions.compare(services, slug, since, number) if since else None,
        outdated=versions.outdated(services, slug) if number == now.number else 0,
        words=listed.WORDS,
    )


def _before(found: stored.HomeworkVersion, others: list[stored.HomeworkVersion]) -> int:
    """What a version is compared with: the live one, else the one before it; 0 for nothing."""
    live = next((one.number for one in others if one.live and one.number != found.number), 0)
    earlier = [one.number for one in others if one.number < found.number]
    return live or max(earlier, default=0)
