"""What is left to mark by hand: each person's submission that counts, and its unmarked tasks. Pure.

Owns what stands on the list. Which submission counts, and with which marks, is
`grader.course.gradebook`'s.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader import models
from grader.course import gradebook


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A submission that counts and has manual tasks without a mark.

    Attributes:
        tasks: their ids, in the rubric's order.
        again: those of them that were marked in another submission of the same person, whose
            write-up differs.
    """

    person: gradebook.Person
    submission_id: uuid.UUID
    tasks: tuple[str, ...]
    again: tuple[str, ...]


def unmarked(
    entries: Iterable[gradebook.Entry], task: str = "", section: str = ""
) -> Iterator[Unmarked]:
    """What is left to mark, in the order of the gradebook.

    Args:
        task: only this one; every manual task by default.
        section: only people of this one; everybody by default.
    """
    for entry in entries:
        left = tuple(one for one in _left(entry) if task in ("", one))
        if entry.submission and left and section in ("", entry.person.section):
            again = tuple(one for one in left if one in entry.marked)
            yield Unmarked(entry.person, entry.submission.id, left, again)


def _left(entry: gradebook.Entry) -> Iterator[str]:
    for task in entry.tasks:
        if task.kind is models.TaskKind.MANUAL and task.score is None and task.max_score:
            yield task.id
