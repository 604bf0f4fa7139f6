"""Dividing what is left to mark among several people. Pure.

Owns who gets what. What is left is `grader.course.marking_list`'s, keeping it
`grader.store.marking_shares`'.
"""

import collections
import hashlib
from collections.abc import Iterable, Sequence

from grader.course import marking_list


def divided(
    left: Iterable[marking_list.Unmarked], markers: Sequence[str], *, again: bool
) -> dict[tuple[str, str], str]:
    """Task and student -> marker, for what gets one now: equal numbers of each task.

    Students are taken in an order that has nothing to do with their names, in every task the same:
    then one marker reads all of a write-up. Whoever has fewest gets the next; what people have
    already counts, and stays theirs unless it is divided `again`.
    """
    open_, held = _open(left, again=again)
    given = dict[tuple[str, str], str]()
    for task, students in open_.items():
        for student in sorted(students, key=_shuffled):
            fewest = min(markers, key=lambda one: held[task, one])
            given[task, student] = fewest
            held[task, fewest] += 1
    return given


def _open(
    left: Iterable[marking_list.Unmarked], *, again: bool
) -> tuple[dict[str, list[str]], collections.Counter[tuple[str, str]]]:
    """Task -> students without a marker; (task, marker) -> what they have."""
    students = dict[str, list[str]]()
    held = collections.Counter[tuple[str, str]]()
    for one in left:
        for task, marker in zip(one.tasks, one.markers, strict=True):
            if marker and not again:
                held[task, marker] += 1
            else:
                students.setdefault(task, []).append(one.person.login)
    return students, held


def _shuffled(student: str) -> bytes:
    return hashlib.sha256(student.encode()).digest()
