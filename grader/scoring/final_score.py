"""From a report, manual marks and lateness to the points that count. Pure.

Owns this sum and nothing else: tests' points are `scoring.points`'s, dates `assignment.schedule`'.

    raw   = points of the tests + manual marks
    score = raw * (1 - late penalty)

A report of an earlier rubric keeps the tasks that tests have graded, with their points and maximum.
The manual ones are those of the rubric as it is now: a mark for a task that is gone counts neither
in the points nor in the maximum, and none counts for more than its task is worth.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Iterator, Mapping, Sequence
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
    report: models.Report,
    marks: Mapping[str, Mark],
    rubric: Sequence[models.TaskScore] | None = None,
) -> models.Report:
    """The report with manual tasks as they are marked; its own sums stay those of the tests."""
    return dataclasses.replace(report, tasks=marked(report.tasks, marks, rubric))


def marked(
    tasks: Sequence[models.TaskScore],
    marks: Mapping[str, Mark],
    rubric: Sequence[models.TaskScore] | None = None,
) -> tuple[models.TaskScore, ...]:
    """Tasks with the points, ticked lines and comments of their marks.

    Args:
        rubric: all tasks of the homework as it is now; None where that is not known, and the tasks
            of the report are all that there is.
    """
    counting = tasks if rubric is None else _as_now(tasks, rubric)
    return tuple(_marked(task, marks.get(task.id)) for task in counting)


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
    manual = [task for task in tasks if _is_manual(task)]
    return Totals(
        raw=earned + sum((task.score or ZERO for task in manual), ZERO),
        max_score=maximum + sum((task.max_score for task in manual), ZERO),
        penalty=penalty,
        unmarked=sum(1 for task in manual if task.score is None and task.max_score),
    )


def _as_now(
    tasks: Sequence[models.TaskScore], rubric: Sequence[models.TaskScore]
) -> Iterator[models.TaskScore]:
    """A report's tasks that count, manual ones as the rubric has them now."""
    known, now = {task.id for task in tasks}, {task.id: task for task in rubric}
    for task in tasks:
        if not _is_manual(task):
            yield task
        elif task.id in now:  # tests grade it where a file is there that this submission lacks
            yield now[task.id] if _is_manual(now[task.id]) else task
    yield from (task for task in rubric if _is_manual(task) and task.id not in known)


def _marked(task: models.TaskScore, mark: Mark | None) -> models.TaskScore:
    if not _is_manual(task):
        return task
    if mark is None or mark.points is None:  # what was said with one that was taken back went too
        return dataclasses.replace(task, score=None, comment="", rubric=())
    points = min(mark.points, task.max_score)
    return dataclasses.replace(task, score=points, comment=mark.comment, rubric=mark.items)


def _is_manual(task: models.TaskScore) -> bool:
    return task.kind is models.TaskKind.MANUAL
