"""What the pages of a batch and of a regrade share: how far it is, who did what, pause and cancel.

Owns these routes and the frame of both pages. A kind's own part is in `batch` and `regrade`.
"""

import contextlib
from typing import Any, Final, Literal

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.api.schemas import bulk_schemas
from grader.http import dependencies, event_stream
from grader.service import bulk_operations, context
from grader.store import bulk_operations as stored
from grader.store import rows
from grader.web import rendering, view_models

router = rendering.router_for_markers()

Verb = Literal["pause", "resume", "cancel"]
VERBS: Final = {
    "pause": bulk_operations.pause,
    "resume": bulk_operations.resume,
    "cancel": bulk_operations.cancel,
}


@router.get("/batches/{group_id}/events", response_model=None)
@router.get("/regrades/{group_id}/events", response_model=None)
def events(group_id: str, request: Request, services: dependencies.Services) -> Response:
    """The progress as events, for the page's script."""
    operation = bulk_operations.find(services, _kind(request), group_id)
    return event_stream.of_bulk_operation(services, operation, bulk_schemas.bulk_operation)


@router.post("/batches/{group_id}/{verb}", dependencies=[rendering.OwnForm])
@router.post("/regrades/{group_id}/{verb}", dependencies=[rendering.OwnForm])
def move(
    group_id: str,
    verb: Verb,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
) -> Response:
    """Pause, resume or cancel; if that is not possible any more, the page shows why."""
    kind = _kind(request)
    with contextlib.suppress(errors.Conflict):
        VERBS[verb](services, user, kind, group_id)
    return rendering.to(f"/{bulk_schemas.PLURALS[kind]}/{group_id}")


def page(
    request: Request,
    services: context.Services,
    operation: rows.BulkOperation,
    template: str,
    **values: Any,
) -> HTMLResponse:
    """The page of a batch or regrade, or its part that changes.

    Args:
        values: for the kind's own part of the template.
    """
    progress = bulk_operations.progress(services, operation)
    manifest = None
    with contextlib.suppress(errors.SuiteError):  # its folder may be gone since
        manifest = services.course.load(operation.assignment).manifest
    return rendering.render(
        request,
        template,
        operation=operation,
        manifest=manifest,
        address=f"/{bulk_schemas.PLURALS[operation.kind]}/{operation.id}",
        wait=view_models.duration(progress.ready_in_s) if progress.ready_in_s else "",
        done=sum(operation.runs.values()) - operation.open_runs,
        total=sum(operation.runs.values()),
        words=view_models.STATE_WORDS,
        bulk_words=view_models.BULK_WORDS,
        moves=stored.moves(services.store, operation.id),
        **values,
    )


def _kind(request: Request) -> str:
    return "batch" if request.url.path.startswith("/batches/") else "regrade"
