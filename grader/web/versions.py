"""All versions of a homework, and the form for another.

Owns this page's route. One version has a page of its own, in `version`; what a version must be is
`grader.service.versions`'s.
"""

from fastapi import Request
from fastapi.responses import HTMLResponse

from grader import errors
from grader.assignment import manifest as assignments
from grader.http import dependencies
from grader.service import context, versions
from grader.store import versions as stored
from grader.web import publish, rendering

router = rendering.router_for_instructors()

WORDS = {
    stored.VersionState.DRAFT: "Not live",
    stored.VersionState.CHECKING: "Being checked",
    stored.VersionState.READY: "Passed its check",
    stored.VersionState.LIVE: "Live",
    stored.VersionState.RETIRED: "Was live",
}


@router.get("/assignments/{slug}/versions")
def versions_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """All versions of a homework, and the form for another."""
    return rendering.render(
        request,
        "versions.html",
        section="versions",
        assignment=manifest(services, slug),
        slug=slug,
        versions=versions.listed(services, slug),
        outdated=versions.outdated(services, slug),
        words=WORDS,
        now=versions.in_force(services, slug),
        given=publish.EMPTY,
    )


def manifest(services: context.Services, slug: str) -> assignments.Manifest | None:
    """The homework's manifest; None while no version of it is live."""
    services.course.read_versions_again()  # as new as the list below
    try:
        return services.course.load(slug).manifest
    except errors.SuiteError:
        return None
