"""Two submissions of one student compared: tests, points, the lines of their files.

Owns this page's route. What differs is `grader.service.submitted_files`'s.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from grader import errors
from grader.http import dependencies
from grader.service import counting, reports, submissions, submitted_files
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
    after = submissions.find(services, user, submission_id)
    before = submissions.find(services, user, str(other))
    if (before.user_id, before.assignment) != (after.user_id, after.assignment):
        raise errors.NotFound("Only submissions of one student for one homework can be compared.")
    if before.created_at > after.created_at:
        before, after = after, before
    old, new = (reports.of_submission(services, user, one) for one in (before, after))
    tests = submitted_files.test_changes(before, old.report, new.report) if old and new else None
    changes = submitted_files.compare(
        submitted_files.of_submission(services, user, str(before.id)),
        submitted_files.of_submission(services, user, str(after.id)),
    )
    return rendering.render(
        request,
        "compare.html",
        assignment=services.course.load(after.assignment).manifest,
        before=before,
        after=after,
        points=[score_table.of_report(one) if one else None for one in (old, new)],
        tests=tests,
        changes=changes,
        choices=counting.history(services, after),
    )
