"""The JSON of what a course adds to submissions: terms, extensions, history, totals, marks, roster.

Owns field names, examples and descriptions, as `shapes` does for submissions; decides nothing.
"""

import datetime
import uuid
from typing import Any

import pydantic

from grader import models
from grader.api.schemas import late_day_schemas, submission_schemas
from grader.assignment import schedule
from grader.exchange import results
from grader.http import request_faults
from grader.scoring import final_score
from grader.service import assignments, extensions, reports
from grader.source import importable
from grader.store import rows


class LatePolicy(pydantic.BaseModel):
    """What being late costs."""

    grace_h: float = pydantic.Field(description="hours after the due date that cost nothing")
    percent: float = pydantic.Field(description="of the points earned, per `per` that has started")
    per: str = pydantic.Field(description="day, hour or once")
    most_percent: float
    cutoff_h: float | None = pydantic.Field(description="hours after the due date; null: never")


class UploadTerms(pydantic.BaseModel):
    """All that a student should know before submitting. Dates are in the course's time zone."""

    window: models.Window
    takes_uploads: bool = pydantic.Field(description="an upload now would be accepted")
    time_zone: str
    opens: datetime.datetime | None
    due: datetime.datetime | None = pydantic.Field(description="the caller's own")
    original_due: datetime.datetime | None = pydantic.Field(description="everybody's")
    extended: bool
    extension_reason: str
    grace_until: datetime.datetime | None
    closes: datetime.datetime | None
    late: LatePolicy
    penalty_percent: float = pydantic.Field(description="what an upload now would lose")
    attempts_per_day: int = pydantic.Field(description="0: any number")
    attempts_left: int | None
    attempts_again_at: datetime.datetime | None
    active: models.Active = pydantic.Field(description="which submission counts")


class AssignmentWithTerms(submission_schemas.Assignment):
    """One homework, and what holds for the caller."""

    terms: UploadTerms
    excused: bool = pydantic.Field(
        default=False, description="the homework does not count for the caller"
    )
    excused_reason: str = pydantic.Field(default="", description="what the staff wrote about it")
    late_days: late_day_schemas.OwnLateDays | None = pydantic.Field(
        default=None, description="null for staff, and in a course without any"
    )


class Assignments(pydantic.BaseModel):
    """All homeworks of the course that the caller may see."""

    assignments: list[AssignmentWithTerms]
    faults: dict[str, str] = pydantic.Field(
        default_factory=dict,
        description="for staff: assignment -> what is wrong with its files; the last version that "
        "could be read stays in use",
    )
    not_live: list[str] = pydantic.Field(
        default_factory=list,
        description="for instructors: homeworks that were published and that students do not see; "
        "`/api/assignments/{slug}/versions` says why",
    )


class NewExtension(request_faults.SentBody):
    """A due date for one student."""

    due: datetime.datetime = pydantic.Field(
        description="with a time zone, later than everybody's",
        examples=["2026-10-09T23:59:00-05:00"],
    )
    reason: str = pydantic.Field("", max_length=1000, description="the student also reads it")

    @pydantic.field_validator("due", mode="before")
    @classmethod
    def _is_written(cls, due: Any) -> Any:  # a number would be read as seconds, or milliseconds
        if not isinstance(due, str):
            raise ValueError(f"must be text, like {request_faults.MOMENT}")
        return due

    @pydantic.field_validator("due")
    @classmethod
    def _is_a_moment(cls, due: datetime.datetime) -> datetime.datetime:
        return extensions.checked(due)


class Extension(pydantic.BaseModel):
    """One student's own due date."""

    student: str
    due: datetime.datetime
    reason: str
    granted_by: str
    granted_at: datetime.datetime


class Extensions(pydantic.BaseModel):
    """All extensions of an assignment, by student."""

    extensions: list[Extension]


class Totals(pydantic.BaseModel):
    """The points that count."""

    raw: float = pydantic.Field(description="tests and marks, before the late penalty")
    max_score: float
    penalty_percent: float
    score: float = pydantic.Field(description="raw less the penalty")
    unmarked: int = pydantic.Field(description="manual tasks that have no mark (to be seen) yet")


class SubmissionSummary(pydantic.BaseModel):
    """A submission as a line of the history."""

    id: uuid.UUID
    student: str
    state: models.SubmissionState
    submitted_at: datetime.datetime
    active: bool | None = pydantic.Field(
        description="whether it counts; null in staff's list of everybody"
    )
    total: Totals | None = pydantic.Field(description="null while there is no report")


class History(pydantic.BaseModel):
    """A page of submissions, newest first."""

    submissions: list[SubmissionSummary]
    next: str | None = pydantic.Field(description="address of the next page; null on the last")


class Chosen(pydantic.BaseModel):
    """Which submission counts now; null when the student has no graded one."""

    active: uuid.UUID | None


def assignment(standing: assignments.AssignmentStanding) -> AssignmentWithTerms:
    """An assignment and what holds for the caller."""
    manifest = standing.manifest
    shape = AssignmentWithTerms(
        slug=manifest.slug,
        title=manifest.title,
        course=manifest.course,
        total_points=manifest.total_points,
        due=standing.terms.deadlines.due,
        required_files=list(manifest.submission.demanded),
        accepts=list(manifest.submission.accept),
        max_upload_mb=manifest.submission.max_upload_mb,
        team_size=manifest.team.size if manifest.team else 1,
        imports=importable.modules(manifest.environment.packages),
        tasks=[submission_schemas.task(task) for task in manifest.task],
        terms=_terms(standing.terms, standing.extension_reason),
    )
    if standing.excused is not None:
        shape.excused, shape.excused_reason = True, standing.excused
    if own := late_day_schemas.own(standing.late_days, manifest.slug):
        shape.late_days = own
    return shape


def summary(
    row: rows.SubmissionRow, totals: final_score.Totals | None, *, active: bool | None
) -> SubmissionSummary:
    """A submission as a line of the history."""
    return SubmissionSummary(
        id=row.id,
        student=row.user_name,
        state=row.state,
        submitted_at=row.created_at,
        active=active,
        total=total(totals) if totals else None,
    )


def total(totals: final_score.Totals) -> Totals:
    """The points of one submission, rounded as reports are."""
    return Totals(
        raw=results.number(totals.raw) or 0.0,
        max_score=results.number(totals.max_score) or 0.0,
        penalty_percent=results.number(totals.penalty * 100) or 0.0,
        score=results.number(totals.score) or 0.0,
        unmarked=totals.unmarked,
    )


def report_total(totals: final_score.Totals) -> dict[str, Any]:
    """The same as the report's member `total`."""
    return {"total": total(totals).model_dump()}


def report_regraded(notice: reports.RegradeNotice | None) -> dict[str, Any]:
    """The report's member `regraded`; without a regrade there is none.

    `before` and `now` are null where this reader sees no points.
    """
    if notice is None:
        return {}
    before, now = map(float, notice.points) if notice.points else (None, None)
    said = {"at": notice.at.isoformat(), "before": before, "now": now, "reason": notice.reason}
    return {"regraded": said}


def extension(stored: rows.Extension) -> Extension:
    """A stored extension."""
    return Extension(**{name: getattr(stored, name) for name in Extension.model_fields})


def _terms(terms: schedule.UploadTerms, reason: str) -> UploadTerms:
    dates, rules = terms.deadlines, terms.schedule
    return UploadTerms(
        window=terms.window,
        takes_uploads=terms.takes_uploads,
        time_zone=rules.zone.key,
        opens=dates.opens,
        due=dates.due,
        original_due=dates.original_due,
        extended=dates.extended,
        extension_reason=reason,
        grace_until=dates.grace_until,
        closes=dates.closes,
        late=LatePolicy(**{name: getattr(rules.late, name) for name in LatePolicy.model_fields}),
        penalty_percent=float(terms.penalty * 100),
        attempts_per_day=rules.attempts_per_day,
        attempts_left=terms.attempts_left,
        attempts_again_at=terms.attempts_again_at,
        active=rules.active,
    )
