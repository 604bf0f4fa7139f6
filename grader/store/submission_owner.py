"""Statements that take a submission away from a student: delete it, or give it to another one.

Owns their SQL. Either leaves an audit entry that says what it was; who may is the caller's.
"""

import enum
import uuid
from fractions import Fraction
from typing import Any, Final, LiteralString

from grader.course import person_names
from grader.store import attribution, audit, database, people, rows


class OwnerChange(enum.Enum):
    """How an attempt to delete or move a submission ended."""

    DONE = "done"
    ABSENT = "there is none"
    BEING_GRADED = "its grading has not ended"
    ASKED_ABOUT = "its student has asked about it"
    NO_STUDENT = "nobody of that name is a student of the course"
    THEIRS = "it is theirs already"


FIND: Final[LiteralString] = (
    """
SELECT s.id, s.assignment, s.user_id, s.label, s.upload_sha256, s.created_at,
       """  # noqa: S608  # literals, no input
    + attribution.SHOWN
    + """ AS student, coalesce(nullif(s.label, ''), u.name) AS sender, x.score,
       (SELECT count(DISTINCT m.task) FROM marks m WHERE m.submission_id = s.id) AS marked,
       EXISTS (SELECT FROM runs o WHERE o.submission_id = s.id
                  AND o.state IN ('queued', 'held', 'running')) AS is_open,
       EXISTS (SELECT FROM regrade_requests q WHERE q.submission_id = s.id) AS is_asked_about,
       s.label = '' AND EXISTS (SELECT FROM enrolments en
                                 WHERE en.user_id = s.user_id AND en.role = 'student'
                                   AND en.course ="""  # literals, no input
    + people.COURSE
    + """) AS is_own,
       ARRAY("""
    + attribution.ALL_OWNERS
    + """) AS owners
  FROM submissions s
  JOIN users u ON u.id = s.user_id
  LEFT JOIN results x ON x.run_id = s.current_run_id
 WHERE s.id = %(id)s FOR UPDATE OF s"""
)

STUDENT: Final[LiteralString] = (
    """
SELECT u.id FROM users u JOIN enrolments en ON en.user_id = u.id
 WHERE u.name = %(student)s AND en.role = 'student' AND en.state = 'active' AND en.course ="""
    + people.HOME
)

DELETE = """
DELETE FROM submissions WHERE id = %(id)s"""

# Of what staff submitted for somebody the label says whose it is.
MOVE = """
UPDATE submissions
   SET user_id = CASE WHEN %(is_own)s THEN %(new_id)s ELSE user_id END,
       label = CASE WHEN %(is_own)s THEN '' ELSE %(student)s END,
       team_id = NULL, idempotency_key = NULL
 WHERE id = %(id)s"""
UNMATE = """
DELETE FROM submission_mates WHERE submission_id = %(id)s"""

# Somebody chose it for the one who had it, who is to hear nothing more of it.
UNCHOOSE = """
DELETE FROM active_choices WHERE submission_id = %(id)s"""
UNTOLD = """
DELETE FROM notices WHERE submission_id = %(id)s AND user_id IS NOT NULL"""

# The last comparison names whose work it was; another is made when it is asked for.
UNLIKE = """
DELETE FROM similarity WHERE assignment = %(assignment)s"""


def delete(db: database.Database, submission_id: uuid.UUID, who: str, reason: str) -> OwnerChange:
    """Delete a submission with its runs, reports and marks."""
    with db.transaction() as connection:
        found = database.fetch_one(connection, FIND, id=submission_id)
        if found is None:
            return OwnerChange.ABSENT
        if found["is_open"]:
            return OwnerChange.BEING_GRADED
        connection.execute(DELETE, {"id": submission_id})
        connection.execute(UNLIKE, {"assignment": found["assignment"]})
        detail = _about(found) | {"submission": str(submission_id), "reason": reason}
        if found["label"] == "" and len(found["owners"]) > 1:
            detail["students"] = _logins(found)
        _note(connection, who, "submission deleted", found, found["sender"], detail)
        return OwnerChange.DONE


def move(
    db: database.Database, submission_id: uuid.UUID, student: str, who: str, reason: str
) -> OwnerChange:
    """Give a submission to another student of the course."""
    with db.transaction() as connection:
        found = database.fetch_one(connection, FIND, id=submission_id)
        if found is None:
            return OwnerChange.ABSENT
        new = database.fetch_one(
            connection, STUDENT, student=student, assignment=found["assignment"]
        )
        if refused := _refused(found, new):
            return refused
        assert new is not None  # or it was refused
        values = {"id": submission_id, "assignment": found["assignment"], "new_id": new["id"]}
        values |= {"student": student, "is_own": found["is_own"]}
        for statement in (MOVE, UNMATE, UNCHOOSE, UNTOLD, UNLIKE):
            connection.execute(statement, values)
        detail = {"before": _logins(found), "after": student, "reason": reason}
        _note(connection, who, "submission moved", found, str(submission_id), detail)
        return OwnerChange.DONE


def _refused(found: rows.Row, new: rows.Row | None) -> OwnerChange | None:
    if new is None:
        return OwnerChange.NO_STUDENT
    if found["owners"] == [new["id"]]:
        return OwnerChange.THEIRS
    if found["is_open"]:
        return OwnerChange.BEING_GRADED
    return OwnerChange.ASKED_ABOUT if found["is_asked_about"] else None


def _logins(found: rows.Row) -> str | list[str]:
    """Whose it was.

    Of a team each login is a text of its own, so that the entry of who is forgotten is found.
    """
    members = person_names.members(found["student"])
    is_team = found["label"] == "" and len(members) > 1
    return list(members) if is_team else str(found["student"])


def _about(found: rows.Row) -> dict[str, Any]:
    """What the log keeps of a submission that is gone."""
    return {
        "submitted": found["created_at"].isoformat(),
        "sha256": found["upload_sha256"],
        "test_points": _number(found["score"]),
        "marked_tasks": found["marked"],
    }


def _number(score: str | None) -> str:
    return "none" if score is None else f"{float(Fraction(score)):.4g}"


def _note(
    connection: database.Connection,
    who: str,
    action: str,
    found: rows.Row,
    subject: str,
    detail: dict[str, Any],
) -> None:
    audit.note(
        connection, who, action, assignment=found["assignment"], subject=subject, detail=detail
    )
