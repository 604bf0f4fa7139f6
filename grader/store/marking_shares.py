"""Statements about who marks whose work.

Owns the table `marking_shares`. How work is divided is `grader.course.marking_shares`'s.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.course import marking_list
from grader.store import audit, database, people

# Of a row `u` of users: what they may mark of this assignment by; no row for somebody who may not.
MAY_MARK: Final[LiteralString] = (
    """
SELECT CASE WHEN u.admin THEN 'admin' ELSE en.role END AS role
  FROM (SELECT) one LEFT JOIN enrolments en
    ON en.user_id = u.id AND en.role IN ('ta', 'instructor') AND en.state = 'active'
   AND en.course ="""  # literals, no input
    + people.HOME
    + """
 WHERE u.admin OR en.role IS NOT NULL"""
)

# A share of somebody who may not mark any more is nobody's.
SHARES: Final[LiteralString] = (
    """
SELECT m.task, m.student, u.name AS marker FROM marking_shares m JOIN users u ON u.id = m.marker_id
 CROSS JOIN LATERAL ("""  # literals, no input
    + MAY_MARK
    + """) may
 WHERE m.assignment = %(assignment)s"""
)

SHARES_OF: Final[LiteralString] = SHARES + " AND m.student = ANY(%(students)s)"

MARKERS: Final[LiteralString] = (
    """
SELECT u.id, u.name, u.full_name FROM users u
 CROSS JOIN LATERAL ("""  # literals, no input
    + MAY_MARK
    + """) may
 ORDER BY may.role <> 'ta', u.name"""
)

GIVE = """
INSERT INTO marking_shares (assignment, task, student, marker_id)
VALUES (%(assignment)s, %(task)s, %(student)s, %(marker_id)s)
ON CONFLICT (assignment, task, student) DO UPDATE SET marker_id = excluded.marker_id"""

TAKE = """
DELETE FROM marking_shares
 WHERE assignment = %(assignment)s AND task = %(task)s AND student = %(student)s"""


@dataclass(frozen=True, slots=True)
class PossibleMarker:
    """Somebody who may mark."""

    id: int
    name: str
    full_name: str


def shares(db: database.Database, assignment: str) -> dict[tuple[str, str], str]:
    """Task and student -> marker, of one assignment."""
    with db.transaction() as connection:
        found = connection.execute(SHARES, {"assignment": assignment})
        return {(row["task"], row["student"]): row["marker"] for row in found}


def shares_of(
    db: database.Database, assignment: str, students: Collection[str]
) -> dict[tuple[str, str], str]:
    """The same, of some students' work."""
    with db.transaction() as connection:
        values = {"assignment": assignment, "students": list(students)}
        found = connection.execute(SHARES_OF, values)
        return {(row["task"], row["student"]): row["marker"] for row in found}


def markers(db: database.Database, assignment: str) -> list[PossibleMarker]:
    """Everybody who may mark in an assignment's course, TAs first."""
    with db.transaction() as connection:
        found = connection.execute(MARKERS, {"assignment": assignment})
        return [PossibleMarker(**row) for row in found]


def divide(
    db: database.Database,
    assignment: str,
    given: marking_list.Shares,
    taken: Collection[tuple[str, str]],
    who: str,
    detail: Mapping[str, object],
) -> None:
    """Give shares (task and student -> marker) and take others back.

    Args:
        detail: for the log.
    """
    known = {one.name: one.id for one in markers(db, assignment)}
    values = [
        {"assignment": assignment, "task": task, "student": student, "marker_id": known[marker]}
        for (task, student), marker in given.items()
    ]
    gone = [{"assignment": assignment, "task": task, "student": name} for task, name in taken]
    with db.transaction() as connection, connection.cursor() as cursor:
        cursor.executemany(TAKE, gone)
        cursor.executemany(GIVE, values)
        audit.note(connection, who, "marking divided", assignment=assignment, detail=detail)
