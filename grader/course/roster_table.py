"""A roster's file as rows of cells under our names of the columns. Pure.

Owns encoding, separator and headers: ours, and those of Canvas, Gradescope, Moodle, Brightspace and
Blackboard. Cells come out in the one spelling of `grader.course.person_names`. Which rows are
people is `grader.course.roster`'s.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from grader import errors, wording
from grader.course import person_names

MAX_BYTES = 5 * wording.MB
MAX_PEOPLE = 20_000
MAX_LINES = MAX_PEOPLE + 100  # with those that are no people
MAX_ROOM = 10 * MAX_LINES  # with empty ones and line breaks inside of cells
SEPARATORS = (",", ";", "\t")
WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of Excel and LibreOffice, and of old Excel
EXCEL = "sep="  # how Excel is told the separator, in a first line of its own

# Header, in small letters -> our name of it.
COLUMNS = {
    "login": "login", "login name": "login", "username": "login", "user name": "login",
    "sis login id": "login",
    "name": "full_name", "full name": "full_name", "student": "full_name",
    "student name": "full_name",
    "first name": "first", "firstname": "first", "given name": "first",
    "last name": "last", "lastname": "last", "surname": "last", "family name": "last",
    "email": "email", "e-mail": "email", "email address": "email",
    "role": "role", "roles": "role", "course role": "role",
    "section": "section", "sections": "section", "group": "section", "groups": "section",
    "sid": "sid", "sis user id": "sid", "id number": "sid", "student id": "sid",
    "student number": "sid", "orgdefinedid": "sid", "org defined id": "sid", "id": "lms_id",
}  # fmt: skip
KEYS = frozenset({"login", "email", "full_name", "first", "last"})
SHOWN = {"full_name": "name", "sid": "student number", "lms_id": "ID"}


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row that is not empty: where it begins, and its cells by our names of their columns."""

    line: int
    cells: dict[str, str]


def read(data: bytes) -> list[RosterRow]:
    """The rows below the header.

    Raises:
        UploadRefused: no table with a header that names people, or too much of it.
    """
    if len(data) > MAX_BYTES:
        raise errors.UploadRefused(f"The roster is larger than {wording.megabytes(MAX_BYTES)}.")
    text = _text(data)
    told = text[:5].lower().startswith(EXCEL) and text[4:5] in SEPARATORS
    rows = _rows(text, text[4] if told else _separator(text))
    (line, cells), *others = rows[told:] or [(1, list[str]())]
    heads = _heads(line, cells)
    return [RosterRow(number, _by_name(heads, cells)) for number, cells in others]


def _text(data: bytes) -> str:
    if data.startswith(WORKBOOK):
        raise errors.UploadRefused(
            "This is a workbook, not a CSV file. In Excel choose Save As, then CSV UTF-8; in "
            "LibreOffice Save As, then Text CSV."
        )
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as exc:
        raise errors.UploadRefused(
            f"The roster is not UTF-8 text (byte {exc.start}). Save it as CSV UTF-8."
        ) from exc


def _separator(text: str) -> str:
    """What splits the header into the most columns that we know: titles may hold commas."""
    head = text.lstrip("\r\n").partition("\n")[0]

    def known(separator: str) -> int:
        return sum(bool(_head(cell)) for cell in next(csv.reader([head], delimiter=separator), []))

    return max(SEPARATORS, key=known)


def _rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Number of its first line, and the cells, of each row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows, before = list[tuple[int, list[str]]](), 0
    try:
        for row in reader:
            cells = [person_names.normal(cell) for cell in row]
            if any(cells):  # empty lines say nothing
                rows.append((before + 1, cells))
            before = reader.line_num
            if len(rows) > MAX_LINES or before > MAX_ROOM:
                raise errors.UploadRefused(f"A roster has 1 to {MAX_PEOPLE} people; this has more.")
    except csv.Error as exc:
        raise errors.UploadRefused(f"Line {reader.line_num}: not CSV: {exc}.") from exc
    return rows


def _heads(line: int, cells: Sequence[str]) -> list[str]:
    """Our names of the columns, in their order ("" for one that says nothing to us)."""
    heads = [_head(cell) for cell in cells]
    known = [head for head in heads if head]
    if twice := [head for head in dict.fromkeys(known) if known.count(head) > 1]:
        what = SHOWN.get(twice[0], twice[0])
        raise errors.UploadRefused(f"Line {line}: two columns both hold the {what}.")
    if not KEYS & set(known):
        raise errors.UploadRefused(
            f"Line {line}: there is no header with a column `login`, `email` or `name`. "
            "A header is, for example: name,email,role,section"
        )
    return heads


def _head(cell: str) -> str:
    return COLUMNS.get(person_names.normal(cell).lower(), "")


def _by_name(heads: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {head: cell for head, cell in zip(heads, cells, strict=False) if head}
