"""The form that publishes a homework, new or not.

Owns this page's routes. What a version must be is `grader.service.versions`'s, the list of them is
on `web.versions`.
"""

import functools

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors
from grader.assignment import bundle
from grader.http import dependencies, multipart, problems
from grader.service import versions
from grader.web import rendering

router = rendering.router_for_instructors()

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


def _form(
    request: Request,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    return rendering.render(
        request, "publish.html", status_code, reasons=reasons, given=EMPTY | (given or {})
    )
