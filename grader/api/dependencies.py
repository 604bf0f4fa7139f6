"""What all routes share: the services behind them, the caller, and the caller's submissions.

Owns the caller's identity and the finding of what they may see. Routes are in `routes` and `live`.
"""

import dataclasses
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from grader import errors, models
from grader.api import problems
from grader.api.schemas import submission_schemas
from grader.assignment import manifest as assignments
from grader.service import accounts, jobs, metrics, report_views, worker
from grader.store import blobs, database, queue, rows, run_events, submissions


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with.

    Attributes:
        workers: runs graded at once by a worker, for the estimate of waiting times.
        max_batch_mb: of one archive with many students' work.
        checks: part of the service -> raises OperatorError when it is not ready.
        metrics_token: who reads the metrics must send it; empty: this machine alone may.
    """

    course_dir: Path
    store: database.Database
    uploads: blobs.Blobs
    intake: jobs.IntakePort
    views: report_views.ReportViews
    notices: run_events.Notices
    workers: int
    max_batch_mb: float
    checks: Mapping[str, Callable[[], None]]
    counts: metrics.Metrics = field(default_factory=metrics.Metrics)
    metrics_token: str = ""


_bearer = HTTPBearer(auto_error=False, description="a token printed by `grader users add`")


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Here = Annotated[Services, Depends(_services)]


def caller(
    request: Request,
    here: Here,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> rows.User:
    """Whose token came with the request."""
    user = accounts.find(here.store, given.credentials) if given else None
    if user is None:
        wrong = "This token is not valid (any more)." if given else "A token is needed."
        raise problems.Problem(
            401,
            f"{wrong} Send `Authorization: Bearer <token>`; the course staff hands out tokens.",
            {"WWW-Authenticate": "Bearer"},
        )
    if not accounts.may(user, request.method, request.url.path):
        detail = f"This token's scope is `{user.scope}`; use one with a wider scope."
        raise problems.Problem(403, detail)
    return user


Caller = Annotated[rows.User, Depends(caller)]


def staff(user: Caller) -> rows.User:
    """The caller, who must not be a student."""
    if not user.sees_all:
        raise problems.Problem(403, "This is for the course staff; sign in with a staff token.")
    return user


def teacher(user: Caller) -> rows.User:
    """The caller, who must be an instructor or an administrator."""
    if not user.teaches:
        raise problems.Problem(403, "This is for instructors; sign in with an instructor's token.")
    return user


Staff = Annotated[rows.User, Depends(staff)]
Teacher = Annotated[rows.User, Depends(teacher)]
FOR_TEACHERS = [Depends(teacher)]
UNAUTHORISED = {"s401": "no valid bearer token in the Authorization header"}


def find(here: Services, user: rows.User, submission_id: str) -> rows.Submission:
    """A submission the caller may see.

    Raises:
        Problem: 404, there is none.
    """
    try:
        found = submissions.get(here.store, uuid.UUID(submission_id), user)
    except ValueError:
        found = None
    if found is None:
        raise problems.Problem(404, "There is no such submission of yours; check the id.")
    return found


def shape(here: Services, user: rows.User, found: rows.Submission) -> submission_schemas.Submission:
    """A submission as the API tells it to this caller."""
    if found.finished_at is not None:
        return submission_schemas.submission(found, user, None, 1)
    mean_s = submissions.mean_run_s(here.store, found.assignment)
    return submission_schemas.submission(found, user, mean_s, at_once(here))


def at_once(here: Services) -> int:
    """Runs graded at once, as if each worker process took as many as this machine would."""
    return here.workers * max(1, queue.workers(here.store, worker.STALL_S))


def release(here: Services, slug: str) -> models.Release | None:
    """The assignment's release rules of today; None when it is gone or broken."""
    try:
        return assignments.load(here.course_dir, slug).release
    except errors.SuiteError:
        return None


def audience(user: rows.User) -> models.Audience:
    """For whom this caller's answers are written."""
    return models.Audience.INSTRUCTOR if user.sees_all else models.Audience.STUDENT


def redacted(here: Services, user: rows.User, whole: models.Report) -> models.Report:
    """A report for this caller under the release rules of today, not of the day of its grading.

    If the assignment is gone, what held then still holds.
    """
    rules = release(here, whole.assignment) or whole.release
    current = dataclasses.replace(whole, release=rules)
    return here.views.redact(current, audience(user), datetime.now(UTC))
