"""The JSON of the API's answers, as OpenAPI describes it.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from typing import Any

import pydantic

from grader import models
from grader.assignment import manifest as assignments
from grader.course import person_names
from grader.service import progress_reader, submissions


class Links(pydantic.BaseModel):
    """Where to look next."""

    self: str
    report: str
    events: str


class Progress(pydantic.BaseModel):
    """Tests that have been run; `total` is null until the suite is collected."""

    done: int
    total: int | None


class Submission(pydantic.BaseModel):
    """A submission and where it stands."""

    id: uuid.UUID
    assignment: str
    state: models.SubmissionState
    position: int = pydantic.Field(description="1 is next to start; 0 once started")
    eta_s: float | None = pydantic.Field(description="estimated seconds until the report is ready")
    attempt: int = pydantic.Field(
        description="starts of this run; more than 1 after a fault of ours"
    )
    progress: Progress
    reasons: list[str] = pydantic.Field(description="why it was refused; empty otherwise")
    notes: list[str] = pydantic.Field(
        description="on its files: which are not used, or count under another name; more follow "
        "once they have been read, and the report has all"
    )
    team: list[str] = pydantic.Field(
        description="logins of the team whose work it is; empty for the work of one person"
    )
    submitted_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    version: int | None = pydantic.Field(
        description="of the homework, by which it was graded; for staff, where versions are kept"
    )
    links: Links


class Tested(pydantic.BaseModel):
    """What one test said, before there are points."""

    attempt: int
    name: str
    task: str
    verdict: models.Verdict
    message: str
    output: str
    hint: str


class SubmissionSoFar(Submission):
    """A submission with what its run has shown until now; the report has all of it in the end."""

    phases: list[models.Phase] = pydantic.Field(description="ended: public, hidden, slow")
    tests: list[Tested] = pydantic.Field(description="those the reader may see, while it runs")


class Task(pydantic.BaseModel):
    """One line of the rubric."""

    id: str
    title: str
    points: float
    kind: models.TaskKind


class Assignment(pydantic.BaseModel):
    """One homework."""

    slug: str
    title: str
    course: str
    total_points: float
    due: datetime.datetime | None
    required_files: list[str]
    accepts: list[str]
    max_upload_mb: float
    team_size: int = pydantic.Field(description="people in a team at most; 1: everybody alone")
    imports: list[str] = pydantic.Field(
        description="modules that submissions may import besides Python's standard library"
    )
    tasks: list[Task]


class Health(pydantic.BaseModel):
    """`checks` maps a part of the service to `ok` or to what is wrong."""

    status: str
    checks: dict[str, str]


def submission(status: submissions.SubmissionStatus) -> Submission:
    """Where a submission stands."""
    return Submission(**_status(status))


def so_far(progress: submissions.SubmissionProgress) -> SubmissionSoFar:
    """The same with what its run has shown until now."""
    return SubmissionSoFar(
        **_status(progress.status),
        phases=list(progress.progress.phases),
        tests=[_tested(test) for test in progress.progress.tests],
    )


def task(stored: assignments.Task) -> Task:
    """One line of an assignment's rubric."""
    return Task(id=stored.id, title=stored.title, points=stored.points, kind=stored.kind)


def _tested(test: progress_reader.ShownTest) -> Tested:
    return Tested(**{name: getattr(test, name) for name in Tested.model_fields})


def _status(status: submissions.SubmissionStatus) -> dict[str, Any]:
    stored = status.submission
    address = f"/api/submissions/{stored.id}"
    return {
        "id": stored.id,
        "assignment": stored.assignment,
        "state": stored.state,
        "position": stored.position,
        "eta_s": status.ready_in_s,
        "attempt": stored.attempt,
        "progress": Progress(done=stored.tests_done, total=stored.tests_total),
        "reasons": list(status.reasons),
        "notes": list(stored.notes),
        "team": list(person_names.members(stored.team)) if stored.team else [],
        "submitted_at": stored.created_at,
        "started_at": stored.started_at,
        "finished_at": stored.finished_at,
        "version": status.version,
        "links": Links(self=address, report=f"{address}/report", events=f"{address}/events"),
    }
