"""A roster's file as rows of cells under our names of the columns. Pure.

Owns encoding, separator and headers: ours, and those of Canvas, Gradescope, Moodle, Brightspace and
Blackboard. Cells come out in the one spelling of `grader.course.person_names`. Which rows are
people is `grader.course.roster`'s.
"""

import csv
import io
import re
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
    "sis login id": "login", "login id": "login",
    "name": "full_name", "full name": "full_name", "fullname": "full_name",
    "student": "full_name", "student name": "full_name",
    "first name": "first", "firstname": "first", "given name": "first",
    "last name": "last", "lastname": "last", "surname": "last", "family name": "last",
    "email": "email", "e-mail": "email", "mail": "email", "email address": "email",
    "e-mail address": "email", "mail address": "email",
    "role": "role", "roles": "role", "course role": "role",
    "section": "section", "sections": "section", "section name": "section",
    "group": "section", "groups": "section", "group name": "section",
    "sid": "sid", "sis user id": "sid", "id number": "sid", "student id": "sid",
    "student number": "sid", "orgdefinedid": "sid", "org defined id": "sid", "id": "lms_id",
}  # fmt: skip
KEYS = frozenset({"login", "email", "full_name", "first", "last"})
AMBIGUOUS = "student"  # Canvas' column of names, and what the cell of a role says
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
KINDS = {"logins": ("login",), "names": ("full_name", "first", "last"), "addresses": ("email",)}
MAX_SHOWN = 80  # characters of a line that is not a header
SHOWN = {"full_name": "name", "sid": "student number", "lms_id": "ID"}


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row that is not empty: where it begins, and its cells by our names of their columns."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class RosterTable:
    """The rows below the header, and the names of columns that say nothing to us."""

    rows: list[RosterRow]
    unused: tuple[str, ...]


def read(data: bytes) -> RosterTable:
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
    unused = tuple(cell for cell, head in zip(cells, heads, strict=True) if cell and not head)
    return RosterTable([RosterRow(number, _by_name(heads, row)) for number, row in others], unused)


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
    heads = _without_groups(cells, [_head(cell) for cell in cells])
    known = [head for head in heads if head]
    if not _is_header(cells):
        raise errors.UploadRefused(_no_header(line, cells))
    if twice := [head for head in dict.fromkeys(known) if known.count(head) > 1]:
        what = SHOWN.get(twice[0], twice[0])
        raise errors.UploadRefused(f"Line {line}: two columns both hold the {what}.")
    return heads


def _without_groups(cells: Sequence[str], heads: Sequence[str]) -> list[str]:
    """Groups are taken for sections only where no column is named after sections."""
    is_group = [cell.lower().startswith("group") for cell in cells]
    sections = [head == "section" for head in heads]
    if not any(here and not group for here, group in zip(sections, is_group, strict=True)):
        return list(heads)
    both = zip(heads, sections, is_group, strict=True)
    return ["" if here and group else head for head, here, group in both]


def _is_header(cells: Sequence[str]) -> bool:
    """Whether a first line names columns: the first person of a file without a header does not.

    A person's line may hold a word that is also a column's name. One with an address is a
    person's, and the role "student" alone makes no header of a line.
    """
    if any(ADDRESS.fullmatch(cell) for cell in cells):
        return False
    named = [cell.lower() for cell in cells if _head(cell)]
    if named == [AMBIGUOUS]:
        return len(cells) == 1
    return bool(KEYS & {_head(cell) for cell in named})


def _no_header(line: int, cells: Sequence[str]) -> list[str]:
    """What is wrong with a first line that is not a header, and what a header may hold."""
    first = ", ".join(cells)
    seen = f"; it reads {wording.visible(first[:MAX_SHOWN])!r}" if first else ""
    return [
        f"Line {line}: there is no header with a column `login`, `email` or `name`{seen}. "
        "A header is, for example: name,email,role,section",
        *(
            f"A column of {what} may be called: {_names_of(*heads)}."
            for what, heads in KINDS.items()
        ),
    ]


def _names_of(*heads: str) -> str:
    return ", ".join(name for name, head in COLUMNS.items() if head in heads)


def _head(cell: str) -> str:
    return COLUMNS.get(person_names.normal(cell).lower().replace("_", " "), "")


def _by_name(heads: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {head: cell for head, cell in zip(heads, cells, strict=False) if head}
