"""A course's roster from CSV: which column is which, and every mistake with its line. Pure.

Owns the headers that are understood (ours, and those of Canvas, Gradescope and Moodle) and the
checks of a line. Who is added and who is changed is `grader.store.roster`'s.

A roster makes students and instructors. Administrators and CI accounts are made by
`grader users add` alone: whoever may import a roster must not rise by it.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader import errors, models, wording

MAX_BYTES = 5 * wording.MB
MAX_PEOPLE = 20_000
MAX_LINES = MAX_PEOPLE + 100  # with those that are no people
MAX_ROOM = 10 * MAX_LINES  # with empty ones and line breaks inside of cells
MAX_TEXT = 200
MAX_REASONS = 50

# Header, in small letters -> our name of it.
COLUMNS = {
    "login": "login", "login name": "login", "username": "login", "user name": "login",
    "sis login id": "login",
    "name": "full_name", "full name": "full_name", "student": "full_name",
    "student name": "full_name",
    "first name": "first", "firstname": "first", "given name": "first",
    "last name": "last", "lastname": "last", "surname": "last", "family name": "last",
    "email": "email", "e-mail": "email", "email address": "email",
    "role": "role", "roles": "role",
    "section": "section", "sections": "section", "group": "section", "groups": "section",
    "sid": "sid", "sis user id": "sid", "id number": "sid", "student id": "sid",
    "student number": "sid", "id": "lms_id",
}  # fmt: skip
ROLES = {
    "": models.Role.STUDENT, "student": models.Role.STUDENT, "learner": models.Role.STUDENT,
    "instructor": models.Role.INSTRUCTOR, "teacher": models.Role.INSTRUCTOR,
    "ta": models.Role.INSTRUCTOR, "teaching assistant": models.Role.INSTRUCTOR,
}  # fmt: skip
NOT_PEOPLE = ("points possible", "student, test", "test student")  # lines of a Canvas gradebook


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A line of the roster. Empty texts say nothing: what is stored of them stays."""

    line: int
    login: str
    full_name: str
    email: str
    role: models.Role
    section: str
    sid: str
    lms_id: str


def parse(data: bytes) -> list[RosterLine]:
    """The people of a roster.

    Raises:
        UploadRefused: with a sentence for each line that cannot be taken; then none is.
    """
    if len(data) > MAX_BYTES:
        raise errors.UploadRefused(f"The roster is larger than {wording.megabytes(MAX_BYTES)}.")
    rows = _rows(_text(data))
    heads, first = _heads(rows)
    faults: list[str] = []
    people: list[RosterLine] = []
    for number, cells in rows[first:]:
        if not any(cells) or cells[0].lower() in NOT_PEOPLE:
            continue
        person = _person(number, dict(zip(heads, cells, strict=False)), faults)
        if person:
            people.append(person)
    faults += _twice(people)
    if faults:
        raise errors.UploadRefused(wording.shortened(faults, MAX_REASONS, "... and {} more."))
    if not 0 < len(people) <= MAX_PEOPLE:
        raise errors.UploadRefused(
            f"A roster has 1 to {MAX_PEOPLE} people; this has {len(people)}."
        )
    return people


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as exc:
        raise errors.UploadRefused(
            f"The roster is not UTF-8 text (byte {exc.start}). Save it as CSV UTF-8."
        ) from exc


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Number of its first line, and the cells, of each row."""
    head = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, before = list[tuple[int, list[str]]](), 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells) or not rows:  # empty lines say nothing
                rows.append((before + 1, cells))
            before = reader.line_num
            if len(rows) > MAX_LINES or before > MAX_ROOM:
                raise errors.UploadRefused(f"A roster has 1 to {MAX_PEOPLE} people; this has more.")
    except csv.Error as exc:
        raise errors.UploadRefused(f"Line {reader.line_num}: not CSV: {exc}.") from exc
    return rows


def _heads(rows: Sequence[tuple[int, list[str]]]) -> tuple[list[str], int]:
    """Our names of the columns, in their order ("" for one that says nothing to us)."""
    cells = rows[0][1] if rows else []
    heads = [COLUMNS.get(cell.lower(), "") for cell in cells]
    known = [head for head in heads if head]
    if twice := [head for head in dict.fromkeys(known) if known.count(head) > 1]:
        raise errors.UploadRefused(f"Line 1: two columns both hold the {_shown(twice[0])}.")
    if not {"login", "email", "full_name"} & set(known):
        raise errors.UploadRefused(
            "Line 1: there is no header with a column `login`, `email` or `name`. "
            "A header is, for example: name,email,role,section"
        )
    return heads, 1


def _person(number: int, cells: Mapping[str, str], faults: list[str]) -> RosterLine | None:
    fields = {
        name: cells.get(name, "") for name in RosterLine.__slots__ if name not in ("line", "role")
    }
    full = " ".join(part for part in (cells.get("first", ""), cells.get("last", "")) if part)
    fields["full_name"] = fields["full_name"] or full
    fields["email"] = fields["email"].lower()
    fields["login"] = fields["login"] or fields["email"] or fields["full_name"]
    role = ROLES.get(cells.get("role", "").lower())
    if fault := _fault(fields, cells.get("role", ""), role):
        faults.append(f"Line {number}: {fault}")
        return None
    return RosterLine(line=number, role=role or models.Role.STUDENT, **fields)


def _fault(fields: Mapping[str, str], word: str, role: models.Role | None) -> str:
    if not fields["login"]:
        return "neither login, email nor name is given."
    for name, value in fields.items():
        if len(value) > MAX_TEXT or not value.isprintable():
            return f"the {_shown(name)} is longer than {MAX_TEXT} characters or not printable."
    local, at, domain = fields["email"].partition("@")
    if fields["email"] and not (local and at and domain and " " not in fields["email"]):
        return f"{fields['email']!r} is no email address."
    if role is None:
        known = "student, ta, instructor"
        hint = "; use `grader users add` for it" if word.lower() in list(models.Role) else ""
        return f"the role {word[:40]!r} is not one of {known}{hint}."
    return ""


def _twice(people: Sequence[RosterLine]) -> list[str]:
    """Two lines about one person contradict each other sooner or later."""
    faults = []
    for name in ("login", "email"):
        first: dict[str, int] = {}
        for person in people:
            value = getattr(person, name)
            if value and first.setdefault(value, person.line) != person.line:
                where = first[value]
                faults.append(f"Line {person.line}: {value!r} stands in line {where} already.")
    return list(dict.fromkeys(faults))


def _shown(name: str) -> str:
    return {"full_name": "name", "sid": "student number", "lms_id": "ID"}.get(name, name)
