"""The JSON of rubrics and of what a change of one does to marks.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from fractions import Fraction

import pydantic

from grader.api.schemas import mark_schemas
from grader.assignment import manifest as assignments
from grader.course import rubrics as course_rubrics
from grader.http import request_faults
from grader.service import rubrics


class NewRubricLine(mark_schemas.Item, request_faults.SentBody):
    """A line of the new rubric."""

    was: str = pydantic.Field("", max_length=1000, description="the old line; empty: a new one")


class NewRubricLines(request_faults.SentBody):
    """A rubric that is to be."""

    lines: list[NewRubricLine] = pydantic.Field(max_length=rubrics.MOST_LINES)
    version: int | None = pydantic.Field(
        None, ge=0, le=1_000_000, description="the version that was changed; null does not ask"
    )
    preview: bool = pydantic.Field(False, description="only say what would happen")


class RubricChoices(pydantic.BaseModel):
    """What may become of a rubric whose homework's own was changed after it; each can be sent."""

    homework_before: list[mark_schemas.Item] = pydantic.Field(
        description="the homework's own when the rubric was changed"
    )
    ours: list[NewRubricLine]
    homework: list[NewRubricLine]
    both: list[NewRubricLine] = pydantic.Field(
        description="every change of either side; of a line that both changed it has ours"
    )


class Rubric(pydantic.BaseModel):
    """The rubric of one task; `version` is 0 where it is the homework's own."""

    task: str
    title: str
    points: float
    version: int
    lines: list[mark_schemas.Item]
    changed_by: str
    changed_at: datetime.datetime | None
    homework: list[mark_schemas.Item] = pydantic.Field(description="the homework's own lines")
    choices: RubricChoices | None = pydantic.Field(
        description="where the homework's own has changed since the rubric was; saving ends it"
    )


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
        lines=_items(one.task.rubric),
        changed_by=one.changed_by,
        changed_at=one.changed_at,
        homework=_items(one.own),
        choices=_choices(one.choices) if one.choices else None,
    )


def _choices(found: course_rubrics.RubricChoices) -> RubricChoices:
    return RubricChoices(
        homework_before=[
            mark_schemas.Item(text=i.text, points=float(i.points)) for i in found.before
        ],
        ours=_changed(found.ours),
        homework=_changed(found.homework),
        both=_changed(found.both),
    )


def _items(found: Iterable[assignments.RubricItem]) -> list[mark_schemas.Item]:
    return [mark_schemas.Item(text=item.text, points=item.points) for item in found]


def _changed(found: Iterable[course_rubrics.ChangedLine]) -> list[NewRubricLine]:
    return [
        NewRubricLine(text=line.text, points=float(line.points), was=line.was) for line in found
    ]
