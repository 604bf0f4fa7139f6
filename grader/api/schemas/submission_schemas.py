"""The JSON of the API's answers, as OpenAPI describes it.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import math
import uuid

import pydantic

from grader import models
from grader.scoring import regrade_diff
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
    tasks: list[Task]


class GroupLinks(pydantic.BaseModel):
    """Where to look next; `report` of a batch, `diff` of a regrade."""

    self: str
    events: str
    report: str | None = None
    diff: str | None = None


class Group(pydantic.BaseModel):
    """A batch or a regrade and how far it is."""

    id: uuid.UUID
    assignment: str
    state: models.GroupState
    reason: str
    which: str = pydantic.Field(description="what a regrade was asked to take; empty for a batch")
    runs: dict[models.SubmissionState, int] = pydantic.Field(description="runs in each state")
    refused: int = pydantic.Field(description="uploads of a batch that cannot be graded")
    ended: bool = pydantic.Field(description="nothing of it is left to grade")
    eta_s: float | None = pydantic.Field(description="estimated seconds of grading left")
    created_at: datetime.datetime
    links: GroupLinks


class NewRegrade(pydantic.BaseModel):
    """Which submissions to grade again, and why."""

    which: models.Which
    reason: str = pydantic.Field(min_length=1, max_length=1000, examples=["test of 3a mended"])
    submissions: list[uuid.UUID] = pydantic.Field([], max_length=10_000, description="for `chosen`")


class Apply(pydantic.BaseModel):
    """Which of the new results shall count."""

    take: models.Take


class Applied(pydantic.BaseModel):
    """What applying or reverting did."""

    state: models.GroupState
    changed: int = pydantic.Field(description="submissions whose counting result is another now")


class Side(pydantic.BaseModel):
    """One test in one report."""

    verdict: models.Verdict
    score: float
    max_score: float
    message: str


class Change(pydantic.BaseModel):
    """A test that says something else now; null where the report has no such test."""

    name: str
    task: str
    old: Side | None
    new: Side | None


class Regraded(pydantic.BaseModel):
    """One submission of a regrade. Scores are null where there is no report (yet)."""

    submission: uuid.UUID
    student: str
    state: models.SubmissionState
    taken: bool = pydantic.Field(description="the new result counts")
    old_score: float | None
    new_score: float | None
    changes: list[Change]


class Diff(pydantic.BaseModel):
    """All submissions of a regrade, by student."""

    submissions: list[Regraded]


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


PLURALS = {"batch": "batches", "regrade": "regrades"}


def group(found: rows.Group, mean_run_s: float | None, workers: int) -> Group:
    """A stored batch or regrade."""
    here = f"/api/{PLURALS[found.kind]}/{found.id}"
    links = GroupLinks(self=here, events=f"{here}/events")
    if found.kind == "batch":
        links.report = f"{here}/report.csv"
    else:
        links.diff = f"{here}/diff"
    rounds = math.ceil(found.open_runs / workers)
    return Group(
        id=found.id,
        assignment=found.assignment,
        state=found.state,
        reason=found.reason,
        which=found.which,
        runs=found.runs,
        refused=found.refused,
        ended=found.ended,
        eta_s=None if mean_run_s is None or found.ended else round(rounds * mean_run_s, 1),
        created_at=found.created_at,
        links=links,
    )


def regraded(item: rows.RegradeItem) -> Regraded:
    """One submission of a regrade with what differs."""
    found = regrade_diff.between(item.old, item.new) if item.new else ()
    changes = [Change(name=c.name, task=c.task, old=_side(c.old), new=_side(c.new)) for c in found]
    return Regraded(
        submission=item.submission_id,
        student=item.student,
        state=item.state,
        taken=item.taken,
        old_score=_points(item.old),
        new_score=_points(item.new),
        changes=changes,
    )


def _points(report: models.Report | None) -> float | None:
    return None if report is None or report.score is None else float(report.score)


def _side(side: regrade_diff.Side | None) -> Side | None:
    if side is None:
        return None
    return Side(
        verdict=side.verdict,
        score=float(side.score),
        max_score=float(side.max_score),
        message=side.message,
    )


FAILED_TEXT = "A fault of the service, not of your work. The course staff can see it and must act."


def _eta_s(found: rows.Submission, mean_run_s: float | None, workers: int) -> float | None:
    if mean_run_s is None or found.finished_at:
        return None
    rounds = 1 + math.ceil(found.position / workers) if found.position else 1
    return round(rounds * mean_run_s, 1)
