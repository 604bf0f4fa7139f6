"""A file that says who is in a team with whom, as lists of names; and the same as a file. Pure.

Owns the two forms of CSV, JSON, and their words of what cannot be read. Who is meant by a name is
looked up by `grader.service.teams`.

    team,login          or, without a header, a line for each team:
    1,ann
    1,bob               ann,bob
    2,cid               cid,dan,eli
    2,dan
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader import errors, wording
from grader.course import person_names, teams

MAX_BYTES: Final = 5 * wording.MB
MAX_TEAMS: Final = 10_000
SEPARATORS: Final = (",", ";", "\t")
TEAM: Final = frozenset({"team", "group", "group name", "group_name", "team name"})
PERSON: Final = (
    *("login", "username", "login_id", "login id", "sis login id", "email", "email address"),
    *("sid", "student id", "id number", "sis user id"),
)
FORM: Final = 'Write a line for each team, "ann,bob", or columns `team` and `login`.'


@dataclass(frozen=True, slots=True)
class ListedTeam:
    """A team of a list: logins, addresses or student numbers, and what the list calls it."""

    members: tuple[str, ...]
    name: str = ""


def read(data: bytes) -> list[ListedTeam]:
    """The teams of a CSV or JSON file.

    Raises:
        UploadRefused: it cannot be read, or is too large.
    """
    if len(data) > MAX_BYTES:
        raise errors.UploadRefused(f"The list is larger than {wording.megabytes(MAX_BYTES)}.")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as exc:
        raise errors.UploadRefused("The list is not UTF-8 text. Save it as CSV UTF-8.") from exc
    found = _of_json(text) if text.lstrip()[:1] in ("[", "{") else _of_csv(text)
    if not found:
        raise errors.UploadRefused(f"There is no team in this list. {FORM}")
    if len(found) > MAX_TEAMS:
        raise errors.UploadRefused(f"A list has at most {MAX_TEAMS} teams.")
    return found


def _of_json(text: str) -> list[ListedTeam]:
    """`[["ann", "bob"], …]`, or what the service answers: `{"teams": [{"members": […]}]}`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise errors.UploadRefused(f"This is not JSON: {exc}.") from exc
    listed = value.get("teams") if isinstance(value, dict) else value
    found = [_named(one) for one in listed] if isinstance(listed, list) else []
    if not found or None in found:
        raise errors.UploadRefused('Write JSON as {"teams": [["ann", "bob"], ["cid", "dan"]]}.')
    return [ListedTeam(names) for names in found if names is not None]


def _named(team: Any) -> tuple[str, ...] | None:
    members = team.get("members") if isinstance(team, dict) else team
    if not isinstance(members, list):
        return None
    names = [one.get("login") if isinstance(one, dict) else one for one in members]
    known = [person_names.normal(name) for name in names if isinstance(name, str)]
    return tuple(known) if len(known) == len(names) and all(known) else None


def _of_csv(text: str) -> list[ListedTeam]:
    lines = _rows(text)
    heads = [cell.lower() for cell in lines[0]] if lines else []
    team = next((i for i, head in enumerate(heads) if head in TEAM), None)
    person = next((heads.index(name) for name in PERSON if name in heads), None)
    if team is None or person is None:
        if team is not None or person is not None:
            raise errors.UploadRefused(f"One of the columns is missing. {FORM}")
        return [ListedTeam(tuple(cell for cell in cells if cell)) for cells in lines]
    return _by_team(lines[1:], team, person)


def _by_team(lines: Iterable[Sequence[str]], team: int, person: int) -> list[ListedTeam]:
    """The people of each team; whoever has an empty one is in none."""
    found = dict[str, list[str]]()
    for cells in lines:
        padded = [*cells, *[""] * (max(team, person) + 1 - len(cells))]
        if padded[team] and padded[person]:
            found.setdefault(padded[team], []).append(padded[person])
    return [ListedTeam(tuple(names), called) for called, names in found.items()]


def _rows(text: str) -> list[list[str]]:
    """The cells of each line that has any."""
    head = text.lstrip("\r\n").partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [[person_names.normal(cell) for cell in row] for row in reader]
    except csv.Error as exc:
        raise errors.UploadRefused(f"Line {reader.line_num}: not CSV: {exc}.") from exc
    return [cells for cells in rows if any(cells)]


def lines(found: Iterable[teams.Team], alone: Iterable[teams.TeamMember]) -> list[tuple[str, ...]]:
    """The same as rows of a table with a header; people without a team last."""
    placed = [
        (str(number), member) for number, team in enumerate(found, 1) for member in team.members
    ]
    everybody = [*placed, *(("", member) for member in alone)]
    return [
        ("team", "login", "name", "section"),
        *((number, one.login, one.full_name, one.section) for number, one in everybody),
    ]
