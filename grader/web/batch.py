"""One batch: how far it is, and what became of each upload.

Owns this page's routes; what it shares with a regrade's page is in `bulk_operation`.
"""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from grader import wording
from grader.http import csv_stream, dependencies
from grader.service import batches, bulk_operations, context
from grader.store import batches as stored
from grader.web import bulk_operation, rendering

router = rendering.router_for_markers()
MOST_NAMES: Final = 20


@router.get("/batches/{group_id}")
def batch_page(group_id: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """A batch: how far it is, and what became of each upload."""
    return _page(group_id, request, services, "bulk_operation.html")


@router.get("/batches/{group_id}/live")
def batch_part(group_id: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """The part of a batch's page that changes."""
    return _page(group_id, request, services, "_batch.html")


@router.get("/batches/{group_id}/report.csv")
def batch_report(group_id: str, services: dependencies.Services) -> Response:
    """The table of a batch for a spreadsheet."""
    table = batches.table(services, group_id)
    return rendering.download(table, f"batch-{group_id[:8]}.csv", csv_stream.MEDIA_TYPE)


def _page(
    batch_id: str, request: Request, services: context.Services, template: str
) -> HTMLResponse:
    batch = bulk_operations.find(services, batches.KIND, batch_id)
    lines = stored.lines(services.store, batch.id)
    unknown = stored.unknown(services.store, batch.id, batch.assignment)
    return bulk_operation.page(
        request,
        services,
        batch,
        template,
        part="_batch.html",
        lines=lines,
        unknown=wording.shortened(unknown, MOST_NAMES, "and {} more"),
    )
