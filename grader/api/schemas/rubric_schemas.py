"""The JSON of rubrics and of what a change of one does to marks.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from fractions import Fraction

import pydantic

from grader.api.schemas import mark_schemas
from grader.course import rubrics as course_rubrics
from grader.service import rubrics


class NewRubricLine(mark_schemas.Item):
    """A line of the new rubric."""

    was: str = pydantic.Field("", max_length=1000, description="the old line; empty: a new one")


class NewRubricLines(pydantic.BaseModel):
    """A rubric that is to be."""

    lines: list[NewRubricLine] = pydantic.Field(max_length=rubrics.MOST_LINES)
    version: int | None = pydantic.Field(
        None, ge=0, le=1_000_000, description="the version that was changed; null does not ask"
    )
    preview: bool = pydantic.Field(False, description="only say what would happen")


class Rubric(pydantic.BaseModel):
    """The rubric of one task; `version` is 0 where it is the homework's own."""

    task: str
    title: str
    points: float
    version: int
    lines: list[mark_schemas.Item]
    changed_by: str
    changed_at: datetime.datetime | None


class Rubrics(pydantic.BaseModel):
    """The rubrics of an assignment."""

    rubrics: list[Rubric]


class ReappliedMark(pydantic.BaseModel):
    """A mark that follows the change; `by_hand` where its points were given and stay."""

    submission: uuid.UUID
    student: str
    before: float
    after: float
    by_hand: bool


class Reapplied(pydantic.BaseModel):
    """The rubric as it is now, and every mark that changed (or, in a preview, would)."""

    rubric: Rubric
    marks: list[ReappliedMark]


def listed(found: Iterable[rubrics.TaskRubric]) -> Rubrics:
    """The rubrics of an assignment."""
    return Rubrics(rubrics=[_rubric(one) for one in found])


def lines(sent: NewRubricLines) -> list[course_rubrics.ChangedLine]:
    """The new lines, in exact points."""
    return [
        course_rubrics.ChangedLine(one.text, Fraction(str(one.points)), one.was)
        for one in sent.lines
    ]


def reapplied(done: Sequence[course_rubrics.MarkChange], rubric: rubrics.TaskRubric) -> Reapplied:
    """What a change did, or would do."""
    marks = [
        ReappliedMark(
            submission=one.submission_id,
            student=one.student,
            before=float(one.before),
            after=float(one.after),
            by_hand=one.by_hand,
        )
        for one in done
    ]
    return Reapplied(rubric=_rubric(rubric), marks=marks)


def _rubric(one: rubrics.TaskRubric) -> Rubric:
    return Rubric(
        task=one.task.id,
        title=one.task.title,
        points=one.task.points,
        version=one.version,
        lines=[mark_schemas.Item(text=i.text, points=i.points) for i in one.task.rubric],
        changed_by=one.changed_by,
        changed_at=one.changed_at,
    )
