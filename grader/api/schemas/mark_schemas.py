"""The JSON of manual marks.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

import pydantic

from grader import models
from grader.api.schemas import course_schemas
from grader.assignment import manifest as assignments
from grader.course import marking_list
from grader.exchange import results
from grader.http import request_faults
from grader.scoring import final_score
from grader.service import marking_shares, marks
from grader.store import rows

MAX_POINTS = marks.MAX_POINTS
Points = Annotated[float, pydantic.Field(ge=0, le=MAX_POINTS, allow_inf_nan=False)]


class Item(pydantic.BaseModel):
    """A line of the rubric; a deduction has negative points."""

    text: str = pydantic.Field(max_length=1000)
    points: float = pydantic.Field(ge=-MAX_POINTS, le=MAX_POINTS, allow_inf_nan=False)


class TickedLine(Item, request_faults.SentBody):
    """A line of the rubric that applies."""


class NewMark(request_faults.SentBody):
    """A mark. Without `points` it is the sum of `rubric`; without both it is taken back."""

    # Of a field that is misspelt, nothing would be left but taking the mark back.
    model_config = pydantic.ConfigDict(extra="forbid")

    points: Points | None = pydantic.Field(None, examples=[3.5])
    rubric: list[TickedLine] = pydantic.Field(
        [], max_length=100, description="the lines that apply"
    )
    comment: str = pydantic.Field(
        "", max_length=marks.MAX_COMMENT, description="the student reads it"
    )
    version: int | None = pydantic.Field(
        None, ge=0, le=1_000_000, description="the version it replaces; null does not ask"
    )
    rubric_version: int | None = pydantic.Field(
        None, ge=0, le=1_000_000, description="of the rubric that was seen; null does not ask"
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
    reapplied_by: str = pydantic.Field(
        "", description="who changed the rubric, where that made this version"
    )
    carried_from: uuid.UUID | None = pydantic.Field(
        None, description="the other submission with the same write-up that was marked"
    )


class Marked(Mark):
    """A mark, and what the submission comes to with it; null while it is not graded."""

    total: course_schemas.Totals | None


class ManualTask(pydantic.BaseModel):
    """A manual task, what its marker looks for, and its marks, newest first."""

    id: str
    title: str
    points: float
    rubric: list[Item]
    rubric_version: int = pydantic.Field(description="0: the homework's own")
    marks: list[Mark]
    carried: Mark | None = pydantic.Field(
        None, description="the mark of another submission with the same write-up; it counts here"
    )


class MarkingVisit(pydantic.BaseModel):
    """Somebody of staff who opened the marking page of a submission a few minutes ago at most."""

    login: str
    name: str
    at: datetime.datetime


class Marks(pydantic.BaseModel):
    """The manual tasks of a submission."""

    tasks: list[ManualTask]
    open_by: list[MarkingVisit] = pydantic.Field(
        description="who else has it open to mark it, as far as is known"
    )


class UnmarkedSubmission(pydantic.BaseModel):
    """A submission that counts and has manual tasks without a mark."""

    submission: uuid.UUID
    student: str
    mates: list[str] = pydantic.Field(description="others whose work it is")
    section: str
    tasks: list[str]
    again: list[str]
    markers: list[str] = pydantic.Field(description="whose each task is to mark; empty: nobody's")


class MarkingList(pydantic.BaseModel):
    """What is left to mark."""

    submissions: list[UnmarkedSubmission]


class CourseMarker(pydantic.BaseModel):
    """Somebody who may mark."""

    login: str
    name: str
    given: int = pydantic.Field(description="marks that are theirs to give")
    left: int = pydantic.Field(description="those of them that they have not given yet")


class Markers(pydantic.BaseModel):
    """Who may mark."""

    markers: list[CourseMarker]


class Division(request_faults.SentBody):
    """Among whom to divide what is left to mark."""

    markers: list[str] = pydantic.Field(max_length=1000, examples=[["tim", "eve"]])
    task: str = pydantic.Field("", max_length=200, description="only this one")
    section: str = pydantic.Field("", max_length=200, description="only its people")
    again: bool = pydantic.Field(False, description="also what has a marker already")


def markers(found: Sequence[marking_shares.MarkerProgress]) -> Markers:
    """Who may mark."""
    return Markers(
        markers=[
            CourseMarker(login=one.login, name=one.full_name, given=one.given, left=one.left)
            for one in found
        ]
    )


def unmarked(left: Sequence[marking_list.Unmarked]) -> MarkingList:
    """What is left to mark."""
    return MarkingList(
        submissions=[
            UnmarkedSubmission(
                submission=one.submission_id,
                student=one.person.login,
                mates=[mate.login for mate in one.mates],
                section=one.person.section,
                tasks=list(one.tasks),
                again=list(one.again),
                markers=list(one.markers),
            )
            for one in left
        ]
    )


def marking(stored: marks.Marking) -> Marks:
    """The manual tasks of a submission with their marks."""
    return Marks(
        tasks=[_task(task, stored) for task in stored.tasks],
        open_by=[
            MarkingVisit(login=one.name, name=one.full_name, at=one.seen_at)
            for one in stored.visits
        ],
    )


def new_mark(task: str, sent: NewMark) -> rows.NewMark:
    """A mark as it was sent, in exact points."""
    items = tuple(models.TickedItem(i.text, Fraction(str(i.points))) for i in sent.rubric)
    points = None if sent.points is None else Fraction(str(sent.points))
    return rows.NewMark(task, points, items, sent.comment)


def marked(mark: final_score.Mark, total: final_score.Totals | None) -> Marked:
    """A mark with the submission's totals."""
    shown = course_schemas.total(total) if total else None
    return Marked(**_mark(mark).model_dump(), total=shown)


def _task(task: assignments.Task, stored: marks.Marking) -> ManualTask:
    carried = stored.carried.get(task.id)
    return ManualTask(
        id=task.id,
        title=task.title,
        points=task.points,
        rubric=[Item(text=item.text, points=item.points) for item in task.rubric],
        rubric_version=stored.rubrics[task.id],
        marks=[_mark(mark) for mark in stored.marks if mark.task == task.id],
        carried=_mark(carried) if carried else None,
    )


def _mark(mark: final_score.Mark) -> Mark:
    return Mark(
        task=mark.task,
        version=mark.version,
        points=results.number(mark.points),
        rubric=[Item(text=item.text, points=float(item.points)) for item in mark.items],
        comment=mark.comment,
        marked_by=mark.marked_by,
        marked_at=mark.marked_at,
        reapplied_by=mark.reapplied_by,
        carried_from=mark.carried_from,
    )
