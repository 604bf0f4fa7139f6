"""Moodle's grading worksheet of one assignment: read, filled in, and the names of its feedback zip.

Owns its columns (moodle/moodle, mod/assign/feedback/offline/importgradeslib.php) and which line is
whose. Only `Grade` and `Feedback comments` are filled in; the rest, the times above all, goes back
as it came, because Moodle compares it. Points are never scaled.

A line is known by its address, else its number, else by Moodle's number of the participant, which
the labels of downloaded work bear, else by a name that nobody else has.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader import errors
from grader.course import gradebook, person_names
from grader.exchange import csv_table, gradebook_columns

IDENTIFIER, NAME, NUMBER, EMAIL = "Identifier", "Full name", "ID number", "Email address"
GRADE, MAXIMUM, COMMENTS = "Grade", "Maximum grade", "Feedback comments"
CHANGEABLE = "Grade can be changed"
PARTICIPANT = "Participant "
FEEDBACK = "assignfeedback_file_"  # in the names of folders of a feedback zip

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """A worksheet with grades.

    Attributes:
        table: the CSV.
        matched: the line and the student, where the worksheet has one.
        warnings: who is in only one of the two, and points that do not fit.
    """

    table: str
    matched: tuple[tuple[Row, gradebook.Entry], ...]
    warnings: tuple[str, ...]


def filled(
    data: bytes, entries: Iterable[gradebook.Entry], shared: gradebook_columns.Book
) -> Filled:
    """The worksheet with what counts for each student.

    Raises:
        UploadRefused: it is no grading worksheet.
    """
    heads, rows = _read(data)
    book = _Index(list(entries))
    matched: list[tuple[Row, gradebook.Entry]] = []
    strangers: list[str] = []
    for row in rows:
        entry = book.take(row)
        if entry is None:
            strangers.append(row.get(NAME) or row[IDENTIFIER])
        else:
            matched.append((row, entry))
            _fill(row, entry, shared)
    warnings = [
        *_sentence("Not in our gradebook, left as they were", strangers),
        *_sentence("Graded here, but not in the worksheet", book.left()),
        *_other_maximum(rows, shared),
    ]
    return Filled(_table(heads, rows), tuple(matched), tuple(warnings))


def folder(row: Row) -> str:
    """A student's folder in a feedback zip, as Moodle takes it apart at its underlines."""
    name = (row.get(NAME) or PARTICIPANT.strip()).replace("_", " ").replace("/", " ")
    return f"{name}_{row[IDENTIFIER].removeprefix(PARTICIPANT)}_{FEEDBACK}"


class _Index:
    """Students by what a line may know them by."""

    def __init__(self, entries: Sequence[gradebook.Entry]) -> None:
        self._entries = list(entries)
        self._taken = set[int]()

    def take(self, row: Row) -> gradebook.Entry | None:
        """Whose line it is, the surest way first."""
        for known in self._ways(row):
            found = [i for i, e in enumerate(self._entries) if i not in self._taken and known(e)]
            if len(found) == 1:
                self._taken.add(found[0])
                return self._entries[found[0]]
        return None

    def left(self) -> Iterator[str]:
        """Graded students whom no line names."""
        for index, entry in enumerate(self._entries):
            if index not in self._taken and entry.submission:
                yield entry.person.shown_name

    @staticmethod
    def _ways(row: Row) -> Iterator[Callable[[gradebook.Entry], bool]]:
        email, number = row.get(EMAIL, "").lower(), row.get(NUMBER, "")
        participant = row[IDENTIFIER].removeprefix(PARTICIPANT)
        name = person_names.normal(row.get(NAME, ""))
        if email:
            yield lambda e: e.person.email == email or e.person.login == email
        if number:
            yield lambda e: e.person.sid == number
        yield lambda e: person_names.numbered(e.person.login)[1] == participant
        if name:
            yield lambda e: name in (e.person.full_name, e.person.login)


def _read(data: bytes) -> tuple[list[str], list[Row]]:
    try:
        text = data.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
        heads = list(reader.fieldnames or [])
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as exc:
        raise errors.UploadRefused(f"The worksheet is no CSV in UTF-8: {exc}.") from exc
    if not {IDENTIFIER, GRADE} <= set(heads) or any(None in row for row in rows):
        raise errors.UploadRefused(
            f"This is no grading worksheet of Moodle's: it needs the columns {IDENTIFIER} and "
            f"{GRADE}, in English. Download it with your own language set to English."
        )
    return heads, rows


def _fill(row: Row, entry: gradebook.Entry, shared: gradebook_columns.Book) -> None:
    if row.get(CHANGEABLE, "").lower() == "no" or not entry.submission:
        return
    row[GRADE] = gradebook_columns.score_unless_excused(entry, shared)
    if shared.comments and COMMENTS in row and (said := gradebook_columns.comments(entry)):
        row[COMMENTS] = csv_table.text(said)


def _other_maximum(rows: Sequence[Row], shared: gradebook_columns.Book) -> list[str]:
    ours = csv_table.number(shared.possible)
    theirs = {row[MAXIMUM] for row in rows if row.get(MAXIMUM)}
    other = sorted(most for most in theirs if _number(most) != float(shared.possible))
    if not other:
        return []
    return [f"Moodle's maximum is {other[0]} and ours {ours}: points are as they are, not scaled."]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _sentence(text: str, names: Iterable[str]) -> list[str]:
    listed = "; ".join(names)
    return [f"{text}: {listed}."] if listed else []


def _table(heads: Sequence[str], rows: Sequence[Row]) -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, heads, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()
