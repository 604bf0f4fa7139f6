"""From graded submissions to one line of the gradebook for each student. Pure.

Owns the grouping and which submission's points a line bears. Reading the database is
`grader.store.gradebook`'s, writing tables `grader.exchange.gradebook_csv`'.
"""

import datetime
import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader import models
from grader.assignment import lateness, schedule
from grader.scoring import final_score

NO_LATE_DAYS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Person:
    """Who a line is about.

    Attributes:
        login: the login name; of work submitted for somebody who is not on the roster, its label.
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
    received: lateness.Received = lateness.Received.HERE


@dataclass(frozen=True, slots=True)
class Row:
    """One submission of a person, or a person without any; rows come sorted by person."""

    person: Person
    graded: Graded | None
    choice: schedule.Choice | None
    excused: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A person and what counts for them; without `submission` nothing is graded.

    Attributes:
        marked: manual tasks that have points in any of their submissions.
        excused: none of it counts for them.
    """

    person: Person
    submissions: int
    submission: Graded | None = None
    total: final_score.Totals | None = None
    tasks: tuple[models.TaskScore, ...] = ()
    late: datetime.timedelta = datetime.timedelta(0)
    late_days: int = 0
    marked: frozenset[str] = frozenset()
    excused: bool = False

    @property
    def waits_for_marks(self) -> bool:
        """Whether their points are not the last word, since a task is not marked."""
        return not self.excused and self.total is not None and self.total.unmarked > 0


OwnRules = Callable[[Person], schedule.Schedule]


def entries(
    rows: Iterable[Row],
    rules: schedule.Schedule,
    rubric: Sequence[models.TaskScore] | None = None,
    late_days: Mapping[str, int] = NO_LATE_DAYS,
    own: OwnRules | None = None,
) -> Iterator[Entry]:
    """A line for each person, one after the other: nothing is held but one person's submissions.

    Args:
        rubric: the homework's tasks as they are now; see `final_score.marked`.
        late_days: login -> those that a submission may spend.
        own: a person's schedule where it is not everybody's `rules`.
    """
    for person, group in itertools.groupby(rows, key=lambda row: row.person):
        theirs = own(person) if own else rules
        yield _entry(person, list(group), theirs, rubric, late_days.get(person.login, 0))


def _entry(
    person: Person,
    rows: list[Row],
    rules: schedule.Schedule,
    rubric: Sequence[models.TaskScore] | None,
    usable: int,
) -> Entry:
    graded = {row.graded.id: row.graded for row in rows if row.graded}
    tasks = {i: final_score.marked(work.tasks, work.marks, rubric) for i, work in graded.items()}
    costs = {i: _lateness(work, rules, usable) for i, work in graded.items()}
    sums = {i: final_score.of_tasks(tasks[i], costs[i].penalty) for i in graded}
    candidates = [schedule.Candidate(i, g.handed_in, sums[i].score) for i, g in graded.items()]
    chosen = schedule.choose(candidates, rules.active, rows[0].choice)
    if chosen is None:
        return Entry(person, 0, excused=rows[0].excused)
    counting = graded[chosen.id]
    late = _late(counting, rules)
    return Entry(
        person,
        len(graded),
        counting,
        sums[counting.id],
        tasks[counting.id],
        late,
        0 if rows[0].excused else costs[counting.id].late_days,
        _marked(graded.values()),
        rows[0].excused,
    )


def _marked(works: Iterable[Graded]) -> frozenset[str]:
    marks = itertools.chain.from_iterable(work.marks.items() for work in works)
    return frozenset(task for task, mark in marks if mark.points is not None)


def _lateness(graded: Graded, rules: schedule.Schedule, usable: int) -> schedule.Lateness:
    return schedule.lateness_of(
        rules, graded.extension, graded.handed_in, usable, can_be_late=graded.can_be_late
    )


def _late(graded: Graded, rules: schedule.Schedule) -> datetime.timedelta:
    due = schedule.deadlines(rules, graded.extension).due
    none = datetime.timedelta(0)
    if due is None or not graded.can_be_late or not lateness.is_after(graded.handed_in, due):
        return none
    return graded.handed_in.astimezone(datetime.UTC) - due.astimezone(datetime.UTC)
