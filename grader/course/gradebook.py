"""From graded submissions to one line of the gradebook for each student. Pure.

Owns the grouping and which submission's points a line bears. Reading the database is
`grader.store.gradebook`'s, writing tables `grader.exchange.gradebook_csv`'.
"""

import datetime
import itertools
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import models
from grader.assignment import lateness
from grader.assignment import schedule as assignment_schedule
from grader.scoring import final_score


@dataclass(frozen=True, slots=True)
class Person:
    """Who a line is about.

    Attributes:
        login: the login name; of work handed in for somebody who is not on the roster, its label.
        sid: the school's number.
        lms_id: the learning platform's own number.
    """

    login: str
    full_name: str = ""
    email: str = ""
    section: str = ""
    sid: str = ""
    lms_id: str = ""

    @property
    def shown_name(self) -> str:
        """The name that people go by."""
        return self.full_name or self.login


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded submission: its tasks, its marks, when it came and when it was due."""

    id: uuid.UUID
    handed_in: datetime.datetime
    tasks: tuple[models.TaskScore, ...]
    marks: Mapping[str, final_score.Mark]
    extension: datetime.datetime | None
    can_be_late: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One submission of a person, or a person without any; rows come sorted by person."""

    person: Person
    graded: Graded | None
    choice: assignment_schedule.Choice | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A person and what counts for them; without `submission` nothing is graded."""

    person: Person
    submissions: int
    submission: Graded | None = None
    total: final_score.Totals | None = None
    tasks: tuple[models.TaskScore, ...] = ()
    late: datetime.timedelta = datetime.timedelta(0)


def entries(
    rows: Iterable[Row],
    schedule: assignment_schedule.Schedule,
    manual: Sequence[models.TaskScore] = (),
) -> Iterator[Entry]:
    """A line for each person, one after the other: nothing is held but one person's submissions.

    Args:
        manual: the manual tasks of the rubric as it is now; see `final_score.marked`.
    """
    for person, group in itertools.groupby(rows, key=lambda row: row.person):
        yield _entry(person, list(group), schedule, manual)


def _entry(
    person: Person,
    rows: list[Row],
    schedule: assignment_schedule.Schedule,
    manual: Sequence[models.TaskScore],
) -> Entry:
    known = {row.graded.id: row.graded for row in rows if row.graded}
    tasks = {i: final_score.marked(one.tasks, one.marks, manual) for i, one in known.items()}
    sums = {i: final_score.of_tasks(tasks[i], _penalty(one, schedule)) for i, one in known.items()}
    candidates = [
        assignment_schedule.Candidate(i, g.handed_in, sums[i].score) for i, g in known.items()
    ]
    chosen = assignment_schedule.choose(candidates, schedule.active, rows[0].choice)
    if chosen is None:
        return Entry(person, 0)
    found = known[chosen.id]
    late = _late(found, schedule)
    return Entry(person, len(known), found, sums[found.id], tasks[found.id], late)


def _penalty(found: Graded, schedule: assignment_schedule.Schedule) -> Fraction:
    return assignment_schedule.penalty_of(
        schedule, found.extension, found.handed_in, can_be_late=found.can_be_late
    )


def _late(found: Graded, schedule: assignment_schedule.Schedule) -> datetime.timedelta:
    due = assignment_schedule.deadlines(schedule, found.extension).due
    none = datetime.timedelta(0)
    if due is None or not found.can_be_late or not lateness.is_after(found.handed_in, due):
        return none
    return found.handed_in.astimezone(datetime.UTC) - due.astimezone(datetime.UTC)
