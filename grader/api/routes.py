"""The JSON routes. Their docstrings are the API reference at /docs.

Owns parsing, the caller's identity and the shape of answers. Work is done by `jobs`, `store`,
`accounts` and the ports in `Services`; errors become answers in `problems`.
"""

import dataclasses
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from grader import accounts, errors, jobs, models
from grader import assignment as assignments
from grader.api import problems, shapes, uploads
from grader.store import blobs, database, rows, submissions

log = logging.getLogger(__name__)

RETRY_S = 1  # suggested pause before asking for a report again
JUNIT_TYPE = "application/xml"


@dataclass(frozen=True, slots=True)
class Views:
    """How a report is cut to its audience and written; `scoring` and `exchange` in earnest."""

    redact: Callable[[models.Report, models.Audience, datetime], models.Report]
    to_json: Callable[[models.Report], dict[str, Any]]
    to_junit: Callable[[models.Report], str]


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with.

    Attributes:
        workers: runs graded at once, for the estimate of waiting times.
        checks: part of the service -> raises OperatorError when it is not ready.
    """

    course_dir: Path
    store: database.Database
    uploads: blobs.Blobs
    grading: jobs.GradingPort
    views: Views
    workers: int
    checks: Mapping[str, Callable[[], None]]


router = APIRouter()
_bearer = HTTPBearer(auto_error=False, description="a token printed by `grader users add`")


def create(services: Services) -> FastAPI:
    """The application."""
    app = FastAPI(
        title="grader",
        description="Upload homework, follow its grading, read its report.",
        openapi_url="/openapi.json",
        redoc_url=None,
    )
    app.state.services = services
    problems.install(app)
    app.include_router(router)
    return app


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Here = Annotated[Services, Depends(_services)]


def _caller(
    here: Here, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> rows.User:
    user = accounts.find(here.store, given.credentials) if given else None
    if user is None:
        wrong = "This token is not valid (any more)." if given else "A token is needed."
        raise problems.Problem(
            401,
            f"{wrong} Send `Authorization: Bearer <token>`; the course staff hands out tokens.",
            {"WWW-Authenticate": "Bearer"},
        )
    return user


Caller = Annotated[rows.User, Depends(_caller)]
UNAUTHORISED = {"s401": "no valid bearer token in the Authorization header"}
UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "one zip, or the plain files; also under `file`",
                        }
                    },
                }
            }
        },
    }
}


@router.post(
    "/api/assignments/{slug}/submissions",
    status_code=202,
    openapi_extra=UPLOAD_BODY,
    responses=problems.described(
        **UNAUTHORISED,
        s404="no such assignment",
        s409="the Idempotency-Key was used for another upload",
        s413="larger than the assignment's limit",
        s415="not multipart/form-data",
        s422="refused; `reasons` has every reason found, one sentence each",
        s503="database or storage out of reach; try again after Retry-After seconds",
    ),
)
async def submit(
    slug: str,
    request: Request,
    response: Response,
    here: Here,
    user: Caller,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> shapes.Submission:
    """Hand in a submission: one zip or the plain files, as multipart parts `file` or `files`.

    Answers 202 at once with the submission's id, its place in the queue and where to look next.
    With an `Idempotency-Key` header the same upload may be sent again after a lost answer: it is
    accepted once and the same id comes back.

        curl -F files=@homework.zip -H "Authorization: Bearer $TOKEN" \\
             $URL/api/assignments/eecs545_hw4/submissions
    """
    assignment = await run_in_threadpool(assignments.load, here.course_dir, slug)
    limit = int(assignment.manifest.submission.max_upload_mb * uploads.MB)
    files = await uploads.read(request, limit)
    found = await run_in_threadpool(_accept, here, user, slug, files, idempotency_key)
    response.headers["Location"] = f"/api/submissions/{found.id}"
    return await run_in_threadpool(_shape, here, user, found)


@router.get(
    "/api/submissions/{submission_id}",
    responses=problems.described(**UNAUTHORISED, s404="no such submission of yours"),
)
def status(submission_id: str, here: Here, user: Caller) -> shapes.Submission:
    """Where a submission stands: queued, running, done, refused or failed.

    While it waits: its position and the estimated wait. While it runs: tests done and in all.
    `refused` means that the upload breaks a rule only grading could see, `failed` that the
    service or the suite is at fault and staff must act. The score is in the report.
    """
    return _shape(here, user, _find(here, user, submission_id))


@router.get(
    "/api/submissions/{submission_id}/report",
    response_model=None,
    responses=problems.described(
        **UNAUTHORISED,
        s404="no such submission of yours",
        s409="there is no report (yet); `state` says why, Retry-After when to ask again",
    )
    | {200: {"content": {JUNIT_TYPE: {}}, "description": "the report"}},
)
def report(
    submission_id: str,
    here: Here,
    user: Caller,
    format: Literal["json", "junit"] = "json",  # noqa: A002 - the name in the URL
) -> Response:
    """The report: points for each task, and what each test said.

    Students see what the assignment shows them: of hidden tests only a total. Instructors, admins
    and CI see everything. `format=junit` gives JUnit XML for CI systems.
    """
    found = _find(here, user, submission_id)
    whole = submissions.report(here.store, found.run_id)
    if whole is None:
        raise _no_report(found, user)
    audience = models.Audience.INSTRUCTOR if user.sees_all else models.Audience.STUDENT
    shown = here.views.redact(_current(here, whole), audience, datetime.now(UTC))
    if format == "junit":
        return Response(here.views.to_junit(shown), media_type=JUNIT_TYPE)
    return JSONResponse(here.views.to_json(shown))


@router.get(
    "/api/assignments",
    dependencies=[Depends(_caller)],
    responses=problems.described(**UNAUTHORISED),
)
def list_assignments(here: Here) -> shapes.Assignments:
    """The homeworks of the course, their tasks, points, due dates and files to hand in."""
    found = [_described(here, slug) for slug in assignments.slugs(here.course_dir)]
    return shapes.Assignments(assignments=[one for one in found if one])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers. Needs no token."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": shapes.Health, "description": "not ready"}})
def readyz(here: Here, response: Response) -> shapes.Health:
    """Submissions can be accepted and graded: database, worker and sandboxes. Needs no token."""
    checks = {name: _checked(check) for name, check in here.checks.items()}
    ready = set(checks.values()) <= {"ok"}
    response.status_code = 200 if ready else 503
    return shapes.Health(status="ready" if ready else "not ready", checks=checks)


def _accept(
    here: Services, user: rows.User, slug: str, files: uploads.Files, key: str | None
) -> rows.Submission:
    content = uploads.digest(slug, files)
    upload = here.grading.inspect(slug, files)
    new = rows.NewSubmission(
        id=uuid.uuid4(),
        user_id=user.id,
        assignment=slug,
        upload_sha256=here.uploads.put(upload),
        upload_bytes=len(upload),
        content_sha256=content,
        idempotency_key=key,
    )
    found = submissions.get(here.store, jobs.accept(here.store, new), user)
    if found is None:
        raise errors.StoreUnavailable("An accepted submission is gone.")
    if found.content_sha256 != content:
        raise problems.Problem(
            409, "This Idempotency-Key was used for another upload; take a new key for a new one."
        )
    return found


def _find(here: Services, user: rows.User, submission_id: str) -> rows.Submission:
    try:
        found = submissions.get(here.store, uuid.UUID(submission_id), user)
    except ValueError:
        found = None
    if found is None:
        raise problems.Problem(404, "There is no such submission of yours; check the id.")
    return found


def _shape(here: Services, user: rows.User, found: rows.Submission) -> shapes.Submission:
    open_ = found.finished_at is None
    mean_s = submissions.mean_run_s(here.store, found.assignment) if open_ else None
    return shapes.submission(found, user, mean_s, here.workers)


def _no_report(found: rows.Submission, user: rows.User) -> problems.Problem:
    shape = shapes.submission(found, user, None, 1)
    if found.finished_at is None:
        detail = "The report is not ready yet; ask again after Retry-After seconds."
        return problems.Problem(409, detail, {"Retry-After": str(RETRY_S)}, state=found.state)
    detail = f"There will be no report: the submission was {found.state}."
    return problems.Problem(409, detail, state=found.state, reasons=shape.reasons)


def _current(here: Services, whole: models.Report) -> models.Report:
    """The report under the assignment's release rules of today, not of the day it was graded."""
    try:
        release = assignments.load(here.course_dir, whole.assignment).release
    except errors.SuiteError:
        return whole  # the assignment is gone or broken: what held then still holds
    return dataclasses.replace(whole, release=release)


def _described(here: Services, slug: str) -> shapes.Assignment | None:
    try:
        manifest = assignments.load(here.course_dir, slug).manifest
    except errors.SuiteError as exc:
        log.warning("assignment left out of the list: %s", exc)
        return None
    return shapes.Assignment(
        slug=slug,
        title=manifest.title,
        course=manifest.course,
        total_points=manifest.total_points,
        due=manifest.schedule.due,
        required_files=list(manifest.submission.demanded),
        accepts=list(manifest.submission.accept),
        max_upload_mb=manifest.submission.max_upload_mb,
        tasks=[
            shapes.Task(id=t.id, title=t.title, points=t.points, kind=t.kind) for t in manifest.task
        ],
    )


def _checked(check: Callable[[], None]) -> str:
    try:
        check()
    except errors.OperatorError as exc:
        log.warning("not ready: %s", exc)
        return str(exc).partition("\n")[0]
    return "ok"
