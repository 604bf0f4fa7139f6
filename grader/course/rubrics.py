"""What a change of a rubric does to the marks that were given by it. Pure.

Owns the rules of reapplying. Who may change a rubric is `grader.service.rubrics`'s.

A mark follows the lines that it ticks: their new words, their new points, and it loses those that
were removed. Its points are the lines' sum again, unless the marker gave others: those stay.
"""

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import models
from grader.scoring import final_score

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of the new rubric; `was` is what the old one called it, empty for a new line."""

    text: str
    points: Fraction
    was: str = ""


@dataclass(frozen=True, slots=True)
class MarkChange:
    """What a change of the rubric does to one mark.

    Attributes:
        student: login or label.
        by_hand: the marker gave other points than the lines' sum; they stay.
    """

    submission_id: uuid.UUID
    student: str
    before: Fraction
    after: Fraction
    by_hand: bool


def total(items: Iterable[models.TickedItem], most: Fraction) -> Fraction:
    """What ticked lines come to: never below nothing, never above the task's points."""
    return min(max(sum((item.points for item in items), ZERO), ZERO), most)


def is_by_hand(mark: final_score.Mark, most: Fraction) -> bool:
    """Whether its points are others than those of its lines."""
    return mark.points is not None and mark.points != total(mark.items, most)


def reapplied(
    mark: final_score.Mark,
    old: Collection[str],
    lines: Sequence[ChangedLine],
    most: Fraction,
) -> final_score.Mark:
    """The mark by the new rubric; the same one where nothing of it changes.

    Args:
        old: the texts of the old rubric. Lines of the mark that are none of them stay.
        most: the task's points.
    """
    if mark.points is None or not mark.items:
        return mark
    becomes = {line.was: models.TickedItem(line.text, line.points) for line in lines if line.was}
    kept = (becomes.get(one.text, None if one.text in old else one) for one in mark.items)
    items = tuple(one for one in kept if one)
    if items == mark.items:
        return mark
    points = mark.points if is_by_hand(mark, most) else total(items, most)
    return dataclasses.replace(mark, items=items, points=points)
