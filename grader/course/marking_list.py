"""What is left to mark by hand: each person's submission that counts, and its unmarked tasks. Pure.

Owns what stands on the list. Which submission counts, and with which marks, is
`grader.course.gradebook`'s.
"""

import dataclasses
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader import models
from grader.course import gradebook

# Task and student -> the login of who marks it.
Shares = Mapping[tuple[str, str], str]
NOT_DIVIDED: Shares = {}
NOBODY = "-"  # in the place of a login: what is nobody's to mark


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A submission that counts and has manual tasks without a mark.

    Attributes:
        person: of a team the first one.
        mates: the others whose work it is.
        tasks: their ids, in the rubric's order.
        again: those of them that were marked in another submission of the same person, whose
            write-up differs.
        markers: whose each of the tasks is to mark, in the same order; empty for nobody's.
    """

    person: gradebook.Person
    submission_id: uuid.UUID
    tasks: tuple[str, ...]
    again: tuple[str, ...]
    markers: tuple[str, ...]
    mates: tuple[gradebook.Person, ...] = ()

    @property
    def people(self) -> tuple[gradebook.Person, ...]:
        """Everybody whose work it is."""
        return (self.person, *self.mates)


def unmarked(
    entries: Iterable[gradebook.Entry], shares: Shares = NOT_DIVIDED
) -> Iterator[Unmarked]:
    """Everything that is left to mark, in the order of the gradebook; a team's work once.

    Nothing of whom it does not count for; a team's work is left while it counts for one of them.
    """
    found = dict[uuid.UUID, Unmarked]()
    for entry in entries:
        left = tuple(_left(entry))
        if not entry.submission or not left or entry.excused:
            continue
        if known := found.get(entry.submission.id):
            mates = (*known.mates, entry.person)
            found[entry.submission.id] = dataclasses.replace(known, mates=mates)
            continue
        again = tuple(one for one in left if one in entry.marked)
        markers = tuple(shares.get((one, entry.person.login), "") for one in left)
        found[entry.submission.id] = Unmarked(
            entry.person, entry.submission.id, left, again, markers
        )
    yield from found.values()


def narrowed(
    left: Iterable[Unmarked], task: str = "", section: str = "", marker: str = ""
) -> Iterator[Unmarked]:
    """What is left of one task, one section, one marker.

    Args:
        task: only this one; every manual task by default.
        section: only people of this one; everybody by default.
        marker: only what is this one's to mark, or `NOBODY`'s; everything by default.
    """
    asked = "" if marker == NOBODY else marker
    for one in left:
        kept = {
            name: whose
            for name, whose in zip(one.tasks, one.markers, strict=True)
            if task in ("", name) and (not marker or whose == asked)
        }
        if kept and section in ("", *(person.section for person in one.people)):
            again = tuple(name for name in one.again if name in kept)
            tasks, markers = tuple(kept), tuple(kept.values())
            yield dataclasses.replace(one, tasks=tasks, again=again, markers=markers)


def following(
    entries: Sequence[gradebook.Entry], left: Sequence[Unmarked], after: str
) -> list[Unmarked]:
    """What is left that comes after a submission, which may be marked by now.

    Args:
        after: its id; all is left after one that does not count.
    """
    counted = [(str(one.submission.id), n) for n, one in enumerate(entries) if one.submission]
    place = dict(reversed(counted))  # of a team's where its first one stands
    passed = place.get(after, -1)
    return [one for one in left if place[str(one.submission_id)] > passed]


def _left(entry: gradebook.Entry) -> Iterator[str]:
    for task in entry.tasks:
        if task.kind is models.TaskKind.MANUAL and task.score is None and task.max_score:
            yield task.id
