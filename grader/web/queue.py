"""The queue and the workers for staff: what waits, what runs, who grades, what failed.

Owns this page's routes; what they show is `grader.service.queue_status`'s. It is up to date when
it is loaded; where scripts run it refreshes itself.
"""

from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from grader import models
from grader.http import dependencies
from grader.service import context, queue_status, worker
from grader.store import rows
from grader.web import rendering, view_models

router = rendering.router_for_markers()

PRIORITY_WORDS: Final = {
    models.Priority.INTERACTIVE: "submitted by students",
    models.Priority.BATCH: "batches",
    models.Priority.REGRADE: "regrades",
}


@router.get("/queue")
def queue_page(
    request: Request, services: dependencies.Services, user: rendering.Marker
) -> HTMLResponse:
    """Queue depth, running gradings, estimated wait, workers."""
    return _page(request, services, user, "queue.html")


@router.get("/queue/live")
def queue_part(
    request: Request, services: dependencies.Services, user: rendering.Marker
) -> HTMLResponse:
    """The part of the page that changes."""
    return _page(request, services, user, "_queue.html")


def _page(
    request: Request, services: context.Services, user: rows.User, template: str
) -> HTMLResponse:
    """The page; of other courses than the viewer's it has numbers alone."""
    queue = queue_status.now(services, user)
    return rendering.render(
        request,
        template,
        queue=queue,
        status=queue.whole,
        stall_s=worker.STALL_S,
        wait=_wait(queue.wait_s),
        priorities=PRIORITY_WORDS,
        words=view_models.STATE_WORDS,
    )


def _wait(seconds: float | None) -> str:
    """How long a new upload of a student would wait."""
    if seconds is None:
        return "unknown: nothing was graded in the last hour"
    return f"about {view_models.duration(seconds)}" if seconds else "none"
