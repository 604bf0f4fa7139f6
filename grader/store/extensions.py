"""Statements about where a student stands: extensions, attempts used, the submission that counts.

Owns their SQL. What follows from them (is it late, which one counts) is `assignment.schedule`'s.
Every change is written down in the audit log in the same transaction.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from grader.assignment import schedule
from grader.store import attribution, audit, database, people, rows, teams

# What the machine or nobody graded is no attempt, and neither is what was refused while grading, or
# what others than its students cancelled. Of a team those of every member count, once each.
_IS_ATTEMPT: Final[LiteralString] = (
    """
s.label = '' AND r.state NOT IN ('superseded', 'refused', 'failed')
   AND NOT (r.state = 'cancelled'
            AND (r.attempt = 0 OR NOT EXISTS (
                SELECT FROM run_moves m
                  JOIN users o ON m.moved_by = 'student ' || o.name
                 WHERE m.run_id = r.id AND m.to_state = 'cancelled' AND o.id IN ("""
    + attribution.SENDERS
    + "))))"
)

USED: Final[LiteralString] = (
    """
SELECT count(*) AS n
  FROM submissions s JOIN runs r ON r.submission_id = s.id AND r.number = 1
 WHERE s.assignment = %(assignment)s AND s.created_at >= %(since)s
   AND s.id IN (SELECT id FROM submissions WHERE user_id = ANY(%(members)s)
                 UNION ALL
                SELECT submission_id FROM submission_mates WHERE user_id = ANY(%(members)s))
   AND"""  # noqa: S608  # literals, no input
    + _IS_ATTEMPT
)

# In a homework without teams only the student's own count.
STANDINGS: Final[LiteralString] = (
    """
SELECT w.assignment, e.due AS extension, coalesce(e.reason, '') AS reason, a.n AS attempts,
       q.reason AS excused
  FROM unnest(%(assignments)s::text[], %(sinces)s::timestamptz[], %(in_teams)s::boolean[])
       AS s (assignment, since, in_team)
 CROSS JOIN LATERAL (
       SELECT s.assignment, s.since,
              ARRAY(SELECT %(user_id)s UNION (SELECT id FROM ("""  # noqa: S608  # literals, no input
    + teams.MEMBERS
    + """) member WHERE s.in_team)) AS members) w
  LEFT JOIN extensions e ON e.assignment = w.assignment AND e.user_id = %(user_id)s
  LEFT JOIN excusals q ON q.assignment = w.assignment AND q.user_id = %(user_id)s
 CROSS JOIN LATERAL (
       SELECT count(*) AS n
         FROM submissions s JOIN runs r ON r.submission_id = s.id AND r.number = 1
        WHERE s.assignment = w.assignment AND s.created_at >= w.since
          AND s.id IN (
              SELECT id FROM submissions
               WHERE user_id = ANY(w.members) AND assignment = w.assignment
               UNION ALL
              SELECT submission_id FROM submission_mates WHERE user_id = ANY(w.members))
          AND"""
    + _IS_ATTEMPT
    + ") a"
)

EXTEND: Final[LiteralString] = (
    """
INSERT INTO extensions (assignment, user_id, due, reason, granted_by)
SELECT %(assignment)s, u.id, %(due)s, %(reason)s, %(who)s
  FROM users u JOIN enrolments en ON en.user_id = u.id
 WHERE u.name = %(student)s AND en.role = 'student' AND en.state = 'active'
   AND en.course ="""  # literals, no input
    + people.HOME
    + """
ON CONFLICT (assignment, user_id) DO UPDATE
   SET due = excluded.due, reason = excluded.reason, granted_by = excluded.granted_by,
       granted_at = now()
RETURNING user_id"""
)

WITHDRAW = """
DELETE FROM extensions e USING users u
 WHERE e.assignment = %(assignment)s AND e.user_id = u.id AND u.name = %(student)s
RETURNING e.due"""

EXTENSIONS = """
SELECT u.name AS student, e.due, e.reason, e.granted_by, e.granted_at
  FROM extensions e JOIN users u ON u.id = e.user_id
 WHERE e.assignment = %(assignment)s ORDER BY u.name"""

# Only a graded submission can count: of the student's own, or submitted by staff under their label.
CHOOSE: Final[LiteralString] = (
    """
INSERT INTO active_choices (assignment, user_id, submission_id, by_staff, chosen_by)
SELECT s.assignment, o.id, s.id, %(by_staff)s, %(who)s
  FROM submissions s JOIN runs r ON r.id = s.current_run_id
  JOIN LATERAL (
"""  # literals, no input
    + attribution.SENDERS
    + " UNION ALL ("
    + attribution.OWNERS
    + """)) o ON true
 WHERE s.id = %(id)s AND r.state = 'done' AND (%(by_staff)s OR o.id = %(user_id)s)
   AND NOT EXISTS (SELECT FROM active_choices c
                    WHERE c.assignment = s.assignment AND c.user_id = o.id
                      AND c.by_staff AND NOT %(by_staff)s)
ON CONFLICT (assignment, user_id) DO UPDATE
   SET submission_id = excluded.submission_id, by_staff = excluded.by_staff,
       chosen_by = excluded.chosen_by, chosen_at = now()
RETURNING assignment"""
)

UNCHOOSE = """
DELETE FROM active_choices
 WHERE submission_id = %(id)s
   AND (%(by_staff)s OR NOT by_staff AND user_id = %(user_id)s)
RETURNING assignment"""

CHOSEN = """
SELECT q.reason AS excused, u.name AS student, c.by_staff, c.chosen_by
  FROM submissions s
  LEFT JOIN excusals q ON q.assignment = s.assignment AND q.user_id = %(user_id)s
  LEFT JOIN (active_choices c JOIN users u ON u.id = c.user_id) ON c.submission_id = s.id
 WHERE s.id = %(id)s ORDER BY u.name"""

CHOICE = """
SELECT submission_id, by_staff FROM active_choices
 WHERE assignment = %(assignment)s AND user_id = %(user_id)s"""


@dataclass(frozen=True, slots=True)
class ChosenFor:
    """A choice that a submission counts for a student, above the rule."""

    student: str
    by_staff: bool
    chosen_by: str


def standings(
    db: database.Database, user_id: int, since: Sequence[tuple[str, datetime, bool]]
) -> dict[str, rows.Standing]:
    """Assignment -> a student's extension and attempts used, in one query.

    Args:
        since: each assignment with the time from which its attempts count, and whether those of a
            team count together.
    """
    names = ("assignments", "sinces", "in_teams")
    values = {name: [one[i] for one in since] for i, name in enumerate(names)}
    with db.transaction() as connection:
        standings = connection.execute(STANDINGS, {**values, "user_id": user_id})
        return {row.pop("assignment"): rows.Standing(**row) for row in standings}


def extend(
    db: database.Database, assignment: str, student: str, due: datetime, reason: str, who: str
) -> bool:
    """Give a student a due date of their own, in place of an earlier one; False for nobody."""
    values = {"assignment": assignment, "student": student, "due": due}
    with db.transaction() as connection:
        terms = values | {"reason": reason, "who": who}
        if database.fetch_one(connection, EXTEND, **terms) is None:
            return False
        detail = {"due": due.isoformat(), "reason": reason}
        audit.note(
            connection,
            who,
            "extension granted",
            assignment=assignment,
            subject=student,
            detail=detail,
        )
        return True


def withdraw(db: database.Database, assignment: str, student: str, who: str) -> bool:
    """Take an extension away; False when there is none."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, WITHDRAW, assignment=assignment, student=student)
        if row is None:
            return False
        audit.note(
            connection,
            who,
            "extension withdrawn",
            assignment=assignment,
            subject=student,
            detail={"due": row["due"].isoformat()},
        )
        return True


def extensions(db: database.Database, assignment: str) -> list[rows.Extension]:
    """All extensions of an assignment, by student."""
    with db.transaction() as connection:
        granted = connection.execute(EXTENSIONS, {"assignment": assignment})
        return [rows.Extension(**row) for row in granted]


def choose(
    db: database.Database, submission_id: uuid.UUID, user: rows.User, *, by_staff: bool
) -> bool:
    """Let a submission count; False when it is not graded, nobody's, or staff chose one already."""
    who = user.title
    values = {"id": submission_id, "who": who, "by_staff": by_staff, "user_id": user.id}
    with db.transaction() as connection:
        row = database.fetch_one(connection, CHOOSE, **values)
        return _chosen(connection, row, submission_id, who, "submission chosen")


def unchoose(
    db: database.Database, submission_id: uuid.UUID, user: rows.User, *, by_staff: bool
) -> bool:
    """Let the assignment's rule decide again; False when this one was not chosen."""
    values = {"id": submission_id, "by_staff": by_staff, "user_id": user.id}
    with db.transaction() as connection:
        row = database.fetch_one(connection, UNCHOOSE, **values)
        return _chosen(connection, row, submission_id, user.title, "choice taken back")


def choice(db: database.Database, assignment: str, user_id: int) -> schedule.Choice | None:
    """Which submission was chosen for a student."""
    row = db.one(CHOICE, assignment=assignment, user_id=user_id)
    return schedule.Choice(row["submission_id"], row["by_staff"]) if row else None


def chosen_for(
    db: database.Database, submission_id: uuid.UUID, user_id: int
) -> tuple[str | None, list[ChosenFor]]:
    """Why the homework does not count for a student, and for whom this submission was chosen."""
    with db.transaction() as connection:
        found = connection.execute(CHOSEN, {"id": submission_id, "user_id": user_id}).fetchall()
    excused = found[0]["excused"] if found else None
    return excused, [
        ChosenFor(row["student"], row["by_staff"], row["chosen_by"])
        for row in found
        if row["student"]
    ]


def _chosen(
    connection: database.Connection,
    row: rows.Row | None,
    submission_id: uuid.UUID,
    who: str,
    action: str,
) -> bool:
    if row is None:
        return False
    audit.note(connection, who, action, assignment=row["assignment"], subject=str(submission_id))
    return True
