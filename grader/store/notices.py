"""Statements about what happened and was not told yet, and about what is wrong at this moment.

Owns the tables `notices`, `conditions` and `staff_messages`. A notice is written in the transaction
of what it is about. Who is told, and in which words, is `grader.service.postman`'s.
"""

import datetime
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.notify import kinds
from grader.store import attribution, database

MOST_AT_ONCE: Final = 500
STALE_S: Final = 600.0  # of a condition that the machine which saw it has not confirmed

# To the student who sent it and their team-mates, only where the run is the one that counts.
RUN_ENDED: Final[LiteralString] = (
    """
INSERT INTO notices (kind, user_id, submission_id, subject)
SELECT CASE WHEN now() - s.created_at > make_interval(mins => %(slow)s) THEN %(slowly)s
            ELSE %(soon)s END, own.id, s.id, s.assignment
  FROM submissions s
 CROSS JOIN LATERAL ("""  # literals, no input
    + attribution.STUDENTS
    + """ AND en.state = 'active') own
 WHERE s.current_run_id = %(run_id)s"""
)

STAFF = """
INSERT INTO notices (kind, submission_id, subject)
VALUES (%(kind)s, %(submission_id)s, %(subject)s)"""

MARKED: Final[LiteralString] = (
    """
INSERT INTO notices (kind, user_id, submission_id, subject)
SELECT %(kind)s, own.id, s.id, s.assignment
  FROM submissions s
 CROSS JOIN LATERAL ("""  # literals, no input
    + attribution.STUDENTS
    + """ AND en.state = 'active') own
 WHERE s.id = %(submission_id)s"""
)

# What counted before goes with it: whether the student sees a difference is found out later.
REGRADED: Final[LiteralString] = (
    """
INSERT INTO notices (kind, user_id, submission_id, subject, old_run_id)
SELECT %(kind)s, own.id, s.id, s.assignment,
       CASE WHEN s.current_run_id = i.new_run_id THEN i.old_run_id ELSE i.new_run_id END
  FROM regrade_items i
  JOIN submissions s ON s.id = i.submission_id
 CROSS JOIN LATERAL ("""
    + attribution.STUDENTS
    + """ AND en.state = 'active') own
 WHERE i.group_id = %(group_id)s AND s.id = ANY(%(ids)s)"""
)

TEAM = """
INSERT INTO notices (kind, user_id, subject)
SELECT %(kind)s, id, %(assignment)s FROM unnest(%(user_ids)s::bigint[]) id"""

BEGINS = """
INSERT INTO conditions (kind, host, subject, said)
VALUES (%(kind)s, %(host)s, %(subject)s, %(said)s)
ON CONFLICT (kind, host, subject) DO UPDATE SET said = excluded.said, seen_at = now()
RETURNING xmax = 0 AS is_new"""

SAID = """
SELECT DISTINCT ON (subject) subject, said FROM conditions
 WHERE kind = %(kind)s AND said <> '' ORDER BY subject, since DESC"""

ENDS = """
DELETE FROM conditions
 WHERE kind = %(kind)s AND host = %(host)s AND subject <> ALL(%(subjects)s)
    OR seen_at < now() - make_interval(secs => %(stale_s)s)"""

# One process at a time makes messages of notices.
LOCK = """
SELECT pg_try_advisory_xact_lock(hashtext('notices')) AS is_ours"""

# Of students, those of one person and kind are told together, a while after the last of them.
OF_STUDENTS = """
SELECT n.id, n.kind, n.user_id, n.submission_id, n.subject, n.old_run_id
  FROM notices n
 WHERE n.user_id IS NOT NULL AND n.kind = %(kind)s
   AND (n.subject, n.user_id) NOT IN (
       SELECT * FROM unnest(%(held)s::text[], %(waiting)s::bigint[]))
   AND NOT EXISTS (SELECT FROM notices o
                    WHERE o.user_id = n.user_id AND o.kind = n.kind
                      AND o.at > now() - make_interval(secs => %(settle_s)s)
                      AND n.at > now() - make_interval(secs => %(longest_s)s))
 ORDER BY n.user_id, n.id LIMIT %(most)s"""

OF_STAFF = """
SELECT subject, count(*)::integer AS n FROM notices
 WHERE user_id IS NULL AND kind = %(kind)s AND id <= %(last)s GROUP BY subject"""

STAFF_WAITS = """
SELECT max(id) AS last, min(at) AS first_at FROM notices
 WHERE user_id IS NULL AND kind = %(kind)s"""

TOLD_LATELY = """
SELECT count(*)::integer AS n, max(made_at) AS last_at FROM staff_messages
 WHERE kind = %(kind)s AND made_at > now() - interval '1 day'"""

TOLD = """
INSERT INTO staff_messages (kind) VALUES (%(kind)s)"""

FORGET = """
DELETE FROM notices WHERE id = ANY(%(ids)s)"""

FORGET_OF_STAFF = """
DELETE FROM notices WHERE user_id IS NULL AND kind = %(kind)s AND id <= %(last)s"""

SUBJECTS = """
SELECT subject, array_agg(DISTINCT user_id) AS user_ids FROM notices
 WHERE user_id IS NOT NULL GROUP BY subject"""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a student may hear of.

    Attributes:
        submission_id: None of what is about a team.
        subject: the homework.
        old_run_id: of a regrade, the run that counted before.
    """

    id: int
    kind: str
    user_id: int
    submission_id: uuid.UUID | None
    subject: str
    old_run_id: int | None


@dataclass(frozen=True, slots=True)
class StaffNews:
    """What staff have not been told of one kind.

    Attributes:
        last: the newest notice's id.
        lately: messages of this kind within a day, and when the last was made.
    """

    last: int
    first_at: datetime.datetime
    lately: int
    last_at: datetime.datetime | None


def run_ended(connection: database.Connection, run_id: int) -> None:
    """A result, or a refusal, that a student has waited for."""
    values = {
        "run_id": run_id,
        "slow": kinds.SLOW_MINUTES,
        "slowly": kinds.StudentKind.SLOW_RESULTS,
        "soon": kinds.StudentKind.RESULTS,
    }
    connection.execute(RUN_ENDED, values)


def for_staff(
    connection: database.Connection,
    kind: kinds.StaffKind,
    subject: str,
    submission_id: uuid.UUID | None = None,
) -> None:
    """Something that staff must act on."""
    values = {"kind": kind, "submission_id": submission_id, "subject": subject}
    connection.execute(STAFF, values)


def marked(connection: database.Connection, submission_id: uuid.UUID) -> None:
    """A mark, given, changed or taken back."""
    values = {"kind": kinds.StudentKind.MARKS, "submission_id": submission_id}
    connection.execute(MARKED, values)


def regraded(
    connection: database.Connection, group_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> None:
    """Submissions for which another run counts now, by a regrade that was applied or reverted."""
    values = {"kind": kinds.StudentKind.REGRADES, "group_id": group_id, "ids": list(ids)}
    connection.execute(REGRADED, values)


def team_changed(connection: database.Connection, assignment: str, user_ids: Sequence[int]) -> None:
    """An invitation to somebody, or other people in their team."""
    values = {"kind": kinds.StudentKind.TEAMS, "assignment": assignment}
    connection.execute(TEAM, values | {"user_ids": list(user_ids)})


def conditions(
    db: database.Database, kind: kinds.StaffKind, host: str, wrong: Mapping[str, str]
) -> None:
    """What is wrong of a kind as this machine sees it; staff hear of what was not before.

    Args:
        wrong: subject -> what pages say of it, or nothing.
    """
    with db.transaction() as connection:
        known = {"kind": kind, "host": host}
        connection.execute(ENDS, known | {"subjects": list(wrong), "stale_s": STALE_S})
        for subject, said in sorted(wrong.items()):
            row = database.fetch_one(connection, BEGINS, **known, subject=subject, said=said)
            if row and row["is_new"]:
                for_staff(connection, kind, subject)


def said(db: database.Database, kind: kinds.StaffKind) -> dict[str, str]:
    """Subject -> what is wrong of a kind at this moment, as any machine said it."""
    with db.transaction() as connection:
        found = connection.execute(SAID, {"kind": kind})
        return {row["subject"]: row["said"] for row in found}


def lock(connection: database.Connection) -> bool:
    """Whether this transaction alone makes messages of notices."""
    row = database.fetch_one(connection, LOCK)
    return bool(row and row["is_ours"])


def about(connection: database.Connection) -> dict[str, list[int]]:
    """Homework -> the students who have notices about it."""
    return {row["subject"]: row["user_ids"] for row in connection.execute(SUBJECTS)}


def of_students(
    connection: database.Connection,
    kind: kinds.StudentKind,
    held: Sequence[tuple[str, int]],
    settle_s: float,
    longest_s: float,
) -> list[Notice]:
    """Notices of a kind that are to be told now, by student.

    Args:
        held: homeworks, each with a student who hears nothing of it yet.
        settle_s: seconds that must have passed since the student's last notice of the kind,
        longest_s: unless the notice itself is as old as that.
    """
    values = {"kind": kind, "settle_s": settle_s, "longest_s": longest_s, "most": MOST_AT_ONCE}
    waiting = {"held": [slug for slug, _ in held], "waiting": [user_id for _, user_id in held]}
    found = connection.execute(OF_STUDENTS, values | waiting)
    return [Notice(**row) for row in found]


def of_staff(connection: database.Connection, kind: kinds.StaffKind) -> StaffNews | None:
    """Whether staff are to be told of a kind; None where nothing happened."""
    waits = database.fetch_one(connection, STAFF_WAITS, kind=kind)
    told = database.fetch_one(connection, TOLD_LATELY, kind=kind)
    assert waits is not None  # aggregates always answer
    assert told is not None
    if waits["last"] is None:
        return None
    return StaffNews(waits["last"], waits["first_at"], told["n"], told["last_at"])


def take_of_staff(
    connection: database.Connection, kind: kinds.StaffKind, last: int
) -> dict[str, int]:
    """Homework or machine -> how often; these notices are gone and count as told."""
    values = {"kind": kind, "last": last}
    counts = {row["subject"]: row["n"] for row in connection.execute(OF_STAFF, values)}
    connection.execute(FORGET_OF_STAFF, values)
    connection.execute(TOLD, {"kind": kind})
    return counts


def forget(connection: database.Connection, told: Iterator[Notice] | Sequence[Notice]) -> None:
    """Notices that were told, or that nobody wants to hear of."""
    connection.execute(FORGET, {"ids": [notice.id for notice in told]})
