"""Manual tasks and their marks as the marking page shows them. Pure.

Owns these values; the form around them is `mark_forms`'.
"""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from grader.assignment import manifest as assignments
from grader.course import rubrics
from grader.exchange import results
from grader.scoring import final_score
from grader.service import marks
from grader.web import mark_forms


@dataclass(frozen=True, slots=True)
class MarkView:
    """One version of a mark; `points` is None when it was taken back.

    Attributes:
        by_hand: the points are others than those of the ticked lines.
    """

    version: int
    points: float | None
    rubric: tuple[mark_forms.RubricLine, ...]
    comment: str
    marked_by: str
    marked_at: datetime.datetime
    carried_from: uuid.UUID | None
    reapplied_by: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class ManualTaskView:
    """A manual task with its marks, newest first, or the one that an older submission brought.

    Attributes:
        earlier: what another write-up of the same person got, where this one has no mark.
        share: the login of whoever it was given to; empty for nobody.
    """

    id: str
    title: str
    points: float
    rubric: tuple[mark_forms.RubricLine, ...]
    rubric_version: int
    marks: tuple[MarkView, ...]
    carried: MarkView | None
    earlier: MarkView | None
    share: str


def of_tasks(marking: marks.Marking, shares: Mapping[str, str]) -> list[ManualTaskView]:
    """The manual tasks of a submission, for their marker."""
    return [
        ManualTaskView(
            task.id,
            task.title,
            task.points,
            tuple(mark_forms.RubricLine(item.text, item.points) for item in task.rubric),
            marking.rubrics[task.id],
            tuple(of_mark(mark, task) for mark in marking.marks if mark.task == task.id),
            of_mark(carried, task) if (carried := marking.carried.get(task.id)) else None,
            of_mark(earlier, task) if (earlier := marking.earlier.get(task.id)) else None,
            shares.get(task.id, ""),
        )
        for task in marking.tasks
    ]


def of_mark(mark: final_score.Mark, task: assignments.Task) -> MarkView:
    """One version of a mark."""
    return MarkView(
        mark.version,
        results.number(mark.points),
        tuple(mark_forms.RubricLine(item.text, float(item.points)) for item in mark.items),
        mark.comment,
        mark.marked_by,
        mark.marked_at,
        mark.carried_from,
        mark.reapplied_by,
        rubrics.is_by_hand(mark, task.exact_points) or not mark.items,
    )
