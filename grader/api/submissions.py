"""Submissions: upload one, ask where it stands, read its report.

Owns these routes; their docstrings are the API's reference at /docs. The work is done by
`grader.service.submissions` and `grader.service.reports`.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from grader import wording
from grader.api import callers
from grader.api.schemas import course_schemas, submission_schemas
from grader.course import permissions
from grader.http import dependencies, multipart, problems
from grader.service import as_student as viewed
from grader.service import context, reports, submissions
from grader.store import rows

RETRY_S = 1  # suggested pause before asking for a report again
JUNIT_TYPE = "application/xml"

router = APIRouter()


@router.post(
    "/api/assignments/{slug}/submissions",
    status_code=202,
    openapi_extra=multipart.body("one zip, or the plain files; also under `file`"),
    responses=problems.described(
        **callers.UNAUTHORISED,
        s403="the assignment is closed",
        s404="no such assignment",
        s408="the body came too slowly",
        s409="the Idempotency-Key was used for another upload",
        s413="larger than the assignment's limit",
        s415="not multipart/form-data",
        s422="refused; `reasons` has every reason found, one sentence each",
        s429="no attempt is left today; Retry-After and `again_at` say when there is one",
        s503="database or storage out of reach; try again after Retry-After seconds",
    ),
)
async def submit(
    slug: str,
    request: Request,
    response: Response,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: callers.Caller,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> submission_schemas.Submission:
    """Submit homework: one zip or the plain files, as multipart parts `file` or `files`.

    Answers 202 at once with the submission's id, its place in the queue and where to look next.
    `notes` says what the names of its files tell: which are not used, which count under another
    name. What the files hold is noted once they have been read, in the submission's status.
    With an `Idempotency-Key` header the same upload may be sent again after a lost answer: it is
    accepted once and the same id comes back.

        curl -F files=@homework.zip -H "Authorization: Bearer $TOKEN" \\
             $URL/api/assignments/eecs545_hw4/submissions
    """
    assignment = await run_in_threadpool(services.course.load, slug)
    limit = int(assignment.manifest.submission.max_upload_mb * wording.MB)
    async with multipart.received(request, limit, room) as form:
        submission = await run_in_threadpool(
            submissions.accept,
            services,
            user,
            slug,
            form.files,
            idempotency_key,
            form.started,
        )
    response.headers["Location"] = f"/api/submissions/{submission.id}"
    status = await run_in_threadpool(submissions.status, services, user, submission)
    return submission_schemas.submission(status)


@router.get(
    "/api/submissions/{submission_id}",
    responses=problems.described(**callers.UNAUTHORISED, s404="no such submission of yours"),
)
def status(
    submission_id: str, services: dependencies.Services, user: callers.Caller
) -> submission_schemas.SubmissionSoFar:
    """Where a submission stands: queued, held, running, or how it ended.

    While it waits: its position and the estimated wait. While it runs: tests done and in all, and
    what those said that the report will show to this reader; visible tests come first, slow last.
    `refused` means that the upload breaks a rule only grading could see, `failed` that the
    service or the suite is at fault and staff must act, `superseded` that the same student
    submitted a newer one while it waited. The score is in the report; `/events` sends all this as
    it happens.
    """
    submission = submissions.find(services, user, submission_id)
    return submission_schemas.so_far(submissions.so_far(services, user, submission))


@router.get(
    "/api/submissions/{submission_id}/report",
    response_model=None,
    responses=problems.described(
        **callers.UNAUTHORISED,
        s403="`as_student` is for TAs and instructors",
        s404="no such submission of yours",
        s409="there is no report (yet); `state` says why, Retry-After when to ask again",
    )
    | {200: {"content": {JUNIT_TYPE: {}}, "description": "the report"}},
)
def report(
    submission_id: str,
    services: dependencies.Services,
    user: callers.Caller,
    format: Literal["json", "gradescope", "junit"] = "json",  # noqa: A002 - the name in the URL
    as_student: Annotated[bool, Query(description="what its student sees, for staff")] = False,
) -> Response:
    """The report: points for each task, and what each test said.

    Students see what the assignment shows them: of hidden tests only a total. Instructors, admins
    and CI see everything, and which `version` of the homework it is by, where versions are kept.
    `total` is what counts: tests and marks, less the late penalty. `regraded` is there where a
    regrade's result counts: since when, points before and now, why.
    `format=junit` gives JUnit XML for CI systems, `format=gradescope` a `results.json`.
    """
    submission = submissions.find(services, user, submission_id)
    if as_student:
        user = viewed.of_submission(services, user, submission_id)
    shown = reports.of_submission(services, user, submission)
    if shown is None:
        raise _no_report(user, submission)
    again = reports.regraded(services, user, submission, shown) if format == "json" else None
    more = course_schemas.report_regraded(again)
    if submission.version and permissions.is_staff(user.role):
        more["version"] = submission.version
    return _written(services, shown, format, more)


def _written(
    services: context.Services, shown: reports.StudentReport, format_: str, more: dict[str, Any]
) -> Response:
    match format_:
        case "junit":
            return Response(services.views.to_junit(shown.report), media_type=JUNIT_TYPE)
        case "gradescope":
            return JSONResponse(services.views.to_gradescope(shown.report, shown.totals))
    total = course_schemas.report_total(shown.totals)
    return JSONResponse(services.views.to_json(shown.report) | total | more)


def _no_report(user: rows.User, submission: rows.Submission) -> problems.Problem:
    state = submission.state
    if submission.finished_at is None:
        detail = "The report is not ready yet; ask again after Retry-After seconds."
        return problems.Problem(409, detail, {"Retry-After": str(RETRY_S)}, state=state)
    reasons = list(submissions.shown_reasons(user, submission))
    detail = f"There will be no report: the submission was {state}."
    return problems.Problem(409, detail, state=state, reasons=reasons)
