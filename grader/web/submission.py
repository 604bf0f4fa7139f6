"""One submission: where it stands, its report, its files; cancel it or let it count.

Owns this page's routes. What a reader is told is `grader.service`'s `submissions` and `reports`'.
"""

import contextlib
import dataclasses
import datetime
import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.api.schemas import submission_schemas
from grader.assignment import manifest as manifests
from grader.course import permissions
from grader.http import dependencies, event_stream, problems
from grader.service import (
    annotations,
    as_student,
    context,
    counting,
    late_days,
    members_of_submission,
    reports,
    submissions,
    submitted_files,
    template_zip,
)
from grader.store import rows
from grader.web import rendering, report_view, view_models

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


@router.get("/submissions/{submission_id}")
def submission_page(
    submission_id: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """Where a submission stands, and its report when there is one."""
    return _page(submission_id, request, services, user, "submission.html")


@router.get("/submissions/{submission_id}/as-student")
def submission_as_student(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    student: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """The page as its student sees it, of a team one of them, for staff, who can only read it."""
    try:
        viewer = as_student.of_submission(services, user, submission_id, student)
    except errors.Refusal as exc:
        return rendering.problem(request, rendering.of(exc))
    rendering.view_as(request, viewer, f"/submissions/{submission_id}")
    return _page(submission_id, request, services, viewer, "submission.html")


@router.get("/submissions/{submission_id}/live")
def submission_part(
    submission_id: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """The part of the page that changes, for the page's script."""
    return _page(submission_id, request, services, user, "_submission.html")


@router.get("/submissions/{submission_id}/events", response_model=None)
def submission_events(
    submission_id: str,
    services: dependencies.Services,
    user: rendering.Viewer,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> Response:
    """What happens to a submission, for the page's script: as the API's route of this name."""
    submission = submissions.find(services, user, submission_id)
    shape = submission_schemas.submission
    return event_stream.of_submission(services, user, submission, last_event_id, shape)


@router.get("/submissions/{submission_id}/upload.zip")
def download(
    submission_id: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> Response:
    """The upload, for its student and for staff; never shown in a browser, only downloaded."""
    upload = submissions.upload_of(services, user, submission_id)
    if upload is None:
        absent = problems.Problem(404, "There is no such submission of yours; check the address.")
        return rendering.problem(request, absent)
    if not upload.kept:
        return rendering.problem(request, problems.Problem(404, submitted_files.NOT_KEPT))
    student = re.sub(r"[^A-Za-z0-9._-]+", "_", upload.student)[:60]
    name = f"{upload.assignment}-{student}-{upload.created_at:%Y%m%d-%H%M%S}.zip"
    zipped = services.uploads.get(upload.upload_sha256)
    return rendering.download(zipped, name, "application/zip")


@router.post("/submissions/{submission_id}/active")
def choose(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    form_token: rendering.FormText,
    take_back: Annotated[bool, Form()] = False,
) -> Response:
    """Let a submission count whatever the rule says, or leave it to the rule again."""
    change = counting.unchoose if take_back else counting.choose
    try:
        rendering.check_form(request, form_token)
        submission = change(services, user, submission_id)
    except (problems.Problem, errors.Refusal) as exc:
        return rendering.problem(request, rendering.of(exc))
    if permissions.is_instructor(user.role):
        return rendering.to(f"/submissions/{submission_id}")
    return rendering.to(f"/assignments/{submission.assignment}")


@router.post("/submissions/{submission_id}/cancel")
def cancel(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    form_token: rendering.FormText,
) -> Response:
    """Cancel a grading that waits or runs."""
    rendering.check_form(request, form_token)
    try:
        # It may have ended meanwhile: then the page says how.
        with contextlib.suppress(errors.Conflict):
            submissions.cancel(services, user, submission_id)
    except errors.Refusal as exc:
        return rendering.problem(request, rendering.of(exc))
    return rendering.to(f"/submissions/{submission_id}")


def _page(
    submission_id: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    template: str,
) -> HTMLResponse:
    try:
        submission = submissions.find(services, user, submission_id)
    except errors.Refusal as exc:
        return rendering.problem(request, rendering.of(exc))
    so_far = submissions.so_far(services, user, submission)
    excused, chosen = counting.chosen(services, user, submission)
    written = annotations.of_submission(services, user, submission)
    manifest = _manifest(services, submission.assignment)
    return rendering.render(
        request,
        template,
        is_own=submission.can_be_late,
        title=manifest.title if manifest else submission.assignment,
        manifest=manifest,
        student=_whose(services, user, submission),
        team=submission.team,
        members=_members(services, user, submission),
        submission=view_models.submission(so_far.status),
        chosen=view_models.chosen(chosen),
        excused=view_models.excused(excused),
        late_days=_late_days(services, submission),
        annotations=written.shown,
        left_behind=written.left_behind,
        sources=template_zip.public_tests(services, submission.assignment),
        so_far=so_far.progress.tests[::-1],
        **_graded(services, user, submission, manifest, excused=excused is not None),
    )


def _graded(
    services: context.Services,
    user: rows.User,
    submission: rows.Submission,
    manifest: manifests.Manifest | None,
    *,
    excused: bool,
) -> dict[str, Any]:
    """What the page shows once there is a report: it, and how it compares to what was before."""
    # Read while it was graded: a report written since would contradict the rest of the page.
    done = submission.finished_at is not None
    shown = reports.of_submission(services, user, submission) if done else None
    if shown is None:
        return {"report": None, "since": None, "counts": None, "regraded": ""}
    if excused:  # it spends none
        shown = dataclasses.replace(shown, late_days=0)
    graded = counting.history(services, submission)
    again = reports.regraded(services, user, submission, shown)
    return {
        "report": report_view.of_report(shown, manifest.limits if manifest else None),
        "since": submitted_files.since_last(services, user, submission, shown, graded),
        "counts": counting.instead_of(services, submission, graded),
        "regraded": view_models.regraded(again, _zone(manifest)) if again else "",
    }


def _manifest(services: context.Services, slug: str) -> manifests.Manifest | None:
    with contextlib.suppress(errors.SuiteError):  # its folder may be gone since
        return services.course.load(slug).manifest
    return None


def _late_days(services: context.Services, submission: rows.Submission) -> str:
    """The student's balance, on each page of the homework."""
    slug, user_ids = submission.assignment, [submission.student_id]
    found = late_days.of_homework(services.store, services.course, slug, user_ids)
    own = found.get(submission.student_id)
    return view_models.late_days(own.account, submission.assignment) if own else ""


def _zone(manifest: manifests.Manifest | None) -> datetime.tzinfo:
    return manifest.schedule.zone if manifest else datetime.UTC


def _members(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> Sequence[members_of_submission.MemberResult]:
    """What a team's submission is for each of them, for staff."""
    if not permissions.is_staff(user.role):
        return ()
    return members_of_submission.results(services, user, submission)


def _whose(services: context.Services, user: rows.User, submission: rows.Submission) -> str:
    """The student's name for staff; nobody else sees another's submission."""
    if not permissions.is_staff(user.role):
        return ""
    upload = submissions.upload_of(services, user, str(submission.id))
    return upload.student if upload else ""
