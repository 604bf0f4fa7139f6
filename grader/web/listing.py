"""Source on a page: numbered lines, marks on some of them, and links to lines that a message names.

Owns the anchors and how a message's places are found. The lines are shown by `_listing.html`.
"""

import re
import urllib.parse
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import markupsafe

from grader.course import annotations

# As `grader.suite.explain` writes a frame, and as rules on source name a line. A notebook's cell is
# part of the name; an absolute path is no submitted file. Two patterns, because messages hold
# students' words: one that tried each beginning of a long line would take quadratic time.
_TAIL: Final = re.compile(
    r"\.(?:py|ipynb, cell \d+)(?P<name_ends>)(?:, line |:)(?P<line>\d{1,6})\b"
)
_HEAD: Final = re.compile(r"(?<![\w/.-])[\w.-]")
_NOT_IN_NAMES: Final = "\n,:"
TEST: Final = re.compile(r"\s*(?:async )?def (test_\w+)\(")


@dataclass(frozen=True, slots=True)
class _NamedLine:
    """A line of a file that a message names, from `start` to `end`."""

    path: str
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a file; `anchor` is empty where nothing leads to it.

    Attributes:
        annotated: staff wrote something next to it.
        notes: what they wrote, at the last of the lines that it is about.
    """

    number: int
    text: str
    marked: bool
    anchor: str
    annotated: bool = False
    notes: tuple[annotations.Annotation, ...] = ()


def of_file(
    path: str,
    text: str,
    failing: Collection[int],
    notes: Collection[annotations.Annotation] = (),
) -> list[ShownLine]:
    """A submitted file, its failing lines marked, annotations below the lines they are about."""
    lines = text.splitlines()
    written = {n for one in notes for n in _about(one.place, len(lines))}
    ends: dict[int, list[annotations.Annotation]] = {}
    for one in notes:
        ends.setdefault(min(one.place.last_line or 1, len(lines)), []).append(one)
    return [
        ShownLine(
            number, line, number in failing, anchor(path, number), number in written,
            tuple(ends.get(number, ())),
        )
        for number, line in enumerate(lines, start=1)
    ]  # fmt: skip


def _about(place: annotations.Place, lines: int) -> range:
    return range(place.first_line or 1, min(place.last_line or 1, lines) + 1)


def of_tests(text: str) -> list[ShownLine]:
    """A file of tests; each test can be led to by its name."""
    return [
        ShownLine(number, line, False, found[1] if (found := TEST.match(line)) else "")
        for number, line in enumerate(text.splitlines(), start=1)
    ]


def anchor(path: str, line: int) -> str:
    """What a link to a line of a file leads to."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '_', path)}:{line}"


def failing_lines(messages: Collection[str]) -> Mapping[str, set[int]]:
    """Path -> the lines that messages name."""
    lines: dict[str, set[int]] = {}
    for message in messages:
        for place in _places(message):
            lines.setdefault(place.path, set()).add(place.line)
    return lines


def _places(message: str) -> Iterator[_NamedLine]:
    """In the order of the message; its time grows with its length alone."""
    end = 0
    for tail in _TAIL.finditer(message):
        begins = max(message.rfind(sign, end, tail.start()) + 1 for sign in _NOT_IN_NAMES)
        head = _HEAD.search(message, max(begins, end), tail.start())
        end = tail.end()
        if head:
            path = message[head.start() : tail.start("name_ends")]
            yield _NamedLine(path.strip(), int(tail["line"]), head.start(), end)


def linked(message: str, files_address: str) -> markupsafe.Markup:
    """A message as markup, each place in a submitted file a link to its line."""
    parts, end = [], 0
    for place in _places(message):
        target = urllib.parse.quote(anchor(place.path, place.line), safe=":")
        named = message[place.start : place.end]
        link = markupsafe.Markup('<a href="{}#{}">{}</a>').format(files_address, target, named)
        parts += [markupsafe.escape(message[end : place.start]), link]
        end = place.end
    return markupsafe.Markup("").join([*parts, markupsafe.escape(message[end:])])
