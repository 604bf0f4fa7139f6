"""The JSON of batches and regrades.

Owns field names, examples and descriptions; decides nothing.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Sequence

import pydantic

from grader import models
from grader.http import request_faults
from grader.scoring import regrade_diff
from grader.service import bulk_operations
from grader.store import bulk_operations as stored
from grader.store import regraded_marks, regrades, rows

PLURALS = {"batch": "batches", "regrade": "regrades"}  # in addresses


class BulkOperationLinks(pydantic.BaseModel):
    """Where to look next; `report` of a batch, `diff` of a regrade."""

    self: str
    events: str
    report: str | None = None
    diff: str | None = None


class BulkOperation(pydantic.BaseModel):
    """A batch or a regrade and how far it is."""

    id: uuid.UUID
    assignment: str
    state: models.BulkState
    reason: str
    which: str = pydantic.Field(description="what a regrade was asked to take; empty for a batch")
    version: int | None = pydantic.Field(description="of the homework, that a regrade names")
    runs: dict[models.SubmissionState, int] = pydantic.Field(description="runs in each state")
    refused: int = pydantic.Field(description="uploads of a batch that cannot be graded")
    ended: bool = pydantic.Field(description="nothing of it is left to grade")
    eta_s: float | None = pydantic.Field(description="estimated seconds of grading left")
    created_at: datetime.datetime
    links: BulkOperationLinks


class BulkOperationLine(pydantic.BaseModel):
    """A batch or a regrade as a line of a list."""

    id: uuid.UUID
    state: models.BulkState
    which: str = pydantic.Field(description="what a regrade was asked to take; empty for a batch")
    reason: str
    who: str = pydantic.Field(description="login of who began it")
    created_at: datetime.datetime
    runs: int
    open_runs: int = pydantic.Field(description="of these, those that have not ended")


class BulkOperations(pydantic.BaseModel):
    """The newest ones of a homework."""

    operations: list[BulkOperationLine]


class RegradeSums(pydantic.BaseModel):
    """What a regrade does, in numbers of submissions and of tests."""

    higher: int = pydantic.Field(description="submissions with more points than before")
    lower: int
    equal: int
    taken: int = pydantic.Field(description="submissions whose new result counts")
    ran: int = pydantic.Field(description="tests that were run")
    kept: int = pydantic.Field(description="results that were kept of the runs before")


class RegradedMarks(pydantic.BaseModel):
    """How many marks given by hand count with the results of a regrade."""

    kept: int = pydantic.Field(description="count with the old result and with the new one")
    lost: int = pydantic.Field(description="count only with the old result")
    gained: int = pydantic.Field(description="count only with the new result")
    gone: int = pydantic.Field(description="count with neither: the homework lacks their task")
    in_words: list[str] = pydantic.Field(description="the same, as the page of the regrade says it")


class Regrade(BulkOperation):
    """A regrade, how far it is, what it changes, and what becomes of marks given by hand."""

    sums: RegradeSums
    marks: RegradedMarks | None = pydantic.Field(
        None, description="null while it is being graded, and where the homework is gone"
    )


class NewRegrade(request_faults.SentBody):
    """Which submissions to grade again, and why."""

    which: models.Which
    reason: str = pydantic.Field(min_length=1, max_length=1000, examples=["test of 3a fixed"])
    submissions: list[uuid.UUID] = pydantic.Field([], max_length=10_000, description="for `chosen`")
    every_test: bool = pydantic.Field(
        False, description="run every test, also where nothing that it depends on has changed"
    )
    version: int | None = pydantic.Field(
        None, ge=1, le=2**31 - 1, description="of the homework, to grade by; null: the one in use"
    )


class Apply(request_faults.SentBody):
    """Which of the new results count."""

    take: models.Take
    reason: str = pydantic.Field(
        "", max_length=1000, description="students read it on the pages of their submissions"
    )


class Applied(pydantic.BaseModel):
    """What applying or reverting did."""

    state: models.BulkState
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
    ran: int = pydantic.Field(description="tests that the regrade ran")
    kept: int = pydantic.Field(description="results that it kept of the run before")
    changes: list[Change]


class Diff(pydantic.BaseModel):
    """All submissions of a regrade, by student."""

    submissions: list[Regraded]


def bulk_operation(progress: bulk_operations.BulkProgress) -> BulkOperation:
    """A batch or regrade and how far it is."""
    operation = progress.operation
    return BulkOperation(
        id=operation.id,
        assignment=operation.assignment,
        state=operation.state,
        reason=operation.reason,
        which=operation.which,
        version=operation.version,
        runs=operation.runs,
        refused=operation.refused,
        ended=operation.ended,
        eta_s=progress.ready_in_s,
        created_at=operation.created_at,
        links=_links(operation),
    )


def listed(found: Sequence[stored.BulkOperationRow]) -> BulkOperations:
    """Those of a homework."""
    lines = [dataclasses.asdict(one) for one in found]
    return BulkOperations(operations=[BulkOperationLine(**line) for line in lines])


def regrade(
    progress: bulk_operations.BulkProgress,
    sums: regrades.Sums,
    marks: regraded_marks.RegradedMarks | None,
) -> Regrade:
    """A regrade with what it changes."""
    shape = Regrade(
        **bulk_operation(progress).model_dump(), sums=RegradeSums(**dataclasses.asdict(sums))
    )
    if marks is not None:
        in_words = list(marks.in_words)
        shape.marks = RegradedMarks(**dataclasses.asdict(marks), in_words=in_words)
    return shape


def diff(items: Sequence[rows.RegradeItem]) -> Diff:
    """The submissions of a regrade with what differs."""
    return Diff(submissions=[_regraded(item) for item in items])


def _links(operation: rows.BulkOperation) -> BulkOperationLinks:
    address = f"/api/{PLURALS[operation.kind]}/{operation.id}"
    links = BulkOperationLinks(self=address, events=f"{address}/events")
    if operation.kind == "batch":
        links.report = f"{address}/report.csv"
    else:
        links.diff = f"{address}/diff"
    return links


def _regraded(item: rows.RegradeItem) -> Regraded:
    changes = regrade_diff.between(item.old, item.new) if item.new else ()
    return Regraded(
        submission=item.submission_id,
        student=item.student,
        state=item.state,
        taken=item.taken,
        old_score=_points(item.old),
        new_score=_points(item.new),
        ran=item.new.ran if item.new else 0,
        kept=item.new.kept if item.new else 0,
        changes=[
            Change(name=c.name, task=c.task, old=_side(c.old), new=_side(c.new)) for c in changes
        ],
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
