"""The files of a submission: numbered lines, those marked that the report names.

Owns this page's route. The files are read by `grader.service.submitted_files`.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import counting, reports, submissions, submitted_files
from grader.web import listing, rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


@router.get("/submissions/{submission_id}/files")
def files_page(
    submission_id: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """What was submitted, file by file."""
    submission = submissions.find(services, user, submission_id)
    shown = submitted_files.of_submission(services, user, submission_id)
    report = reports.of_submission(services, user, submission)
    messages = [test.message for test in report.report.tests] if report else []
    failing = listing.failing_lines(messages)
    texts = {
        path: listing.of_file(path, text, failing.get(path, set()))
        for path, text in shown.texts.items()
    }
    return rendering.render(
        request,
        "files.html",
        assignment=services.course.load(submission.assignment).manifest,
        submission=submission,
        texts=texts,
        failing=failing,
        others=shown.others,
        choices=counting.history(services, submission),
    )
