"""Statements about what staff changed of homeworks' schedules.

Owns their SQL. Which fields there are, and what holds after a change, is
`assignment.schedule_edits`'s; who may is `service.schedules`'s.
"""

import datetime
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.assignment import schedule_edits
from grader.store import audit, database, rows

ALL = """
SELECT e.assignment, e.section, coalesce(u.name, '') AS student, e.fields, e.version
  FROM schedule_edits e LEFT JOIN users u ON u.id = e.user_id"""

# Everybody waits here who changes a schedule of this homework.
LOCK = """
SELECT pg_advisory_xact_lock(hashtext('schedule ' || %(assignment)s))"""

PERSON = """
SELECT id, section FROM users WHERE name = %(student)s AND role = 'student'"""

SECTION = """
SELECT 1 AS there FROM users WHERE section = %(section)s AND section <> '' LIMIT 1"""

BEFORE = """
SELECT fields, version FROM schedule_edits
 WHERE assignment = %(assignment)s AND section = %(section)s
   AND coalesce(user_id, 0) = coalesce(%(user_id)s::bigint, 0)"""

SET = """
INSERT INTO schedule_edits (assignment, section, user_id, fields, version)
VALUES (%(assignment)s, %(section)s, %(user_id)s, %(fields)s::jsonb, 1)
ON CONFLICT (assignment, section, coalesce(user_id, 0)) DO UPDATE
   SET fields = excluded.fields, version = schedule_edits.version + 1"""

PEOPLE = """
SELECT id, name, section FROM users WHERE id = ANY(%(ids)s)"""

SECTIONS = """
SELECT DISTINCT section FROM users WHERE section <> '' AND role = 'student' ORDER BY section"""


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
        now = datetime.datetime.now(datetime.UTC).isoformat()
        after = {name: old for name, old in before.items() if name not in wanted.taken_back}
        for name, value in wanted.values.items():
            after[name] = {"value": value, "by": who, "at": now}
        connection.execute(SET, key | {"fields": json.dumps(after)})
        audit.note(
            connection,
            who,
            "schedule changed",
            assignment=assignment,
            subject=str(wanted.whom),
            detail=_detail(before, after, wanted.otherwise),
        )
        return True


def members(db: database.Database, ids: Collection[int]) -> dict[int, SectionMember]:
    """User -> their login and section."""
    with db.transaction() as connection:
        found = connection.execute(PEOPLE, {"ids": list(ids)})
        return {row["id"]: SectionMember(row["name"], row["section"]) for row in found}


def section_of(db: database.Database, student: str) -> str | None:
    """A student's section, empty without one; None when there is no such student."""
    row = db.one(PERSON, student=student)
    return str(row["section"]) if row else None


def sections(db: database.Database) -> list[str]:
    """All sections that students are in."""
    with db.transaction() as connection:
        return [row["section"] for row in connection.execute(SECTIONS)]


def _key(
    connection: database.Connection, assignment: str, whom: schedule_edits.Whom
) -> dict[str, Any] | None:
    user_id = None
    if whom.student:
        row = database.fetch_one(connection, PERSON, student=whom.student)
        if row is None:
            return None
        user_id = row["id"]
    elif whom.section and not database.fetch_one(connection, SECTION, section=whom.section):
        return None
    return {"assignment": assignment, "section": whom.section, "user_id": user_id}


def _detail(
    before: Mapping[str, rows.Row], after: Mapping[str, rows.Row], otherwise: Mapping[str, Any]
) -> dict[str, str]:
    """Field -> before and after, in words, of those that differ."""
    changed = {}
    for name in schedule_edits.FIELDS:
        old, new = (_word(side.get(name), otherwise.get(name)) for side in (before, after))
        if old != new:
            changed[name] = f"{old} -> {new}"
    return changed


def _word(change: rows.Row | None, otherwise: Any) -> str:
    value = change["value"] if change else otherwise
    said = "none" if value is None else str(value)
    return said if change else f"{said} (not changed)"


def _edit(row: rows.Row) -> schedule_edits.ScheduleEdit:
    changes = {
        name: schedule_edits.FieldChange(
            change["value"], change["by"], datetime.datetime.fromisoformat(change["at"])
        )
        for name, change in row["fields"].items()
        if name in schedule_edits.FIELDS
    }
    return schedule_edits.ScheduleEdit(changes, row["version"])
