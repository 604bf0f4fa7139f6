"""The JSON routes. Their docstrings are the API reference at /docs.

Owns parsing and the shape of answers; who calls and what they may see is in `context`. Work is done
by `jobs`, `store` and the ports in `context.Services`; errors become answers in `problems`.
"""

import asyncio
import logging
import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from grader import errors, logs, wording
from grader.api import (
    access_log,
    batches,
    course,
    dependencies,
    events,
    health,
    marks,
    problems,
    regrades,
    roster,
    scores,
    security_headers,
    swagger,
    template_zip,
    uploads,
)
from grader.api import assignments as api_assignments
from grader.api import similarity as api_similarity
from grader.api.schemas import course_schemas, submission_schemas
from grader.assignment import manifest as assignments
from grader.assignment import schedule
from grader.intake import uploads as intake_uploads
from grader.service import jobs, similarity
from grader.store import rows, submissions

log = logging.getLogger(__name__)

RETRY_S = 1  # suggested pause before asking for a report again
JUNIT_TYPE = "application/xml"

# FastAPI would describe a 422 of its own form, which is never sent.
EVERYWHERE = problems.described(
    s422="not as described here; `reasons` says what",
    s503="the database is out of reach; try again after Retry-After seconds",
)

router = APIRouter()


def create(services: dependencies.Services) -> FastAPI:
    """The application."""
    return _application(
        services,
        health.router,
        router,
        events.router,
        api_assignments.router,
        template_zip.router,
        marks.router,
        course.router,
        api_similarity.router,
        roster.router,
        batches.router,
        regrades.router,
    )


def create_health(services: dependencies.Services) -> FastAPI:
    """What a process without the API answers: whether it is well."""
    return _application(services, health.router)


def _application(services: dependencies.Services, *routers: APIRouter) -> FastAPI:
    app = FastAPI(
        title="grader",
        description="Upload homework, follow its grading, read its report.",
        openapi_url="/openapi.json",
        docs_url=None,  # `reference` serves it without a foreign host
        redoc_url=None,
    )
    app.state.services = services
    app.state.comparisons = similarity.Comparisons(services.store, services.uploads)
    app.state.upload_room = asyncio.Semaphore(uploads.MAX_IN_MEMORY)
    app.add_middleware(security_headers.Safe)
    app.add_middleware(access_log.Noted, counts=services.counts)
    problems.install(app)
    swagger.install(app)
    for part in routers:
        app.include_router(part, responses=EVERYWHERE)
    return app


@router.post(
    "/api/assignments/{slug}/submissions",
    status_code=202,
    openapi_extra=uploads.body("one zip, or the plain files; also under `file`"),
    responses=problems.described(
        **dependencies.UNAUTHORISED,
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
    here: dependencies.Here,
    user: dependencies.Caller,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> submission_schemas.Submission:
    """Hand in a submission: one zip or the plain files, as multipart parts `file` or `files`.

    Answers 202 at once with the submission's id, its place in the queue and where to look next.
    With an `Idempotency-Key` header the same upload may be sent again after a lost answer: it is
    accepted once and the same id comes back.

        curl -F files=@homework.zip -H "Authorization: Bearer $TOKEN" \\
             $URL/api/assignments/eecs545_hw4/submissions
    """
    assignment = await run_in_threadpool(assignments.load, here.course_dir, slug)
    limit = int(assignment.manifest.submission.max_upload_mb * wording.MB)
    async with uploads.received(request, limit, request.app.state.upload_room) as form:
        found = await run_in_threadpool(accept, here, user, slug, form.files, idempotency_key)
    response.headers["Location"] = f"/api/submissions/{found.id}"
    return await run_in_threadpool(dependencies.shape, here, user, found)


@router.get(
    "/api/submissions/{submission_id}",
    responses=problems.described(**dependencies.UNAUTHORISED, s404="no such submission of yours"),
)
def status(
    submission_id: str, here: dependencies.Here, user: dependencies.Caller
) -> submission_schemas.SubmissionSoFar:
    """Where a submission stands: queued, held, running, or how it ended.

    While it waits: its position and the estimated wait. While it runs: tests done and in all, and
    what those said that the report will show to this reader; visible tests come first, slow last.
    `refused` means that the upload breaks a rule only grading could see, `failed` that the
    service or the suite is at fault and staff must act, `superseded` that the same student handed
    in a newer one while it waited. The score is in the report; `/events` tells all this as it
    happens.
    """
    return events.so_far(here, user, dependencies.find(here, user, submission_id))


@router.get(
    "/api/submissions/{submission_id}/report",
    response_model=None,
    responses=problems.described(
        **dependencies.UNAUTHORISED,
        s404="no such submission of yours",
        s409="there is no report (yet); `state` says why, Retry-After when to ask again",
    )
    | {200: {"content": {JUNIT_TYPE: {}}, "description": "the report"}},
)
def report(
    submission_id: str,
    here: dependencies.Here,
    user: dependencies.Caller,
    format: Literal["json", "gradescope", "junit"] = "json",  # noqa: A002 - the name in the URL
) -> Response:
    """The report: points for each task, and what each test said.

    Students see what the assignment shows them: of hidden tests only a total. Instructors, admins
    and CI see everything. `total` is what counts: tests and marks, less the late penalty.
    `format=junit` gives JUnit XML for CI systems, `format=gradescope` a `results.json`.
    """
    found = dependencies.find(here, user, submission_id)
    whole = submissions.report(here.store, found.run_id)
    if whole is None:
        raise _no_report(found, user)
    told = scores.told(here, user, found, whole)
    match format:
        case "junit":
            return Response(here.views.to_junit(told.report), media_type=JUNIT_TYPE)
        case "gradescope":
            return JSONResponse(here.views.to_gradescope(told.report, told.totals))
    total = course_schemas.report_total(told.totals)
    return JSONResponse(here.views.to_json(told.report) | total)


def accept(
    here: dependencies.Services, user: rows.User, slug: str, files: uploads.Files, key: str | None
) -> rows.Submission:
    """Store an upload and queue its grading.

    Raises:
        UploadRefused: a rule of intake is broken.
        NotTaken, TooManyAttempts: not now; staff may at any time.
        Problem: 409, the key was used for another upload.
    """
    content = intake_uploads.digest(slug, files)
    assignment = assignments.load(here.course_dir, slug)
    told = None if user.sees_all else api_assignments.find(here, user, slug)[1][0]
    if told:
        schedule.require_open(told)
    suite = assignment.suite_version() if assignment.manifest.schedule.reuse_results else ""
    upload = here.intake.inspect(slug, files)
    new = rows.NewSubmission(
        id=uuid.uuid4(),
        user_id=user.id,
        assignment=slug,
        upload_sha256=here.uploads.put(upload),
        upload_bytes=len(upload),
        content_sha256=content,
        idempotency_key=key,
        one_at_a_time=not user.sees_all,
        allowance=api_assignments.allowance(told) if told else None,
    )
    found = submissions.get(here.store, jobs.accept(here.store, new, suite), user)
    if found is None:
        raise errors.StoreUnavailable("An accepted submission is gone.")
    if found.content_sha256 != content:
        raise problems.Problem(
            409, "This Idempotency-Key was used for another upload; take a new key for a new one."
        )
    with logs.about(submission=str(found.id), run=found.run_id):
        log.info("accepted for %s: %s bytes", slug, len(upload))
    return found


def _no_report(found: rows.Submission, user: rows.User) -> problems.Problem:
    shape = submission_schemas.submission(found, user, None, 1)
    if found.finished_at is None:
        detail = "The report is not ready yet; ask again after Retry-After seconds."
        return problems.Problem(409, detail, {"Retry-After": str(RETRY_S)}, state=found.state)
    detail = f"There will be no report: the submission was {found.state}."
    return problems.Problem(409, detail, state=found.state, reasons=shape.reasons)
