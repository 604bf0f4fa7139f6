"""Batches and regrades as wholes: follow one, pause, resume, cancel it. For staff only.

Owns the routes both kinds have; a kind's own are in `batches` and `regrades`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from grader.api import callers
from grader.api.schemas import bulk_schemas
from grader.http import dependencies, event_stream, problems
from grader.service import batches, bulk_operations, context, regrades
from grader.store import rows

router = APIRouter()

NO_ASSIGNMENT = problems.described(**callers.STAFF_ONLY, s404="no such assignment")
ABSENT = problems.described(**callers.STAFF_ONLY, s404="no such batch or regrade")
STREAM: dict[str, Any] = {
    "response_class": StreamingResponse,
    "dependencies": callers.FOR_STAFF,
    "responses": ABSENT
    | {200: {"content": {event_stream.MEDIA_TYPE: {}}, "description": "the events"}},
}
_CONFLICT = problems.described(
    **callers.STAFF_ONLY, s404="no such batch or regrade", s409="not possible in its state"
)


def _kind(request: Request) -> str:
    return "batch" if request.url.path.startswith("/api/batches/") else "regrade"


Kind = Annotated[str, Depends(_kind)]


@router.get(
    "/api/assignments/{slug}/batches", dependencies=callers.FOR_STAFF, responses=NO_ASSIGNMENT
)
@router.get(
    "/api/assignments/{slug}/regrades", dependencies=callers.FOR_STAFF, responses=NO_ASSIGNMENT
)
def list_of_homework(
    slug: str, request: Request, services: dependencies.Services
) -> bulk_schemas.BulkOperations:
    """The newest batches or regrades of a homework, and how far each is."""
    kind = "batch" if request.url.path.endswith("/batches") else "regrade"
    found = bulk_operations.of_homework(services, kind, slug)
    return bulk_schemas.listed(found)


@router.get("/api/batches/{group_id}", dependencies=callers.FOR_STAFF, responses=ABSENT)
def progress(group_id: str, services: dependencies.Services) -> bulk_schemas.BulkOperation:
    """How far a batch is: its runs in each state, and the time that is left."""
    return _shape(services, bulk_operations.find(services, batches.KIND, group_id))


@router.get("/api/regrades/{group_id}", dependencies=callers.FOR_STAFF, responses=ABSENT)
def regrade_progress(group_id: str, services: dependencies.Services) -> bulk_schemas.Regrade:
    """How far a regrade is, and what it changes.

    Points here are those of the tests. Once it has ended, `marks` says how many marks given by hand
    count with the old results, with the new ones, or with both.
    """
    regrade = bulk_operations.find(services, regrades.KIND, group_id)
    progress = bulk_operations.progress(services, regrade)
    sums, marks = regrades.sums(services, regrade), regrades.marks(services, regrade)
    return bulk_schemas.regrade(progress, sums, marks)


@router.get("/api/batches/{group_id}/events", **STREAM)
@router.get("/api/regrades/{group_id}/events", **STREAM)
def events(group_id: str, kind: Kind, services: dependencies.Services) -> Response:
    """Its progress as server-sent events `progress`, each the whole answer of `GET`.

    The last one has `ended`. There is nothing to resume: the next event has everything.
    """
    operation = bulk_operations.find(services, kind, group_id)
    return event_stream.of_bulk_operation(services, operation, bulk_schemas.bulk_operation)


@router.post("/api/batches/{group_id}/pause", responses=_CONFLICT)
@router.post("/api/regrades/{group_id}/pause", responses=_CONFLICT)
def pause(
    group_id: str, kind: Kind, services: dependencies.Services, user: callers.Regrader
) -> bulk_schemas.BulkOperation:
    """Hold what has not started. What is being graded continues."""
    return _shape(services, bulk_operations.pause(services, user, kind, group_id))


@router.post("/api/batches/{group_id}/resume", responses=_CONFLICT)
@router.post("/api/regrades/{group_id}/resume", responses=_CONFLICT)
def resume(
    group_id: str, kind: Kind, services: dependencies.Services, user: callers.Regrader
) -> bulk_schemas.BulkOperation:
    """Queue again what was held."""
    return _shape(services, bulk_operations.resume(services, user, kind, group_id))


@router.post("/api/batches/{group_id}/cancel", responses=_CONFLICT)
@router.post("/api/regrades/{group_id}/cancel", responses=_CONFLICT)
def cancel(
    group_id: str, kind: Kind, services: dependencies.Services, user: callers.Regrader
) -> bulk_schemas.BulkOperation:
    """Cancel what has not ended. Results that are there stay."""
    return _shape(services, bulk_operations.cancel(services, user, kind, group_id))


def _shape(services: context.Services, operation: rows.BulkOperation) -> bulk_schemas.BulkOperation:
    return bulk_schemas.bulk_operation(bulk_operations.progress(services, operation))
