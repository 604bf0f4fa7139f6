"""The gradebook as CSV for another system, and what must be said about it.

Owns which forms there are, whose lines a form leaves out, and the warnings; the columns are
`grader.exchange.gradebook_columns`'. Lines are made one at a time.
"""

import csv
import enum
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from grader import errors, wording
from grader.assignment import lateness
from grader.assignment import manifest as assignments
from grader.course import gradebook
from grader.exchange import gradebook_columns as columns

MAX_NAMES = 20  # in a warning; the rest is counted


class System(enum.StrEnum):
    """For which system a gradebook is written."""

    PLAIN = "plain"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    MOODLE = "moodle"
    BRIGHTSPACE = "brightspace"
    BLACKBOARD = "blackboard"


Book = columns.Book
Heads = Callable[[Book], list[list[str]]]
Cells = Callable[[gradebook.Entry, Book], list[str]]
_FORMS: dict[System, tuple[Heads, Cells]] = {
    System.PLAIN: (columns.plain_heads, columns.plain),
    System.CANVAS: (columns.canvas_heads, columns.canvas),
    System.GRADESCOPE: (columns.gradescope_heads, columns.gradescope),
    System.MOODLE: (columns.moodle_heads, columns.moodle),
    System.BRIGHTSPACE: (columns.brightspace_heads, columns.brightspace),
    System.BLACKBOARD: (columns.blackboard_heads, columns.blackboard),
}


def system(name: str) -> System:
    """The system of this name.

    Raises:
        SuiteError: there is none.
    """
    try:
        return System(name)
    except ValueError:
        raise errors.SuiteError(f"--for {name}: choose one of {', '.join(System)}.") from None


def book(
    manifest: assignments.Manifest,
    title: str = "",
    *,
    late_days: bool = False,
    comments: bool = False,
    excused: Iterable[str] = (),
) -> Book:
    """What all lines of an assignment's gradebook share.

    Args:
        title: of the column, as the other system writes it; the assignment's by default.
        late_days: whether the course has any, so that a column shows them.
        comments: whether markers' comments go along.
        excused: logins.
    """
    tasks = tuple((task.id, task.title, task.exact_points) for task in manifest.task)
    return Book(
        title or manifest.title,
        Fraction(str(manifest.total_points)),
        tasks,
        late_days,
        comments,
        frozenset(excused),
        bool(title),
        Fraction(str(manifest.extra_points)),
    )


def to_csv(entries: Iterable[gradebook.Entry], shared: Book, target: System) -> Iterator[str]:
    """The table, line by line."""
    heads, cells = _FORMS[target]
    yield from (_line(head) for head in heads(shared))
    for entry in entries:
        if is_taken(entry, target):
            yield _line(cells(entry, shared))


def is_taken(entry: gradebook.Entry, target: System) -> bool:
    """Whether the form has a line for them.

    Moodle's import gives the score of a line without an address to the student of the line above
    (moodle/moodle, grade/import/csv/classes/load_data.php), or ends there.
    """
    return target is not System.MOODLE or bool(entry.person.email)


def warnings(
    entries: Iterable[gradebook.Entry], target: System, shared: Book | None = None
) -> list[str]:
    """What somebody who sends the table on must know, each a sentence with the names."""
    left_out, unmarked, late, earlier = list[str](), list[str](), list[str](), list[str]()
    for entry in entries:
        who = entry.person.shown_name
        if not is_taken(entry, target):
            left_out.append(who)
        if entry.waits_for_marks:
            unmarked.append(who)
        if entry.submission and entry.submission.received is lateness.Received.LATE_ELSEWHERE:
            late.append(who)
        if shared and shared.possible_of(entry) != shared.possible:
            earlier.append(who)
    found = [
        (
            left_out,
            "Not in Moodle's file, since Moodle would take a line without an address for another's",
        ),
        (unmarked, "Not fully marked, so the points are not the last word"),
        (late, "Marked as late by the system they submitted to, without a time: no penalty"),
        (earlier, "Graded by an earlier rubric, with another maximum; a regrade changes that"),
    ]
    return [f"{text}: {_listed(names)}." for names, text in found if names]


def _listed(names: Sequence[str]) -> str:
    return "; ".join(wording.shortened(names, MAX_NAMES, "and {} more"))


def _line(cells: Sequence[str]) -> str:
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\r\n").writerow(cells)
    return sink.getvalue()
