"""Two submissions of one student compared: tests, points, the lines of their files.

Owns this page's route. What differs is `grader.service.submitted_files`'s.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import counting, submitted_files
from grader.web import rendering, score_table

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


@router.get("/submissions/{submission_id}/compare")
def compare_page(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    other: Annotated[uuid.UUID, Query(alias="with")],
) -> HTMLResponse:
    """What changed from another submission of the same student: tests, points, files."""
    found = submitted_files.compared(services, user, submission_id, str(other))
    before, after = found.before, found.after
    return rendering.render(
        request,
        "compare.html",
        assignment=services.course.load(after.submission.assignment).manifest,
        before=before.submission,
        after=after.submission,
        points=[
            score_table.of_report(one.report) if one.report else None for one in (before, after)
        ],
        tests=found.tests,
        changes=found.changes,
        choices=counting.history(services, after.submission),
    )
