"""Statements about who is excused from a homework.

Owns the table `excusals`. Each change is written down in the log in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from grader.store import audit, database, people

EXCUSE: Final[LiteralString] = (
    """
INSERT INTO excusals (assignment, user_id, reason, excused_by)
SELECT %(assignment)s, u.id, %(reason)s, %(who)s
  FROM users u JOIN enrolments en ON en.user_id = u.id
 WHERE u.name = %(student)s AND en.role = 'student' AND en.state = 'active'
   AND en.course ="""  # literals, no input
    + people.HOME
    + """
ON CONFLICT (assignment, user_id) DO UPDATE
   SET reason = excluded.reason, excused_by = excluded.excused_by, excused_at = now()
RETURNING user_id"""
)

WITHDRAW = """
DELETE FROM excusals q USING users u
 WHERE q.assignment = %(assignment)s AND q.user_id = u.id AND u.name = %(student)s
RETURNING q.reason"""

EXCUSALS = """
SELECT u.name AS student, u.full_name, q.reason, q.excused_by, q.excused_at
  FROM excusals q JOIN users u ON u.id = q.user_id
 WHERE q.assignment = %(assignment)s ORDER BY u.name"""


REASONS = """
SELECT user_id, reason FROM excusals
 WHERE assignment = %(assignment)s AND user_id = ANY(%(user_ids)s)"""


@dataclass(frozen=True, slots=True)
class ExcusedStudent:
    """Somebody for whom a homework does not count."""

    student: str
    full_name: str
    reason: str
    excused_by: str
    excused_at: datetime


def excuse(db: database.Database, assignment: str, student: str, reason: str, who: str) -> bool:
    """Excuse a student, in place of an earlier reason; False for nobody."""
    values = {"assignment": assignment, "student": student, "reason": reason, "who": who}
    with db.transaction() as connection:
        if database.fetch_one(connection, EXCUSE, **values) is None:
            return False
        detail = {"reason": reason}
        audit.note(
            connection, who, "excused", assignment=assignment, subject=student, detail=detail
        )
        return True


def withdraw(db: database.Database, assignment: str, student: str, who: str) -> bool:
    """Let the homework count for a student again; False when they are not excused."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, WITHDRAW, assignment=assignment, student=student)
        if row is None:
            return False
        audit.note(
            connection,
            who,
            "excusal withdrawn",
            assignment=assignment,
            subject=student,
            detail={"reason": row["reason"]},
        )
        return True


def excusals(db: database.Database, assignment: str) -> list[ExcusedStudent]:
    """Everybody who is excused from a homework, by login."""
    with db.transaction() as connection:
        found = connection.execute(EXCUSALS, {"assignment": assignment})
        return [ExcusedStudent(**row) for row in found]


def reasons(db: database.Database, assignment: str, user_ids: Sequence[int]) -> dict[int, str]:
    """User -> why they are excused, of those among these who are."""
    with db.transaction() as connection:
        values = {"assignment": assignment, "user_ids": list(user_ids)}
        return {row["user_id"]: row["reason"] for row in connection.execute(REASONS, values)}
