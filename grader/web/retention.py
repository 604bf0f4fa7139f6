"""What becomes of a course's work: how long it is kept, what would go, the archives of grades.

Owns the page and its forms; the work is `grader.service.course_retention`'s.
"""

from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.http import dependencies
from grader.service import context, course_retention
from grader.store import rows
from grader.web import rendering

router = rendering.router_for_instructors()
ArchiveId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/courses/{course}/retention")
def page(
    course: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """What there is, and when it goes."""
    return _page(course, request, services, user)


@router.post("/courses/{course}/retention", dependencies=[rendering.OwnForm])
def keep(
    course: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    days: rendering.FormText = "",
) -> Response:
    """Say how long the work is kept; nothing written keeps it for ever."""
    try:
        course_retention.keep_for(services, user, course, _days(days))
    except errors.NotValid as exc:
        return _page(course, request, services, user, exc, days=days)
    return rendering.to(f"/courses/{course}/retention")


@router.post("/courses/{course}/grade-archives", dependencies=[rendering.OwnForm])
def archive(course: str, services: dependencies.Services, user: rendering.Viewer) -> Response:
    """Make an archive of grades."""
    course_retention.archive_for(services, user, course)
    return rendering.to(f"/courses/{course}/retention#archives")


@router.get("/courses/{course}/grade-archives/{archive_id}")
def download(
    course: str, archive_id: ArchiveId, services: dependencies.Services, user: rendering.Viewer
) -> Response:
    """An archive of grades."""
    zipped = course_retention.archive(services, user, course, archive_id)
    return rendering.download(zipped, f"{course}-grades-{archive_id}.zip", "application/zip")


@router.post("/courses/{course}/work/delete", dependencies=[rendering.OwnForm])
def empty(
    course: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    confirm: rendering.FormText = "",
) -> Response:
    """Delete the work now."""
    try:
        course_retention.empty_for(services, user, course, confirm)
    except (errors.NotValid, errors.Conflict) as exc:
        return _page(course, request, services, user, exc, confirm=confirm)
    return rendering.to(f"/courses/{course}/retention")


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise errors.NotValid(
            "Write a number of days, or nothing to keep the work without a limit."
        )
    return int(text)


def _page(
    course: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    refused: Exception | None = None,
    **given: str,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it could not be taken."""
    return rendering.render(
        request,
        "retention.html",
        refused=refused,
        outlook=course_retention.outlook_for(services, user, course),
        given=given,
    )
