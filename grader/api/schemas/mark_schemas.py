"""The JSON of manual marks.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
from collections.abc import Sequence
from typing import Annotated

import pydantic

from grader.api.schemas import course_schemas
from grader.assignment import manifest as assignments
from grader.exchange import results
from grader.scoring import final_score

MAX_POINTS = 1_000_000
Points = Annotated[float, pydantic.Field(ge=0, le=MAX_POINTS, allow_inf_nan=False)]


class Item(pydantic.BaseModel):
    """A line of the rubric; a deduction has negative points."""

    text: str = pydantic.Field(max_length=1000)
    points: float = pydantic.Field(ge=-MAX_POINTS, le=MAX_POINTS, allow_inf_nan=False)


class NewMark(pydantic.BaseModel):
    """A mark. Without `points` it is the sum of `rubric`; without both it is taken back."""

    points: Points | None = pydantic.Field(None, examples=[3.5])
    rubric: list[Item] = pydantic.Field([], max_length=100, description="the lines that apply")
    comment: str = pydantic.Field("", max_length=10_000, description="the student reads it")
    version: int | None = pydantic.Field(
        None, ge=0, le=1_000_000, description="the version it replaces; null does not ask"
    )


class Mark(pydantic.BaseModel):
    """One version of a mark; `points` is null when it was taken back."""

    task: str
    version: int
    points: float | None
    rubric: list[Item]
    comment: str
    marked_by: str
    marked_at: datetime.datetime


class Marked(Mark):
    """A mark, and what the submission comes to with it; null while it is not graded."""

    total: course_schemas.Totals | None


class ManualTask(pydantic.BaseModel):
    """A manual task, what its marker looks for, and its marks, newest first."""

    id: str
    title: str
    points: float
    rubric: list[Item]
    marks: list[Mark]


class Marks(pydantic.BaseModel):
    """The manual tasks of a submission."""

    tasks: list[ManualTask]


def task(found: assignments.Task, given: Sequence[final_score.Mark]) -> ManualTask:
    """A manual task with its marks."""
    return ManualTask(
        id=found.id,
        title=found.title,
        points=found.points,
        rubric=[Item(text=item.text, points=item.points) for item in found.rubric],
        marks=[mark(one) for one in given if one.task == found.id],
    )


def mark(found: final_score.Mark) -> Mark:
    """One version of a mark."""
    return Mark(
        task=found.task,
        version=found.version,
        points=results.number(found.points),
        rubric=[Item(text=item.text, points=float(item.points)) for item in found.items],
        comment=found.comment,
        marked_by=found.marked_by,
        marked_at=found.marked_at,
    )


def marked(found: final_score.Mark, total: final_score.Totals | None) -> Marked:
    """A mark with the submission's totals."""
    shown = course_schemas.total(total) if total else None
    return Marked(**mark(found).model_dump(), total=shown)
