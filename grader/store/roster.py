"""Statements about the roster: who is there, and bringing it up to date from a list of people.

Owns their SQL. All of a list is taken or nothing, in one transaction; the same list a second time
changes nothing. What a list may hold is `grader.course.roster`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader import errors, models
from grader.course import gradebook, roster
from grader.store import audit, database, rows

LOCK = """
SELECT pg_advisory_xact_lock(hashtext('roster'))"""

KNOWN = """
SELECT id, name, role, full_name, email, section, sid, lms_id FROM users
 WHERE name = ANY(%(logins)s) OR email = ANY(%(emails)s)"""

ADD = """
INSERT INTO users (name, role, full_name, email, section, sid, lms_id)
VALUES (%(name)s, %(role)s, %(full_name)s, %(email)s, %(section)s, %(sid)s, %(lms_id)s)"""

CHANGE = """
UPDATE users SET role = %(role)s, full_name = %(full_name)s, email = %(email)s,
       section = %(section)s, sid = %(sid)s, lms_id = %(lms_id)s
 WHERE id = %(id)s"""

PAGE = """
SELECT name AS login, role, full_name, coalesce(email, '') AS email, section, sid, lms_id
  FROM users WHERE name > %(after)s ORDER BY name LIMIT %(most)s"""

MOST_AT_ONCE = 500
COLUMNS = ("full_name", "email", "section", "sid", "lms_id")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a list of people did: logins added, logins changed, and how many were as they are."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """Somebody on the roster."""

    person: gradebook.Person
    role: models.Role


def apply(db: database.Database, people: Sequence[roster.RosterLine], who: str) -> Imported:
    """Add those who are new and change those who differ.

    Somebody is known by their login, or by their address where the login is not stored.

    Raises:
        UploadRefused: a line contradicts what is stored; nothing is changed then.
    """
    with db.transaction() as connection:
        connection.execute(LOCK)
        values = {"logins": [p.login for p in people], "emails": [p.email for p in people]}
        stored = connection.execute(KNOWN, values).fetchall()
        added, changed, same = _compared(people, stored)
        with connection.cursor() as cursor:
            cursor.executemany(ADD, added)
            cursor.executemany(CHANGE, changed)
        done = Imported(
            tuple(new["name"] for new in added), tuple(new["name"] for new in changed), same
        )
        detail = {"added": list(done.added), "changed": list(done.changed), "unchanged": same}
        audit.note(connection, who, "roster imported", detail=detail)
        return done


def page(db: database.Database, after: str, most: int) -> list[RosterEntry]:
    """Everybody who may use the service, by login, behind one of them."""
    with db.transaction() as connection:
        people = connection.execute(PAGE, {"after": after, "most": most}).fetchall()
    return [
        RosterEntry(role=models.Role(row.pop("role")), person=gradebook.Person(**row))
        for row in people
    ]


def everybody(db: database.Database) -> Iterator[RosterEntry]:
    """All people who may use the service, by login."""
    after = ""
    while people := page(db, after, MOST_AT_ONCE):
        yield from people
        after = people[-1].person.login


Values = dict[str, Any]


def _compared(
    people: Sequence[roster.RosterLine], stored: Sequence[rows.Row]
) -> tuple[list[Values], list[Values], int]:
    """Rows to add, rows to change, and how many are as they should be."""
    by_name = {row["name"]: row for row in stored}
    by_email = {row["email"]: row for row in stored if row["email"]}
    added: list[Values] = []
    changed: list[Values] = []
    faults: list[str] = []
    for person in people:
        old = by_name.get(person.login) or by_email.get(person.email)
        other = by_email.get(person.email)
        if old and other and old["id"] != other["id"]:
            faults.append(f"Line {person.line}: {person.email} belongs to {other['name']!r}.")
        elif old is None:
            added.append(_values(person, {}) | {"name": person.login})
        elif old["role"] in (models.Role.ADMIN, models.Role.CI):
            faults.append(
                f"Line {person.line}: {old['name']!r} is an {old['role']} account, which a roster "
                "does not change. Take the line out."
            )
        elif (new := _values(person, old) | {"id": old["id"], "name": old["name"]}) != old:
            changed.append(new)
    if faults:
        raise errors.UploadRefused(faults)
    return added, changed, len(people) - len(added) - len(changed)


def _values(person: roster.RosterLine, old: rows.Row) -> Values:
    """A row's columns; what the list leaves empty stays as it is stored."""
    new = {name: getattr(person, name) or old.get(name) or "" for name in COLUMNS}
    return new | {"email": new["email"] or None, "role": person.role.value}
