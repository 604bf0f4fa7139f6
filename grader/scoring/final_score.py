"""From a report, manual marks and lateness to the points that count. Pure.

Owns this sum and nothing else: tests' points are `scoring.points`'s, dates `assignment.schedule`'.

    raw   = points of the tests + manual marks
    score = raw * (1 - late penalty)
"""

import dataclasses
import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import models
from grader.assignment import lateness

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a marker gave for one manual task.

    Attributes:
        version: from 1; each change is another version.
        points: None when the mark was taken back.
        carried_from: the submission that was marked, where it is another one with the same
            write-up.
        reapplied_by: who changed the rubric, where that made this version.
    """

    task: str
    version: int
    points: Fraction | None
    items: tuple[models.TickedItem, ...]
    comment: str
    marked_by: str
    marked_at: datetime.datetime
    carried_from: uuid.UUID | None = None
    reapplied_by: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """The points of one submission.

    Attributes:
        raw: before the late penalty, of `max_score`.
        penalty: share taken off, from 0 to 1.
        unmarked: manual tasks with points that nobody has marked yet.
    """

    raw: Fraction
    max_score: Fraction
    penalty: Fraction
    unmarked: int

    @property
    def score(self) -> Fraction:
        """What counts."""
        return lateness.after_penalty(self.raw, self.penalty)


def with_marks(
    report: models.Report, marks: Mapping[str, Mark], manual: Sequence[models.TaskScore] = ()
) -> models.Report:
    """The report with manual tasks as they are marked; its own sums stay those of the tests."""
    return dataclasses.replace(report, tasks=marked(report.tasks, marks, manual))


def marked(
    tasks: Sequence[models.TaskScore],
    marks: Mapping[str, Mark],
    manual: Sequence[models.TaskScore] = (),
) -> tuple[models.TaskScore, ...]:
    """Tasks with the points, ticked lines and comments of their marks.

    Args:
        manual: the manual tasks of the rubric as it is now; those that a report of an earlier
            rubric lacks are added to it.
    """
    known = {task.id for task in tasks}
    added = (task for task in manual if task.id not in known)
    return tuple(_marked(task, marks.get(task.id)) for task in (*tasks, *added))


def of_report(report: models.Report, penalty: Fraction) -> Totals:
    """The totals of a report that holds its marks.

    Of a student's report they count what the student may see.
    """
    return _of(report.score or ZERO, report.max_score, report.tasks, penalty)


def of_tasks(tasks: Sequence[models.TaskScore], penalty: Fraction) -> Totals:
    """The same from the tasks alone, marks among them, of a whole report."""
    automatic = [task for task in tasks if task.kind is models.TaskKind.AUTO]
    earned = sum((task.score or ZERO for task in automatic), ZERO)
    return _of(earned, sum((task.max_score for task in automatic), ZERO), tasks, penalty)


def _of(
    earned: Fraction, maximum: Fraction, tasks: Sequence[models.TaskScore], penalty: Fraction
) -> Totals:
    manual = [task for task in tasks if task.kind is models.TaskKind.MANUAL]
    return Totals(
        raw=earned + sum((task.score or ZERO for task in manual), ZERO),
        max_score=maximum + sum((task.max_score for task in manual), ZERO),
        penalty=penalty,
        unmarked=sum(1 for task in manual if task.score is None and task.max_score),
    )


def _marked(task: models.TaskScore, mark: Mark | None) -> models.TaskScore:
    if task.kind is not models.TaskKind.MANUAL:
        return task
    if mark is None:
        return dataclasses.replace(task, score=None, comment="", rubric=())
    return dataclasses.replace(task, score=mark.points, comment=mark.comment, rubric=mark.items)
