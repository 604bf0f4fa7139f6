"""The queue and the workers for staff: what waits, what runs, who grades, what failed.

Owns this page's routes. It is up to date when it is loaded; where scripts run it renews itself.
"""

import functools
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from grader import models
from grader.http import dependencies
from grader.service import context, courses, queue_estimate, worker
from grader.store import bulk_operations, rows, service_status
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
    status = service_status.now(services.store)
    at_once = queue_estimate.at_once_with(services, _alive(status))
    listed = bulk_operations.listed(services.store, open_only=True)
    mine = functools.partial(courses.teaches, user)
    return rendering.render(
        request,
        template,
        status=status,
        at_once=at_once,
        stall_s=worker.STALL_S,
        wait=_wait(queue_estimate.new_upload_s(status, at_once)),
        operations=[one for one in listed if _is_news(one) and mine(one.assignment)],
        mine=mine,
        priorities=PRIORITY_WORDS,
        words=view_models.STATE_WORDS,
    )


def _alive(status: service_status.ServiceStatus) -> int:
    return sum(one.silent_s <= worker.STALL_S for one in status.workers)


def _is_news(operation: bulk_operations.BulkOperationRow) -> bool:
    """Whether something of a batch or regrade is still to be done; a regrade is to be decided."""
    return operation.open_runs > 0 or operation.kind == "regrade"


def _wait(seconds: float | None) -> str:
    """How long a new upload of a student would wait."""
    if seconds is None:
        return "unknown: nothing was graded in the last hour"
    return f"about {view_models.duration(seconds)}" if seconds else "none"
