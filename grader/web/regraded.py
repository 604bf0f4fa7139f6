"""One submission of a regrade: the old and the new result side by side.

Owns this page's route. What differs is `grader.service.regrades`'s.
"""

import uuid

from fastapi import Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import bulk_operations, regrades
from grader.web import rendering

router = rendering.router_for_markers()


@router.get("/regrades/{group_id}/submissions/{submission_id}")
def regraded_page(
    group_id: str, submission_id: uuid.UUID, request: Request, services: dependencies.Services
) -> HTMLResponse:
    """One submission of a regrade: the old and the new result side by side."""
    regrade = bulk_operations.find(services, regrades.KIND, group_id)
    comparison = regrades.compare(services, regrade, submission_id)
    return rendering.render(
        request,
        "regraded.html",
        regrade=regrade,
        runs=comparison.runs,
        submission_id=submission_id,
        old=comparison.old,
        new=comparison.new,
        changes=comparison.changes,
    )
