"""The form that publishes a homework, new or not.

Owns this page's routes. What a version must be is `grader.service.versions`'s, the list of them is
on `web.versions`.
"""

import functools
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors
from grader.assignment import bundle
from grader.http import dependencies, multipart, problems
from grader.service import courses, versions
from grader.store import rows
from grader.web import rendering

router = rendering.router_for_instructors()

EMPTY = {"slug": "", "note": "", "when": ""}
REFUSALS = (errors.UploadRefused, errors.NotValid, errors.Conflict, problems.Problem)


@router.get("/publish")
def publish_page(
    request: Request,
    user: rendering.Instructor,
    course: Annotated[str, Query(max_length=63)] = "",
) -> HTMLResponse:
    """The form for a homework, new or not, in one of the viewer's courses."""
    return _form(request, user, course)


@router.post("/publish")
@router.post("/assignments/{slug}/versions")
async def publish(
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: rendering.Instructor,
    slug: str = "",
) -> Response:
    """Take a bundle and go to its version's page; what was typed stays when it is refused."""
    fields: dict[str, str] = {}
    try:
        async with multipart.received(request, bundle.MAX_BYTES, room) as form:
            fields = form.fields
            rendering.check_form(request, fields.get("form_token", ""))
            when = fields.get("when", "")
            wanted = versions.Publication(
                slug, fields.get("note", ""), when == "hold", when == "insist"
            )
            publishing = functools.partial(versions.publish, services, user)
            made = await run_in_threadpool(publishing, form.files[0][1], wanted)
    except REFUSALS as exc:
        if problems.of(exc).status not in (409, 413, 415, 422):
            raise
        given = fields | {"slug": slug}
        return await run_in_threadpool(_form, request, user, user.course, exc, given)
    again = "" if made.sent is versions.Sent.NEW else f"?sent={made.sent}"
    version = made.version
    return rendering.to(f"/assignments/{version.assignment}/versions/{version.number}{again}")


def _form(
    request: Request,
    user: rows.User,
    course: str = "",
    refused: Exception | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    return rendering.render(
        request,
        "publish.html",
        refused=refused,
        given=EMPTY | (given or {}),
        course=course or user.course,
        taught=courses.taught(user),
    )
