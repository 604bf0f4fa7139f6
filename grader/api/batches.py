"""Batches: many students' work at once, and the table of what became of it. For staff only.

Owns a batch's own routes; those it shares with regrades are in `bulk_operations`.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from grader import wording
from grader.api import bulk_operations as shared
from grader.api import callers
from grader.api.schemas import bulk_schemas
from grader.http import dependencies, multipart, problems
from grader.service import batches, bulk_operations

CSV_TYPE = "text/csv; charset=utf-8"

router = APIRouter()


@router.post(
    "/api/assignments/{slug}/batches",
    status_code=202,
    responses=problems.described(
        **callers.STAFF_ONLY,
        s404="no such assignment",
        s409="the Idempotency-Key was used for another batch",
        s413="larger than the service's limit",
        s415="not multipart/form-data",
        s422="not an archive of many students' work; `reasons` says why",
    ),
    openapi_extra=multipart.body("one zip with a folder, zip or notebook for each student"),
)
async def submit_batch(
    slug: str,
    request: Request,
    response: Response,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: callers.Regrader,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> bulk_schemas.BulkOperation:
    """Submit many students' work at once: one zip with a folder, zip or notebook for each.

    Answers 202 with the batch, which is graded after what students submit themselves. Uploads that
    intake refuses are counted and stand in `report.csv` with their reasons; the others are graded.

        curl -F file=@all.zip -H "Authorization: Bearer $TOKEN" \\
             $URL/api/assignments/eecs545_hw4/batches
    """
    await run_in_threadpool(services.course.load, slug)
    limit = int(services.max_batch_mb * wording.MB)
    async with multipart.received(request, limit, room) as form:
        batch = await run_in_threadpool(
            batches.accept, services, user, slug, form.files, idempotency_key
        )
    progress = await run_in_threadpool(bulk_operations.progress, services, batch)
    shape = bulk_schemas.bulk_operation(progress)
    response.headers["Location"] = shape.links.self
    return shape


@router.get(
    "/api/batches/{group_id}/report.csv",
    response_class=Response,
    dependencies=callers.FOR_STAFF,
    responses=shared.ABSENT | {200: {"content": {CSV_TYPE: {}}, "description": "the table"}},
)
def report(group_id: str, services: dependencies.Services) -> Response:
    """A table with a line for each upload: state, points in all and of each task, reasons."""
    return Response(batches.table(services, group_id), media_type=CSV_TYPE)
