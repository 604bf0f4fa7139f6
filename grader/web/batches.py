"""The batches of an assignment, and the form for another.

Owns this page's routes. One batch has a page of its own, in `batch`.
"""

import hashlib
import uuid

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import wording
from grader.http import dependencies, multipart
from grader.intake import uploads
from grader.service import batches, bulk_operations, context
from grader.web import rendering

router = rendering.router_for_markers()


@router.get("/assignments/{slug}/batches")
def batches_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """The batches of an assignment, and the form for another."""
    return _page(slug, request, services)


@router.post("/assignments/{slug}/batches")
async def submit_batch(
    slug: str,
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: rendering.Instructor,
) -> Response:
    """Take a batch and go to its page."""
    await run_in_threadpool(services.course.load, slug)
    limit = int(services.max_batch_mb * wording.MB)
    try:
        async with multipart.received(request, limit, room) as form:
            rendering.check_form(request, form.fields.get("form_token", ""))
            key = _key(form.fields.get("once", ""), uploads.digest(slug, form.files))
            batch = await run_in_threadpool(batches.accept, services, user, slug, form.files, key)
    except rendering.REFUSED_UPLOADS as exc:
        rendering.raise_unless_refused(exc)
        return await run_in_threadpool(_page, slug, request, services, exc)
    return rendering.to(f"/batches/{batch.id}")


def _key(form: str, content: str) -> str | None:
    """What makes the same archive out of one form one batch, however often it is sent."""
    return hashlib.sha256(f"{form} {content}".encode()).hexdigest() if form else None


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    refused: Exception | None = None,
) -> HTMLResponse:
    return rendering.render(
        request,
        "batches.html",
        refused=refused,
        section="batches",
        assignment=services.course.load(slug).manifest,
        operations=bulk_operations.of_homework(services, batches.KIND, slug),
        max_mb=services.max_batch_mb,
        once=str(uuid.uuid4()),
    )
