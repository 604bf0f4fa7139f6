"""The gradebook as CSV, in the columns that Canvas, Gradescope and Moodle use, and a plain one.

Owns the headers. Lines are made one at a time, and no cell begins as a formula would.

- canvas: as its own export; the second line holds the points possible. A title followed by
  Canvas' number of an assignment, "Homework 4 (1234)", goes into that one, another makes a new one.
- gradescope: as its "Download Grades" of one assignment.
- moodle: for "Grades > Import > CSV file"; map `Email address` or `ID number` to the user.
- plain: everything that is known.
"""

import csv
import datetime
import enum
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.course import gradebook
from grader.exchange import csv_table


class System(enum.StrEnum):
    """For which system a gradebook is written."""

    PLAIN = "plain"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    MOODLE = "moodle"


CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
GRADESCOPE = (
    "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status",
    "Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count",
)  # fmt: skip
MOODLE = ("First name", "Last name", "ID number", "Email address", "Username")
PLAIN = (
    "login", "name", "email", "section", "sid", "score", "raw score", "max score",
    "late penalty %", "unmarked tasks", "handed in", "submission", "submissions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """What all lines share.

    Attributes:
        title: of the column.
        possible: points that can be had, extra credit left out.
        tasks: id, title and points of each task.
        late_days: whether the table for a spreadsheet shows those that were spent.
    """

    title: str
    possible: Fraction
    tasks: tuple[tuple[str, str, Fraction], ...]
    late_days: bool = False


def system(name: str) -> System:
    """The system of this name.

    Raises:
        SuiteError: there is none.
    """
    try:
        return System(name)
    except ValueError:
        raise errors.SuiteError(f"--for {name}: choose one of {', '.join(System)}.") from None


def book(manifest: assignments.Manifest, title: str = "", *, late_days: bool = False) -> Book:
    """What all lines of an assignment's gradebook share.

    Args:
        late_days: whether the course has any, so that a column shows them.
    """
    tasks = tuple((task.id, task.title, task.exact_points) for task in manifest.task)
    return Book(title or manifest.title, Fraction(str(manifest.total_points)), tasks, late_days)


def to_csv(entries: Iterable[gradebook.Entry], shared: Book, target: System) -> Iterator[str]:
    """The table, line by line."""
    heads, cells = {
        System.PLAIN: (_plain_heads, _plain),
        System.CANVAS: (_canvas_heads, _canvas),
        System.GRADESCOPE: (_gradescope_heads, _gradescope),
        System.MOODLE: (_moodle_heads, _moodle),
    }[target]
    yield from (_line(head) for head in heads(shared))
    for entry in entries:
        yield _line(cells(entry, shared))


def _line(cells: Sequence[str]) -> str:
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\r\n").writerow(cells)
    return sink.getvalue()


def _canvas_heads(shared: Book) -> list[list[str]]:
    possible = ["    Points Possible", "", "", "", "", csv_table.number(shared.possible)]
    return [[*CANVAS, csv_table.text(shared.title)], possible]


def _canvas(entry: gradebook.Entry, _: Book) -> list[str]:
    who = entry.person
    texts = (_last_first(who), who.lms_id, who.sid, who.login, who.section)
    return [*map(csv_table.text, texts), _score(entry)]


def _moodle_heads(shared: Book) -> list[list[str]]:
    return [[*MOODLE, csv_table.text(shared.title)]]


def _moodle(entry: gradebook.Entry, _: Book) -> list[str]:
    who = entry.person
    first, last = _names(who)
    texts = (first, last, who.sid, who.email, who.login)
    return [*map(csv_table.text, texts), _score(entry)]


def _gradescope_heads(shared: Book) -> list[list[str]]:
    tasks = [
        csv_table.text(f"{number}: {title} ({csv_table.number(points)} pts)")
        for number, title, points in shared.tasks
    ]
    return [[*GRADESCOPE, *tasks]]


def _gradescope(entry: gradebook.Entry, shared: Book) -> list[str]:
    who, submission = entry.person, entry.submission
    first, last = _names(who)
    return [
        *map(csv_table.text, (first, last, who.sid, who.email, who.section)),
        _score(entry),
        csv_table.number(shared.possible),
        "Graded" if submission else "Missing",
        str(submission.id) if submission else "",
        f"{submission.handed_in:%Y-%m-%d %H:%M:%S %z}" if submission else "",
        _clock(entry.late) if submission else "",
        "",
        str(entry.submissions),
        *_tasks(entry, shared),
    ]


def _plain_heads(shared: Book) -> list[list[str]]:
    days = ["late_days"] if shared.late_days else []
    return [[*PLAIN, *days, *(csv_table.text(f"task {number}") for number, _, _ in shared.tasks)]]


def _plain(entry: gradebook.Entry, shared: Book) -> list[str]:
    who, submission, total = entry.person, entry.submission, entry.total
    return [
        *map(csv_table.text, (who.login, who.full_name, who.email, who.section, who.sid)),
        _score(entry),
        csv_table.number(total.raw if total else None),
        csv_table.number(shared.possible),
        csv_table.number(total.penalty * 100 if total else None),
        str(total.unmarked) if total else "",
        submission.handed_in.isoformat() if submission else "",
        str(submission.id) if submission else "",
        str(entry.submissions),
        *([str(entry.late_days)] if shared.late_days else []),
        *_tasks(entry, shared),
    ]


def _score(entry: gradebook.Entry) -> str:
    return csv_table.number(entry.total.score if entry.total else None)


def _tasks(entry: gradebook.Entry, shared: Book) -> list[str]:
    scores: dict[str, models.TaskScore] = {task.id: task for task in entry.tasks}
    return [
        csv_table.number(scores[number].score if number in scores else None)
        for number, _, _ in shared.tasks
    ]


def _names(who: gradebook.Person) -> tuple[str, str]:
    """First and last name; "Last, First" as Canvas writes it is understood."""
    last, comma, first = who.shown_name.partition(", ")
    if comma:
        return first, last
    first, _, last = who.shown_name.rpartition(" ")
    return (first, last) if first else (last, "")


def _last_first(who: gradebook.Person) -> str:
    first, last = _names(who)
    return f"{last}, {first}" if last and first else first or last


def _clock(late: datetime.timedelta) -> str:
    minutes, seconds = divmod(int(late.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
