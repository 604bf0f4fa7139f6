"""The form of a marking page: what is filled in for each task, and what of it is new. Pure.

Owns the names of its fields. All tasks of a page are one form, so that saving one of them loses
nothing that was typed for another.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData

from grader import errors
from grader.web import score_table

MAX_VERSION: Final = 1_000_000
NO_FORM: Final = "This is not the form of this page; open the page again."


@dataclass(frozen=True, slots=True)
class RubricLine:
    """A line of a manual task's rubric; a deduction has negative points."""

    text: str
    points: float

    @property
    def key(self) -> str:
        """What it is known by in a form, whatever place and points it gets meanwhile."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ShownMark:
    """A mark as its form shows it; `points` are those given by hand."""

    points: float | None
    rubric: Collection[RubricLine]
    comment: str


UNMARKED: Final = ShownMark(None, (), "")


@dataclass(frozen=True, slots=True)
class MarkForm:
    """What is filled in for one task.

    Attributes:
        version: of the mark that the page showed; 0 for none.
        rubric: of the rubric whose lines it showed; None does not ask.
        lines: what these are known by.
        ticks: those of them that are ticked.
    """

    version: int
    rubric: int | None
    points: str
    comment: str
    lines: tuple[str, ...]
    ticks: frozenset[str]

    def is_new(self, shown: ShownMark) -> bool:
        """Whether somebody has changed what the page showed."""
        points = "" if shown.points is None else score_table.in_full(shown.points)
        ticks = frozenset(line.key for line in shown.rubric) & {*self.lines}
        before = (points, _text(shown.comment), ticks)
        return (self.points.strip(), _text(self.comment), self.ticks) != before


def of_task(form: FormData, task: str, rubric: Sequence[RubricLine]) -> MarkForm | None:
    """What is filled in for a task; None where the page did not show it.

    Args:
        rubric: its lines now, for a form that does not name those that it showed.

    Raises:
        NotValid: no page of ours sends this.
    """
    if f"version.{task}" not in form:
        return None
    lines = _all(form, f"line.{task}") or [line.key for line in rubric]
    places = [_number(text) for text in _all(form, f"items.{task}")]
    seen = _one(form, f"rubric.{task}")
    return MarkForm(
        _number(_one(form, f"version.{task}")),
        _number(seen) if seen else None,
        _one(form, f"points.{task}"),
        _one(form, f"comment.{task}"),
        tuple(lines),
        frozenset(lines[place] for place in places if place < len(lines)),
    )


def _one(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _all(form: FormData, name: str) -> list[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:8]) <= MAX_VERSION and len(text) < 8):
        raise errors.NotValid(NO_FORM)
    return int(text)


def _text(comment: str) -> str:
    """As it was typed: forms send other ends of lines than databases keep."""
    return comment.replace("\r\n", "\n").strip()
