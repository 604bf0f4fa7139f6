"""Source on a page: numbered lines, marks on some of them, and links to lines that a message names.

Owns the anchors and how a message's places are found. The lines are shown by `_listing.html`.
"""

import re
import urllib.parse
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import markupsafe

# As `grader.suite.explain` writes a frame, and as rules on source name a line. A notebook's cell is
# part of the name; an absolute path is no submitted file.
PLACE: Final = re.compile(
    r"(?<![\w/.-])(?P<path>[\w.-][^\n,:]*?\.(?:py|ipynb, cell \d+))(?:, line |:)(?P<line>\d{1,6})\b"
)
TEST: Final = re.compile(r"\s*(?:async )?def (test_\w+)\(")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a file; `anchor` is empty where nothing leads to it."""

    number: int
    text: str
    marked: bool
    anchor: str


def of_file(path: str, text: str, failing: Collection[int]) -> list[ShownLine]:
    """A submitted file, its failing lines marked."""
    return [
        ShownLine(number, line, number in failing, anchor(path, number))
        for number, line in enumerate(text.splitlines(), start=1)
    ]


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
        for path, line in _places(message):
            lines.setdefault(path, set()).add(line)
    return lines


def _places(message: str) -> Iterator[tuple[str, int]]:
    for place in PLACE.finditer(message):
        yield place["path"].strip(), int(place["line"])


def linked(message: str, files_address: str) -> markupsafe.Markup:
    """A message as markup, each place in a submitted file a link to its line."""
    parts, end = [], 0
    for place in PLACE.finditer(message):
        target = urllib.parse.quote(anchor(place["path"].strip(), int(place["line"])), safe=":")
        link = markupsafe.Markup('<a href="{}#{}">{}</a>').format(files_address, target, place[0])
        parts += [markupsafe.escape(message[end : place.start()]), link]
        end = place.end()
    return markupsafe.Markup("").join([*parts, markupsafe.escape(message[end:])])
