"""Statements about whose scores for an LMS may have changed, and about its columns.

Owns the table `lti_due`, and the columns that are missing or gone. Whatever changes a score adds to
the table by a trigger (migrations/0060_lti.sql), in its own transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.store import database

LOCK = """
SELECT pg_try_advisory_xact_lock(hashtext('lti scores')) AS is_ours"""

DUE = """
SELECT assignment, array_agg(DISTINCT user_id) AS users, max(id) AS last FROM lti_due
 WHERE assignment <> ALL(%(held)s) GROUP BY assignment ORDER BY assignment"""

DUE_FOR = """
SELECT DISTINCT assignment FROM lti_due"""

LINKED = """
SELECT DISTINCT assignment FROM lti_links ORDER BY assignment"""

HOMEWORK_DUE = """
SELECT lti_due_for(%(assignment)s, NULL)"""

COURSE_DUE = """
SELECT lti_due_for(s.assignment, NULL) FROM (SELECT DISTINCT assignment FROM lti_links) s
 WHERE %(course)s = coalesce((SELECT ca.course FROM course_assignments ca
                               WHERE ca.assignment = s.assignment), 'main')"""

SETTLED = """
DELETE FROM lti_due WHERE assignment = %(assignment)s AND id <= %(last)s"""

EVERYBODY_DUE = """
INSERT INTO lti_due (assignment)
SELECT DISTINCT l.assignment FROM lti_links l JOIN lti_contexts c ON c.id = l.context_id
 WHERE c.accepted_at IS NOT NULL AND (%(assignment)s = '' OR l.assignment = %(assignment)s)"""

COLUMNS_WANTED = """
SELECT DISTINCT ON (c.id, l.assignment) c.id AS context_id, c.platform_id, c.line_items_url,
       l.assignment
  FROM lti_links l JOIN lti_contexts c ON c.id = l.context_id
 WHERE c.may_make_items AND c.line_items_url <> ''
   AND c.course = coalesce((SELECT ca.course FROM course_assignments ca
                             WHERE ca.assignment = l.assignment), 'main')
   AND NOT EXISTS (SELECT FROM lti_columns k
                    WHERE k.context_id = c.id AND k.assignment = l.assignment)
 ORDER BY c.id, l.assignment"""

FORGET_COLUMN = """
DELETE FROM lti_columns k
 WHERE k.id = %(id)s
   AND EXISTS (SELECT FROM lti_columns o
                WHERE o.context_id = k.context_id AND o.assignment = k.assignment
                  AND o.id > k.id)"""


@dataclass(frozen=True, slots=True)
class Due:
    """A homework with those whose score may have changed; None: anybody's."""

    assignment: str
    users: tuple[int, ...] | None
    last: int


@dataclass(frozen=True, slots=True)
class WantedColumn:
    """A homework for which a course of an LMS has no column yet."""

    context_id: int
    platform_id: int
    line_items_url: str
    assignment: str


def lock(connection: database.Connection) -> bool:
    """Whether this transaction alone decides what is sent."""
    row = database.fetch_one(connection, LOCK)
    return bool(row and row["is_ours"])


def homeworks_due(connection: database.Connection) -> list[str]:
    """Homeworks of which a score may have changed."""
    return [row["assignment"] for row in connection.execute(DUE_FOR)]


def due(connection: database.Connection, held: Sequence[str]) -> list[Due]:
    """Whose scores may have changed, by homework.

    Args:
        held: homeworks of which nothing is sent yet.
    """
    found = connection.execute(DUE, {"held": list(held)})
    return [
        Due(
            row["assignment"],
            None if None in row["users"] else tuple(row["users"]),
            row["last"],
        )
        for row in found
    ]


def linked(connection: database.Connection) -> list[str]:
    """Homeworks that links of an LMS open."""
    return [row["assignment"] for row in connection.execute(LINKED)]


def homework_changed(connection: database.Connection, assignment: str) -> None:
    """What everybody gets for a homework may have changed, in the caller's transaction."""
    connection.execute(HOMEWORK_DUE, {"assignment": assignment})


def course_changed(connection: database.Connection, course: str) -> None:
    """The same for all homeworks of a course."""
    connection.execute(COURSE_DUE, {"course": course})


def settled(connection: database.Connection, one: Due) -> None:
    """What was due has been looked at."""
    connection.execute(SETTLED, {"assignment": one.assignment, "last": one.last})


def everybody_due(db: database.Database, assignment: str = "") -> None:
    """Look at everybody's score again, of one homework or of all."""
    with db.transaction() as connection:
        connection.execute(EVERYBODY_DUE, {"assignment": assignment})


def forget_column(db: database.Database, column_id: int) -> None:
    """A column that is gone at the platform goes here where a newer one is in its place."""
    with db.transaction() as connection:
        connection.execute(FORGET_COLUMN, {"id": column_id})


def columns_wanted(db: database.Database) -> list[WantedColumn]:
    """Homeworks without a column in a course that lets us make one."""
    with db.transaction() as connection:
        return [WantedColumn(**row) for row in connection.execute(COLUMNS_WANTED)]
