"""What a change of a rubric does to the marks that were given by it, and two changes of one. Pure.

Owns the rules of reapplying, and what is to be done about a homework's rubric that its author
changed after staff had changed theirs. Who may change a rubric is `grader.service.rubrics`'s.

A mark follows the lines that it ticks: their new words, their new points, and it loses those that
were removed. Its points are the lines' sum again, unless the marker gave others: those stay.
"""

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
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
class RubricChoices:
    """A homework's rubric that its author changed after staff had changed theirs.

    Attributes:
        before: the author's when staff saved theirs.
        ours, homework, both: what theirs may become, as changes of it. `both` has every change of
            either side; of a line that both changed it has ours.
    """

    before: tuple[models.TickedItem, ...]
    ours: tuple[ChangedLine, ...]
    homework: tuple[ChangedLine, ...]
    both: tuple[ChangedLine, ...]


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


def choices(
    before: Sequence[models.TickedItem],
    ours: Sequence[models.TickedItem],
    now: Sequence[models.TickedItem],
) -> RubricChoices:
    """What may become of our rubric.

    Args:
        before: the author's, from which we made ours.
        now: the author's as it is now.
    """
    origins = _origins(before, now)
    known = {item.text for item in ours}
    named = ((item, (origins.get(item.text, ""), item.text)) for item in now)
    homework = (
        ChangedLine(i.text, i.points, next((was for was in names if was in known), ""))
        for i, names in named
    )
    kept = tuple(ChangedLine(item.text, item.points, item.text) for item in ours)
    return RubricChoices(tuple(before), kept, tuple(homework), _both(before, ours, now, origins))


def _both(
    before: Sequence[models.TickedItem],
    ours: Sequence[models.TickedItem],
    now: Sequence[models.TickedItem],
    origins: Mapping[str, str],
) -> tuple[ChangedLine, ...]:
    """Lines that we left alone as the author has them now, ours, and the author's new ones."""
    becomes = {origins[item.text]: item for item in now if item.text in origins}
    lines = list[ChangedLine]()
    for item in ours:
        one = becomes.get(item.text) if item in before else item
        if one and one.text not in {line.text for line in lines}:
            lines.append(ChangedLine(one.text, one.points, item.text))
    taken = {line.text for line in lines}
    added = (item for item in now if item.text not in origins and item.text not in taken)
    return (*lines, *(ChangedLine(item.text, item.points) for item in added))


def _origins(
    before: Sequence[models.TickedItem], now: Sequence[models.TickedItem]
) -> dict[str, str]:
    """Text of a line now -> its text before. A line in the place of one that is gone has new words;
    where the number of lines changed, none has."""
    old, new = [item.text for item in before], [item.text for item in now]
    same = {text: text for text in new if text in old}
    if len(old) != len(new):
        return same
    pairs = zip(old, new, strict=True)
    return same | {is_: was for was, is_ in pairs if is_ not in old and was not in new}
