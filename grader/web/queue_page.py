"""The queue and the workers for staff: what waits, what runs, who grades, what failed.

Owns the page's routes. It is up to date when it is loaded; where scripts run it renews itself.
"""

import math
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from grader import models
from grader.api import dependencies
from grader.service import worker
from grader.store import listings, service_status
from grader.web import rendering, view_models

router = APIRouter(
    include_in_schema=False, route_class=rendering.Route, dependencies=[Depends(rendering.staff)]
)

PRIORITY_WORDS: Final = {
    models.Priority.INTERACTIVE: "handed in by students",
    models.Priority.BATCH: "batches",
    models.Priority.REGRADE: "regrades",
}


@router.get("/queue")
def queue_page(request: Request, here: dependencies.Here) -> HTMLResponse:
    """Queue depth, running gradings, estimated wait, workers."""
    return _queue(request, here, "queue.html")


@router.get("/queue/live")
def queue_part(request: Request, here: dependencies.Here) -> HTMLResponse:
    """The part of the page that changes."""
    return _queue(request, here, "_queue.html")


def _queue(request: Request, here: dependencies.Services, template: str) -> HTMLResponse:
    found = service_status.now(here.store)
    alive = sum(one.silent_s <= worker.STALL_S for one in found.workers)
    at_once = here.workers * max(1, alive)
    return rendering.render(
        request,
        template,
        found=found,
        at_once=at_once,
        stall_s=worker.STALL_S,
        wait=_wait(found, at_once),
        groups=[one for one in listings.groups(here.store, open_only=True) if _is_news(one)],
        priorities=PRIORITY_WORDS,
        words=view_models.STATE_WORDS,
    )


def _is_news(group: listings.GroupLine) -> bool:
    """Whether something of a batch or regrade is still to be done; a regrade is to be decided."""
    return group.open_runs > 0 or group.kind == "regrade"


def _wait(found: service_status.Now, at_once: int) -> str:
    """How long a new upload of a student would wait."""
    ahead = sum(
        w.n
        for w in found.waiting
        if w.state is models.SubmissionState.QUEUED and w.priority >= models.Priority.INTERACTIVE
    )
    busy = len(found.running) >= at_once
    if not (ahead or busy):
        return "none"
    if found.mean_s is None:
        return "unknown: nothing was graded in the last hour"
    return f"about {view_models.duration(math.ceil((ahead + 1) / at_once) * found.mean_s)}"
