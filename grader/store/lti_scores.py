"""Statements about scores for an LMS: which are sent, and what it answered.

Owns the table `lti_scores`; whose may have changed is `lti_due`'s, what a score is worth
`grader.service.lti_scores`'s.

Theory of operation
    Whatever changes a score adds to `lti_due` by a trigger, in its own transaction. One process at
    a time compares what is due with what was sent last and adds a row to `lti_scores` where they
    differ; a row that waits and is followed by another is overtaken. A row is claimed before it is
    sent, as messages are, so that a process that is killed has sent it at most once too often; the
    platform knows it again by its time.
"""

import datetime
import uuid
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, LiteralString

from grader.store import audit, database, lti_due, people, rows

CLAIM_S: Final = 300.0
MOST_AT_ONCE: Final = 20
SHOWN: Final = 500
KEPT: Final = datetime.timedelta(days=400)

# Where a homework's scores go: each member of each accepted course, with the newest score there.
TARGETS: Final[LiteralString] = (
    """
SELECT k.id AS column_id, m.user_id, u.name AS login, m.subject,
       s.points, s.maximum, s.comment, s.stamped_at,
       (SELECT submission_id FROM lti_scores
         WHERE column_id = k.id AND user_id = m.user_id AND state = 'sent'
         ORDER BY stamped_at DESC LIMIT 1) AS submission_id
  FROM lti_columns k
  JOIN lti_contexts c ON c.id = k.context_id AND c.course ="""  # noqa: S608  # literals, no input
    + people.HOME
    + """
  JOIN lti_members m ON m.context_id = c.id AND m.is_active AND m.role = 'student'
  JOIN users u ON u.id = m.user_id
  JOIN enrolments en ON en.user_id = u.id AND en.course = c.course
   AND en.role = 'student' AND en.state = 'active'
  LEFT JOIN LATERAL (
       SELECT * FROM lti_scores WHERE column_id = k.id AND user_id = m.user_id
        ORDER BY stamped_at DESC LIMIT 1) s ON true
 WHERE k.assignment = %(assignment)s
   AND (%(users)s::bigint[] IS NULL OR m.user_id = ANY(%(users)s))
 ORDER BY m.user_id, k.id"""
)

OVERTAKE = """
UPDATE lti_scores SET state = 'overtaken'
 WHERE column_id = %(column_id)s AND user_id = %(user_id)s AND state = 'waiting'"""

# Whole seconds, strictly growing: Moodle knows no smaller ones.
ADD = """
INSERT INTO lti_scores (column_id, user_id, subject, submission_id, submitted_at, points, maximum,
                        comment, is_new_work, stamped_at)
VALUES (%(column_id)s, %(user_id)s, %(subject)s, %(submission_id)s, %(submitted_at)s, %(points)s,
        %(maximum)s, %(comment)s, %(is_new_work)s,
        greatest(date_trunc('second', clock_timestamp()),
                 %(after)s::timestamptz + interval '1 second'))"""

# One that is overtaken meanwhile is not sent; nor one of a course that is not accepted.
CLAIM = """
WITH due AS (
    SELECT s.id FROM lti_scores s
      JOIN lti_columns k ON k.id = s.column_id
      JOIN lti_contexts c ON c.id = k.context_id AND c.accepted_at IS NOT NULL
     WHERE s.state = 'waiting' AND s.due_at <= now()
     ORDER BY s.due_at LIMIT %(most)s FOR UPDATE OF s SKIP LOCKED)
UPDATE lti_scores s SET tries = s.tries + 1, due_at = now() + make_interval(secs => %(claim_s)s)
  FROM due, lti_columns k, lti_contexts c
 WHERE s.id = due.id AND k.id = s.column_id AND c.id = k.context_id
RETURNING s.id, s.column_id, c.platform_id, k.context_id, k.assignment, k.url, s.subject, s.points,
          s.maximum, s.comment, s.submitted_at, s.is_new_work, s.stamped_at, s.made_at, s.tries,
          s.is_unanswered"""

ANSWERED = """
UPDATE lti_scores SET state = %(state)s, answer = %(answer)s, answered_at = now()
 WHERE id = %(id)s AND state = 'waiting'"""

LATER = """
UPDATE lti_scores SET answer = %(answer)s, answered_at = now(), is_unanswered = %(is_unanswered)s,
       is_new_work = is_new_work AND NOT %(as_old_work)s,
       due_at = now() + make_interval(secs => %(pause_s)s)
 WHERE id = %(id)s AND state = 'waiting'"""

# Another of the platform's gradebook, or a clock, was ahead of ours.
RESTAMP = """
UPDATE lti_scores SET stamped_at = greatest(date_trunc('second', clock_timestamp()),
                                            stamped_at + interval '1 second'),
       answer = %(answer)s, answered_at = now(), is_unanswered = false,
       due_at = now() + make_interval(secs => %(pause_s)s)
 WHERE id = %(id)s AND state = 'waiting'"""

_SHOWN: Final[LiteralString] = """
SELECT s.id, k.assignment, u.name AS student, c.title AS course, c.context, s.points, s.maximum,
       s.comment, s.made_at, s.stamped_at, s.state, s.tries, s.answered_at, s.answer
  FROM lti_scores s
  JOIN lti_columns k ON k.id = s.column_id
  JOIN lti_contexts c ON c.id = k.context_id
  JOIN users u ON u.id = s.user_id
 WHERE k.assignment = %(assignment)s"""
SENT = (
    _SHOWN
    + """ AND (NOT %(open_only)s OR s.state IN ('waiting', 'refused'))
 ORDER BY s.made_at DESC, s.stamped_at DESC, s.id LIMIT %(most)s"""
)

AGAIN = """
UPDATE lti_scores s SET state = 'waiting', due_at = now(), tries = 0, made_at = now()
  FROM lti_columns k
 WHERE k.id = s.column_id AND k.assignment = %(assignment)s
   AND (s.state = 'refused' OR s.state = 'waiting')
   AND s.stamped_at = (SELECT max(o.stamped_at) FROM lti_scores o
                        WHERE o.column_id = s.column_id AND o.user_id = s.user_id)"""

FORGET = """
DELETE FROM lti_scores WHERE state = 'overtaken' AND made_at < now() - %(kept)s"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where somebody's score goes, and the newest that goes or went there, if any does.

    Attributes:
        submission_id: what the last score was about that the platform took.
    """

    column_id: int
    user_id: int
    login: str
    subject: str
    points: Fraction | None
    maximum: Fraction | None
    comment: str
    submission_id: uuid.UUID | None
    stamped_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class NewScore:
    """A score that differs from the one before."""

    submission_id: uuid.UUID
    submitted_at: datetime.datetime
    points: Fraction
    maximum: Fraction
    comment: str


@dataclass(frozen=True, slots=True)
class ClaimedScore:
    """A score that this process sends now.

    Attributes:
        tries: this one included.
        is_unanswered: it was sent before, and no answer came.
    """

    id: uuid.UUID
    column_id: int
    platform_id: int
    context_id: int
    assignment: str
    url: str
    subject: str
    points: Fraction
    maximum: Fraction
    comment: str
    submitted_at: datetime.datetime
    is_new_work: bool
    stamped_at: datetime.datetime
    made_at: datetime.datetime
    tries: int
    is_unanswered: bool


@dataclass(frozen=True, slots=True)
class SentScore:
    """A score as people read of it: what, for whom, when, and what the LMS answered."""

    id: uuid.UUID
    assignment: str
    student: str
    course: str
    context: str
    points: Fraction
    maximum: Fraction
    comment: str
    made_at: datetime.datetime
    stamped_at: datetime.datetime
    state: str
    tries: int
    answered_at: datetime.datetime | None
    answer: str


def targets(connection: database.Connection, one: lti_due.Due) -> list[Target]:
    """Where the scores go that are due."""
    users = None if one.users is None else list(one.users)
    found = connection.execute(TARGETS, {"assignment": one.assignment, "users": users})
    return [
        Target(
            row["column_id"],
            row["user_id"],
            row["login"],
            row["subject"],
            Fraction(row["points"]) if row["points"] else None,
            Fraction(row["maximum"]) if row["maximum"] else None,
            row["comment"] or "",
            row["submission_id"],
            row["stamped_at"],
        )
        for row in found
    ]


def add(connection: database.Connection, target: Target, new: NewScore) -> None:
    """Have a score sent, in place of one that waits."""
    where = {"column_id": target.column_id, "user_id": target.user_id}
    connection.execute(OVERTAKE, where)
    values = {
        "subject": target.subject,
        "submission_id": new.submission_id,
        "submitted_at": new.submitted_at,
        "points": str(new.points),
        "maximum": str(new.maximum),
        "comment": new.comment,
        "is_new_work": new.submission_id != target.submission_id,
        "after": target.stamped_at,
    }
    connection.execute(ADD, where | values)


def claim(db: database.Database) -> list[ClaimedScore]:
    """Some scores that are due, which nobody else sends now."""
    with db.transaction() as connection:
        values = {"most": MOST_AT_ONCE, "claim_s": CLAIM_S}
        return [ClaimedScore(**_fractions(row)) for row in connection.execute(CLAIM, values)]


def answered(db: database.Database, score_id: uuid.UUID, answer: str, *, taken: bool) -> None:
    """The last word of the platform on a score."""
    values = {"id": score_id, "answer": _plain(answer), "state": "sent" if taken else "refused"}
    with db.transaction() as connection:
        connection.execute(ANSWERED, values)


def later(
    db: database.Database,
    score_id: uuid.UUID,
    answer: str,
    pause_s: float,
    *,
    is_unanswered: bool = False,
    as_old_work: bool = False,
) -> None:
    """Send a score again after a pause.

    Args:
        is_unanswered: no answer came: the platform may have it.
        as_old_work: no longer say that it is about another submission.
    """
    values = {"id": score_id, "answer": _plain(answer), "pause_s": pause_s}
    values |= {"is_unanswered": is_unanswered, "as_old_work": as_old_work}
    with db.transaction() as connection:
        connection.execute(LATER, values)


def restamp(db: database.Database, score_id: uuid.UUID, answer: str, pause_s: float) -> None:
    """Send a score again with a later time; it is the newest of its person and column."""
    values = {"id": score_id, "answer": _plain(answer), "pause_s": pause_s}
    with db.transaction() as connection:
        connection.execute(RESTAMP, values)


def shown(db: database.Database, assignment: str, *, open_only: bool = False) -> list[SentScore]:
    """The newest scores of a homework; `open_only` leaves out what is done."""
    values = {"assignment": assignment, "open_only": open_only, "most": SHOWN}
    with db.transaction() as connection:
        return [SentScore(**_fractions(row)) for row in connection.execute(SENT, values)]


def again(db: database.Database, assignment: str, who: str) -> int:
    """Send at once what was refused or waits; how many."""
    with db.transaction() as connection:
        count = connection.execute(AGAIN, {"assignment": assignment}).rowcount
        connection.execute(lti_due.EVERYBODY_DUE, {"assignment": assignment})
        detail = {"scores": count}
        audit.note(connection, who, "scores sent again", assignment=assignment, detail=detail)
        return count


def forget_old(db: database.Database) -> None:
    """Delete what was overtaken long ago."""
    with db.transaction() as connection:
        connection.execute(FORGET, {"kept": KEPT})


def _fractions(row: rows.Row) -> rows.Row:
    return {**row, "points": Fraction(row["points"]), "maximum": Fraction(row["maximum"])}


def _plain(answer: str) -> str:
    return answer.replace("\0", "\ufffd")
