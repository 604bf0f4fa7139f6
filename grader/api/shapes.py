"""The JSON of the API's answers, as OpenAPI describes it.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import math
import uuid

import pydantic

from grader import models
from grader.store import rows


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
    submitted_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    links: Links


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
    tasks: list[Task]


class Assignments(pydantic.BaseModel):
    """All homeworks of the course."""

    assignments: list[Assignment]


class Health(pydantic.BaseModel):
    """`checks` maps a part of the service to `ok` or to what is wrong."""

    status: str
    checks: dict[str, str]


def submission(
    found: rows.Submission, viewer: rows.User, mean_run_s: float | None, workers: int
) -> Submission:
    """A stored submission for one viewer; reasons meant for staff are kept from students."""
    failed = found.state is models.SubmissionState.FAILED
    shown = found.state is models.SubmissionState.REFUSED or viewer.sees_all
    here = f"/api/submissions/{found.id}"
    return Submission(
        id=found.id,
        assignment=found.assignment,
        state=found.state,
        position=found.position,
        eta_s=_eta_s(found, mean_run_s, workers),
        attempt=found.attempt,
        progress=Progress(done=found.tests_done, total=found.tests_total),
        reasons=list(found.reasons) if shown else [FAILED_TEXT] if failed else [],
        submitted_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
        links=Links(self=here, report=f"{here}/report", events=f"{here}/events"),
    )


FAILED_TEXT = "A fault of the service, not of your work. The course staff can see it and must act."


def _eta_s(found: rows.Submission, mean_run_s: float | None, workers: int) -> float | None:
    if mean_run_s is None or found.finished_at:
        return None
    rounds = 1 + math.ceil(found.position / workers) if found.position else 1
    return round(rounds * mean_run_s, 1)
