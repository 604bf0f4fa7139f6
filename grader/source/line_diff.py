"""Two texts line by line: what was added, removed and kept, with a few lines around each change.

Owns the grouping into hunks, where lines of one text stand in the other, and the bound on size. The
alignment is `rapidfuzz`', whose time is bounded by the number of lines whatever they hold.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rapidfuzz.distance import Indel, Opcode

AROUND: Final = 3  # unchanged lines shown before and after a change
MAX_LINES: Final = 5000  # of one text; a longer one is compared as far as that

Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line; its number in the old and in the new text, 0 where it is in the other alone."""

    kind: Kind
    old: int
    new: int
    text: str


@dataclass(frozen=True, slots=True)
class LineDiff:
    """What differs.

    Attributes:
        hunks: runs of lines, with gaps between them.
        is_cut: there are more lines than were compared.
    """

    hunks: tuple[tuple[DiffLine, ...], ...]
    is_cut: bool = False

    @property
    def added(self) -> int:
        """Lines that only the new text has."""
        return self._count("added")

    @property
    def removed(self) -> int:
        """Lines that only the old text has."""
        return self._count("removed")

    def _count(self, kind: Kind) -> int:
        return sum(line.kind == kind for hunk in self.hunks for line in hunk)


def between(old: str, new: str) -> LineDiff:
    """The changes that make `new` of `old`; no hunks where they are equal line by line."""
    before, after = old.splitlines(), new.splitlines()
    is_cut = len(before) > MAX_LINES or len(after) > MAX_LINES
    before, after = before[:MAX_LINES], after[:MAX_LINES]
    blocks = _aligned(before, after)
    lines = _removed_first(line for block in blocks for line in _lines(block, before, after))
    return LineDiff(tuple(_hunks(lines)), is_cut)


def moved(old: str, new: str, first: int, last: int) -> int | None:
    """The line of `new` at which the lines `first` to `last` of `old` begin, all of them unchanged.

    Lines that stand in one of the texts more than once are found only if the lines around them are
    unchanged as well. None: they are not there, or which they are cannot be known.
    """
    if old == new:
        return first
    before, after = old.splitlines(), new.splitlines()
    if len(before) > MAX_LINES or len(after) > MAX_LINES:
        return None
    for block in _aligned(before, after):
        if block.tag == "equal" and block.src_start < first <= last <= block.src_end:
            above, below = max(first - 1, 1), min(last + 1, len(before))
            is_known = block.src_start < above <= below <= block.src_end
            if is_known or _is_once(before, after, before[first - 1 : last]):
                return first + block.dest_start - block.src_start
    return None


def _is_once(before: Sequence[str], after: Sequence[str], lines: Sequence[str]) -> bool:
    size = len(lines)
    return all(
        sum(side[at : at + size] == lines for at in range(len(side) - size + 1)) == 1
        for side in (before, after)
    )


def _aligned(before: Sequence[str], after: Sequence[str]) -> list[Opcode]:
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(line, len(numbers)) for line in side] for side in (before, after)]
    return list(Indel.opcodes(*coded))


def _lines(block: Opcode, before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    if block.tag == "equal":
        for offset in range(block.src_end - block.src_start):
            old, new = block.src_start + offset, block.dest_start + offset
            yield DiffLine("same", old + 1, new + 1, after[new])
        return
    for old in range(block.src_start, block.src_end):
        yield DiffLine("removed", old + 1, 0, before[old])
    for new in range(block.dest_start, block.dest_end):
        yield DiffLine("added", 0, new + 1, after[new])


def _removed_first(lines: Iterable[DiffLine]) -> list[DiffLine]:
    """In each change what is gone, then what has come."""
    found = list[DiffLine]()
    for _, run in itertools.groupby(lines, key=lambda line: line.kind == "same"):
        found += sorted(run, key=lambda line: line.kind == "added")
    return found


def _hunks(lines: Sequence[DiffLine]) -> Iterator[tuple[DiffLine, ...]]:
    """Runs of lines no further than `AROUND` from a change."""
    near = [False] * len(lines)
    for place, line in enumerate(lines):
        if line.kind != "same":
            start, end = max(place - AROUND, 0), min(place + AROUND + 1, len(lines))
            near[start:end] = [True] * (end - start)
    hunk: list[DiffLine] = []
    for line, is_shown in zip(lines, near, strict=True):
        if is_shown:
            hunk.append(line)
        elif hunk:
            yield tuple(hunk)
            hunk = []
    if hunk:
        yield tuple(hunk)
