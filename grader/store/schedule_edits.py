"""Statements about what staff changed of homeworks' schedules.

Owns their SQL. Which fields there are, and what holds after a change, is
`assignment.schedule_edits`'s; who may is `service.schedules`'s.
"""

import datetime
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

from grader.assignment import schedule_edits
from grader.store import audit, database, field_changes, lti_due, people, rows

ALL = """
SELECT e.assignment, e.section, coalesce(u.name, '') AS student, e.fields, e.version
  FROM schedule_edits e LEFT JOIN users u ON u.id = e.user_id"""

# Everybody waits here who changes a schedule of this homework.
LOCK = """
SELECT pg_advisory_xact_lock(hashtext('schedule ' || %(assignment)s))"""

# Sections and students are those of the homework's course.
PERSON: Final[LiteralString] = (
    """
SELECT u.id, en.section FROM users u JOIN enrolments en ON en.user_id = u.id
 WHERE u.name = %(student)s AND en.role = 'student' AND en.course ="""  # literals
    + people.HOME
)

SECTION: Final[LiteralString] = (
    """
SELECT 1 AS there FROM enrolments en
 WHERE en.section = %(section)s AND en.section <> '' AND en.course ="""  # literals
    + people.HOME
    + " LIMIT 1"
)

BEFORE = """
SELECT fields, version FROM schedule_edits
 WHERE assignment = %(assignment)s AND section = %(section)s
   AND coalesce(user_id, 0) = coalesce(%(user_id)s::bigint, 0)"""

SET = """
INSERT INTO schedule_edits (assignment, section, user_id, fields, version)
VALUES (%(assignment)s, %(section)s, %(user_id)s, %(fields)s::jsonb, 1)
ON CONFLICT (assignment, section, coalesce(user_id, 0)) DO UPDATE
   SET fields = excluded.fields, version = schedule_edits.version + 1"""

PEOPLE: Final[LiteralString] = (
    """
SELECT u.id, u.name, coalesce(en.section, '') AS section
  FROM users u LEFT JOIN enrolments en ON en.user_id = u.id AND en.course ="""  # literals
    + people.HOME
    + """
 WHERE u.id = ANY(%(ids)s)"""
)

SECTIONS: Final[LiteralString] = (
    """
SELECT DISTINCT en.section FROM enrolments en
 WHERE en.section <> '' AND en.role = 'student' AND en.course ="""  # literals
    + people.HOME
    + " ORDER BY en.section"
)


@dataclass(frozen=True, slots=True)
class SectionMember:
    """A person's login and section."""

    login: str
    section: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change to store: fields to set, fields to take back, and the version it was made on.

    Attributes:
        version: None changes whatever is there.
        otherwise: what holds of each field without a change, for the log.
    """

    whom: schedule_edits.Whom
    values: Mapping[str, Any]
    taken_back: Collection[str] = ()
    version: int | None = None
    otherwise: Mapping[str, Any] = field(default_factory=dict)


class Overtaken(Exception):
    """Somebody else changed the same schedule since `Wanted.version`."""


def everything(db: database.Database) -> dict[str, schedule_edits.ScheduleEdits]:
    """Homework -> its changes; of those that have some."""
    found: dict[str, dict[schedule_edits.Whom, schedule_edits.ScheduleEdit]] = {}
    with db.transaction() as connection:
        for row in connection.execute(ALL):
            whom = schedule_edits.Whom(row["section"], row["student"])
            found.setdefault(row["assignment"], {})[whom] = _edit(row)
    return {slug: schedule_edits.ScheduleEdits(edits) for slug, edits in found.items()}


def change(db: database.Database, assignment: str, wanted: Wanted, who: str) -> bool:
    """Store a change with an audit entry; False when there is no such section or student.

    Raises:
        Overtaken: the version is not the newest any more.
    """
    with db.transaction() as connection:
        connection.execute(LOCK, {"assignment": assignment})
        key = _key(connection, assignment, wanted.whom)
        if key is None:
            return False
        row = database.fetch_one(connection, BEFORE, **key)
        version = row["version"] if row else 0
        if wanted.version is not None and wanted.version != version:
            raise Overtaken
        before = dict(row["fields"]) if row else {}
        after = _after(before, wanted, who)
        connection.execute(SET, key | {"fields": json.dumps(after)})
        lti_due.homework_changed(connection, assignment)
        audit.note(
            connection,
            who,
            "schedule changed",
            assignment=assignment,
            subject=str(wanted.whom),
            detail=field_changes.detail(before, after, schedule_edits.FIELDS, wanted.otherwise),
        )
        return True


def _after(before: Mapping[str, Any], wanted: Wanted, who: str) -> dict[str, Any]:
    """The stored fields of a schedule once they are changed as wanted."""
    now = datetime.datetime.now(datetime.UTC).isoformat()
    kept = {name: old for name, old in before.items() if name not in wanted.taken_back}
    new = {name: {"value": value, "by": who, "at": now} for name, value in wanted.values.items()}
    return kept | new


def members(
    db: database.Database, assignment: str, ids: Collection[int]
) -> dict[int, SectionMember]:
    """User -> their login and section."""
    with db.transaction() as connection:
        found = connection.execute(PEOPLE, {"ids": list(ids), "assignment": assignment})
        return {row["id"]: SectionMember(row["name"], row["section"]) for row in found}


def section_of(db: database.Database, assignment: str, student: str) -> str | None:
    """A student's section, empty without one; None when there is no such student."""
    row = db.one(PERSON, student=student, assignment=assignment)
    return str(row["section"]) if row else None


def sections(db: database.Database, assignment: str) -> list[str]:
    """All sections that students of a homework's course are in."""
    with db.transaction() as connection:
        found = connection.execute(SECTIONS, {"assignment": assignment})
        return [row["section"] for row in found]


def _key(
    connection: database.Connection, assignment: str, whom: schedule_edits.Whom
) -> dict[str, Any] | None:
    user_id = None
    if whom.student:
        values = {"student": whom.student, "assignment": assignment}
        row = database.fetch_one(connection, PERSON, **values)
        if row is None:
            return None
        user_id = row["id"]
    elif whom.section:
        values = {"section": whom.section, "assignment": assignment}
        if not database.fetch_one(connection, SECTION, **values):
            return None
    return {"assignment": assignment, "section": whom.section, "user_id": user_id}


def _edit(row: rows.Row) -> schedule_edits.ScheduleEdit:
    changes = field_changes.read(row["fields"], schedule_edits.FIELDS)
    return schedule_edits.ScheduleEdit(changes, row["version"])
