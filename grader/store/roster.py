"""Statements about the roster: who is there, and bringing it up to date from a list of people.

Owns their SQL. All of a list is taken or nothing, in one transaction; the same list a second time
changes nothing. What a list may hold is `grader.course.roster`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader import models
from grader.course import gradebook, roster
from grader.store import audit, database, rows

LOCK = """
SELECT pg_advisory_xact_lock(hashtext('roster'))"""

KNOWN = """
SELECT id, name, role, full_name, email, section, sid, lms_id FROM users
 WHERE name = ANY(%(logins)s) OR email = ANY(%(emails)s)
    OR (lms_id <> '' AND lms_id = ANY(%(numbers)s))"""

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
    """What a list of people did.

    Attributes:
        added, changed: logins.
        unchanged: how many were as they are.
        skipped: a sentence for each line that was left out.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """Somebody on the roster."""

    person: gradebook.Person
    role: models.Role


def apply(
    db: database.Database, listed: roster.RosterFile, who: str, *, skip: bool = False
) -> Imported:
    """Add those who are new and change those who differ.

    Somebody is known by their login, else by their address, else by Canvas' number. A line that
    contradicts what is stored is one of those that can only be left out.

    Args:
        skip: leave such lines out.

    Raises:
        OddLines: there are such lines, and `skip` is not set; nothing is changed then.
    """
    people = listed.people
    with db.transaction() as connection:
        connection.execute(LOCK)
        values = {
            "logins": [p.login for p in people],
            "emails": [p.email for p in people],
            "numbers": [p.lms_id for p in people],
        }
        known = Known.of(connection.execute(KNOWN, values).fetchall())
        added, changed, same, skipped = _compared(people, known)
        skipped = [*listed.skipped, *skipped]
        if skipped and not skip:
            raise roster.OddLines(skipped)
        with connection.cursor() as cursor:
            cursor.executemany(ADD, added)
            cursor.executemany(CHANGE, changed)
        done = Imported(
            tuple(new["name"] for new in added),
            tuple(new["name"] for new in changed),
            same,
            tuple(skipped),
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


@dataclass(frozen=True, slots=True)
class Known:
    """Who is stored, by each of the three that somebody is known by."""

    by_login: dict[str, rows.Row]
    by_email: dict[str, rows.Row]
    by_number: dict[str, rows.Row]

    @classmethod
    def of(cls, stored: Sequence[rows.Row]) -> "Known":
        """Those of the rows."""
        return cls(
            {row["name"]: row for row in stored},
            {row["email"]: row for row in stored if row["email"]},
            {row["lms_id"]: row for row in stored if row["lms_id"]},
        )

    def find(self, person: roster.RosterLine) -> rows.Row | None:
        """The stored person; a name alone is nobody's who has another number."""
        found = self.by_login.get(person.login) if person.given else None
        found = found or self.by_email.get(person.email) or self.by_number.get(person.lms_id)
        if found or person.given:
            return found
        namesake = self.by_login.get(person.login)
        other = namesake and namesake["lms_id"] and person.lms_id not in ("", namesake["lms_id"])
        return None if other else namesake

    def fault(self, person: roster.RosterLine, old: rows.Row | None) -> str:
        """What of the line contradicts what is stored."""
        other = self.by_email.get(person.email)
        if old and other and old["id"] != other["id"]:
            return f"{person.email} belongs to {other['name']!r}."
        if old and old["role"] in (models.Role.ADMIN, models.Role.CI):
            return f"{old['name']!r} is an {old['role']} account, which a roster does not change."
        if old is None and (taken := self.by_login.get(person.login)):
            return f"{taken['name']!r} is on the roster with another number; give a login."
        return ""


def _compared(
    people: Sequence[roster.RosterLine], known: Known
) -> tuple[list[Values], list[Values], int, list[str]]:
    """Rows to add, rows to change, how many are as they should be, and which are left out."""
    added: list[Values] = []
    changed: list[Values] = []
    faults: list[str] = []
    for person in people:
        old = known.find(person)
        if fault := known.fault(person, old):
            faults.append(f"Line {person.line}: {fault}")
        elif old is None:
            added.append(_values(person, {}) | {"name": person.login})
        elif (new := _values(person, old) | {"id": old["id"], "name": old["name"]}) != old:
            changed.append(new)
    same = len(people) - len(added) - len(changed) - len(faults)
    return added, changed, same, faults


def _values(person: roster.RosterLine, old: rows.Row) -> Values:
    """A row's columns; what the list leaves empty stays as it is stored."""
    new = {name: getattr(person, name) or old.get(name) or "" for name in COLUMNS}
    return new | {"email": new["email"] or None, "role": person.role.value}
