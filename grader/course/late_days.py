"""Late days: so many over the term for each student, spent where they save most. Pure.

Owns `course.toml` (its `[notify]` is `grader.notify.kinds`'), and on which homeworks a student's
days go. What a day saves is `grader.assignment.schedule`'s. Nothing is kept of what is spent: it
follows from the submissions that count, so that a day comes back when another one counts.

    [course]
    late_days = 5             # of each student, over the term
    most_per_homework = 2     # of them

Homeworks take their days in the order of everybody's due dates: extension first, then grace, then
late days, then percent.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import msgspec

from grader import errors
from grader.assignment import lateness, manifest_faults, schedule
from grader.notify import kinds

FILE = "course.toml"
MOST = 1000


class LateDayBudget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every student has over the term.

    Attributes:
        late_days: 0 is none.
        most_per_homework: of them on one homework; unset: all.
    """

    late_days: Annotated[int, msgspec.Meta(ge=0, le=MOST)] = 0
    most_per_homework: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = MOST


class CourseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`course.toml` exactly as written."""

    course: LateDayBudget = LateDayBudget()
    notify: kinds.NotifyRules = kinds.NotifyRules()


@dataclass(frozen=True, slots=True)
class TimedWork:
    """A graded submission of a student: when it came, its own due date, its points."""

    id: uuid.UUID
    submitted: datetime
    extension: datetime | None
    points: Fraction


@dataclass(frozen=True, slots=True)
class HomeworkDays:
    """A student's late days on one homework.

    Attributes:
        usable: that a submission may spend.
        spent: by the one that counts.
    """

    usable: int
    spent: int


@dataclass(frozen=True, slots=True)
class LateDayAccount:
    """A student's late days over the term.

    Attributes:
        given: by the course, and more or fewer by staff.
        homeworks: by slug, in the order of due dates.
    """

    given: int
    homeworks: Mapping[str, HomeworkDays]

    @property
    def left(self) -> int:
        """Days that nothing has spent."""
        return self.given - sum(days.spent for days in self.homeworks.values())

    def usable_on(self, slug: str) -> int:
        """Days that a submission for this homework may spend."""
        days = self.homeworks.get(slug)
        return days.usable if days else 0


def parse(text: bytes, path: Path) -> CourseFile:
    """What a `course.toml` says.

    Raises:
        SuiteError: not TOML, an unknown key, or a number that cannot be meant.
    """
    try:
        return msgspec.toml.decode(text, type=CourseFile)
    except msgspec.DecodeError as exc:
        explained = manifest_faults.explained(exc, text, CourseFile)
        raise errors.SuiteError(f"{path}: {explained}") from exc


def in_order(schedules: Mapping[str, schedule.Schedule]) -> list[tuple[str, schedule.Schedule]]:
    """Those homeworks that can be late, in the order in which they take days."""
    dated = [(rules.due, slug, rules) for slug, rules in schedules.items() if rules.due]
    return [(slug, rules) for _, slug, rules in sorted(dated, key=lambda one: one[:2])]


def account(
    budget: LateDayBudget,
    changed: int,
    homeworks: Iterable[tuple[str, schedule.Schedule]],
    works: Mapping[str, Sequence[TimedWork]],
    choices: Mapping[str, schedule.Choice],
) -> LateDayAccount:
    """Where a student's days go.

    Args:
        changed: days that staff gave, or took where it is negative.
        homeworks: as `in_order` has them.
        works: homework -> the student's graded submissions.
        choices: homework -> which of them somebody chose.
    """
    given = left = max(budget.late_days + changed, 0)
    days = dict[str, HomeworkDays]()
    for slug, rules in homeworks:
        usable = min(left, budget.most_per_homework)
        spent = _spent(rules, works.get(slug, ()), choices.get(slug), usable)
        days[slug] = HomeworkDays(usable, spent)
        left -= spent
    return LateDayAccount(given, days)


def _spent(
    rules: schedule.Schedule,
    works: Sequence[TimedWork],
    choice: schedule.Choice | None,
    usable: int,
) -> int:
    """Days that go to the submission that counts."""
    lateness_of = {
        work.id: schedule.lateness_of(rules, work.extension, work.submitted, usable)
        for work in works
    }
    candidates = [
        schedule.Candidate(
            work.id,
            work.submitted,
            lateness.after_penalty(work.points, lateness_of[work.id].penalty),
        )
        for work in works
    ]
    counting = schedule.choose(candidates, rules.active, choice)
    return lateness_of[counting.id].late_days if counting else 0
