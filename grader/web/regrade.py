"""One regrade: how far it is, what it changed, and whether the new results count.

Owns this page's routes; what it shares with a batch's page is in `bulk_operation`.
"""

from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import models
from grader.http import dependencies
from grader.service import bulk_operations, context, regrades
from grader.store import regrades as stored
from grader.web import bulk_operation, rendering

router = rendering.router_for_markers()

PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000)]


@router.get("/regrades/{group_id}")
def regrade_page(
    group_id: str, request: Request, services: dependencies.Services, number: PageNumber = 1
) -> HTMLResponse:
    """A regrade: how far it is, what it changed, and whether the new results count."""
    return _page(group_id, request, services, "bulk_operation.html", number)


@router.get("/regrades/{group_id}/live")
def regrade_part(
    group_id: str, request: Request, services: dependencies.Services, number: PageNumber = 1
) -> HTMLResponse:
    """The part of a regrade's page that changes."""
    return _page(group_id, request, services, "_regrade.html", number)


@router.post("/regrades/{group_id}/apply", dependencies=[rendering.OwnForm])
def apply(
    group_id: str,
    services: dependencies.Services,
    user: rendering.Instructor,
    take: Annotated[models.Take, Form()],
    reason: Annotated[str, Form(max_length=rendering.MAX_REASON)] = "",
) -> Response:
    """Let the new results count."""
    regrades.apply(services, user, group_id, take, reason)
    return rendering.to(f"/regrades/{group_id}")


@router.post("/regrades/{group_id}/revert", dependencies=[rendering.OwnForm])
def revert(group_id: str, services: dependencies.Services, user: rendering.Instructor) -> Response:
    """Let the old results count again."""
    regrades.revert(services, user, group_id)
    return rendering.to(f"/regrades/{group_id}")


def _page(
    regrade_id: str, request: Request, services: context.Services, template: str, number: int
) -> HTMLResponse:
    regrade = bulk_operations.find(services, regrades.KIND, regrade_id)
    lines, total = stored.lines(services.store, regrade.id, number)
    return bulk_operation.page(
        request,
        services,
        regrade,
        template,
        part="_regrade.html",
        lines=lines,
        number=number,
        pages=max(1, -(-total // stored.LINES_PER_PAGE)),
        sums=regrades.sums(services, regrade),
        marks=regrades.marks(services, regrade),
        tests=stored.changed_tests(services.store, regrade.id) if regrade.ended else (),
    )
