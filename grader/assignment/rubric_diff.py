"""What differs between two rubrics of a homework: tasks, their points and kinds, the totals. Pure.

Owns the comparison and its words, and what a change does to marks and results that there are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from grader import models
from grader.assignment import manifest as assignments

BY = {models.TaskKind.AUTO: "graded by tests", models.TaskKind.MANUAL: "graded by hand"}


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A task before and after; None where it is new, or gone."""

    before: models.TaskScore | None
    after: models.TaskScore | None

    @property
    def task(self) -> str:
        """The task's id."""
        known = self.before or self.after
        assert known is not None  # one of them is there
        return known.id

    @property
    def words(self) -> str:
        """What changed, without the task's name."""
        if self.before is None or self.after is None:
            known, what = (self.after, "new") if self.after else (self.before, "gone")
            assert known is not None  # as above
            return f"{what} ({_points(known.max_score)}, {BY[known.kind]})"
        changed = []
        if self.before.max_score != self.after.max_score:
            now, then = _points(self.after.max_score), _number(self.before.max_score)
            changed.append(f"{now} instead of {then}")
        if self.before.kind is not self.after.kind:
            changed.append(f"{BY[self.after.kind]}, not {BY[self.before.kind][len('graded ') :]}")
        return ", ".join(changed)


@dataclass(frozen=True, slots=True)
class RubricChanges:
    """The tasks that differ, in the order of the rubrics, and all points before and after."""

    tasks: tuple[TaskChange, ...]
    before: Fraction
    after: Fraction


def changes(old: assignments.Manifest, new: assignments.Manifest) -> RubricChanges:
    """What the newer rubric has otherwise than the older one; titles do not count."""
    before, after = _by_id(old), _by_id(new)
    both = (TaskChange(before.get(name), after.get(name)) for name in before | after)
    sums = (sum((task.max_score for task in of.values()), Fraction(0)) for of in (before, after))
    return RubricChanges(tuple(one for one in both if one.words), *sums)


def losses(
    found: RubricChanges, marks: Mapping[str, int], results: Mapping[str, int]
) -> Iterator[str]:
    """What a change does to points that people have, a sentence for each task.

    Args:
        marks, results: task -> how many submissions have a mark for it, or a result by tests.
    """
    for change in found.tasks:
        if change.before is None:
            continue
        if marks.get(change.task):
            yield _of_marks(change, marks[change.task])
        elif results.get(change.task):
            yield _of_results(change, results[change.task])


def _of_marks(change: TaskChange, count: int) -> str:
    has = f"Task {change.task} has {count} mark{'s' if count > 1 else ''}"
    if change.after is None:
        return f"{has} and is gone: its marks no longer count."
    return f"{has} and changes: {change.words}."


def _of_results(change: TaskChange, count: int) -> str:
    has = f"Task {change.task} has {count} result{'s' if count > 1 else ''}"
    what = "is gone" if change.after is None else f"changes ({change.words})"
    return f"{has} and {what}: until a regrade, results count as they were graded."


def _by_id(manifest: assignments.Manifest) -> dict[str, models.TaskScore]:
    return {task.id: task for task in manifest.rubric}


def _points(value: Fraction) -> str:
    return f"{_number(value)} point{'' if value == 1 else 's'}"


def _number(value: Fraction) -> str:
    return f"{float(value):g}"
