"""Statements about comparisons of submissions with each other: what to compare, the last report."""

import datetime
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from grader.store import attribution, database, rows

# The latest of each student that intake took, sent by themselves or in a batch; staff's own trials
# are nobody's work.
WORKS: LiteralString = (
    "WITH "  # noqa: S608  # literals, no input
    + attribution.KNOWN
    + attribution.OWN
    + ", works AS (SELECT s.id, s.created_at,"
    + attribution.PERSON
    + """ AS person, coalesce(own.id, known.id) AS user_id,
       CASE WHEN own.part = s.label THEN known.login END AS login
  FROM submissions s"""
    + attribution.BY_PERSON
    + """
 WHERE s.assignment = %(assignment)s AND"""
    + attribution.PERSON_COUNTS
    + """),
latest AS (
    SELECT DISTINCT ON (person) id FROM works ORDER BY person, created_at DESC, id),
compared AS (
    SELECT id, created_at, min(login) AS login, array_agg(DISTINCT person) AS people,
           array_agg(DISTINCT user_id) AS user_ids
      FROM works WHERE id IN (SELECT id FROM latest)
     GROUP BY id, created_at)
SELECT s.id, s.upload_sha256, coalesce(c.login,"""
    + attribution.SHOWN
    + """) AS student, c.people,
       ARRAY(SELECT DISTINCT t.team_id FROM team_members t
              WHERE t.assignment = %(assignment)s AND t.user_id = ANY(c.user_ids)
                AND t.team_id IS NOT NULL) AS teams
  FROM compared c JOIN submissions s ON s.id = c.id JOIN users u ON u.id = s.user_id
 ORDER BY c.people[1], s.created_at DESC, s.id"""
)

# Whoever was forgotten while their work was compared shall not come back by it.
THERE = """
SELECT id FROM submissions WHERE id = ANY(%(ids)s)"""

KEEP = """
INSERT INTO similarity (assignment, digest, report) VALUES
    (%(assignment)s, %(digest)s, %(report)s::jsonb)
ON CONFLICT (assignment) DO UPDATE
   SET digest = excluded.digest, report = excluded.report, made_at = now()"""

LAST = """
SELECT digest, report, made_at FROM similarity WHERE assignment = %(assignment)s"""


@dataclass(frozen=True, slots=True)
class ComparedSubmission:
    """A submission to compare, whose it is, and the teams that these are in now."""

    id: uuid.UUID
    upload_sha256: str
    student: str
    people: frozenset[str] = frozenset()
    teams: frozenset[int] = frozenset()

    def is_shared_with(self, other: "ComparedSubmission") -> bool:
        """Whether somebody is an author of both, or the authors are a team: no wonder then."""
        return bool(self.people & other.people or self.teams & other.teams)


@dataclass(frozen=True, slots=True)
class Kept:
    """The last comparison; `report` as `grader.course.similarity` made it."""

    digest: str
    report: dict[str, Any]
    made_at: datetime.datetime


def works(db: database.Database, assignment: str) -> Sequence[ComparedSubmission]:
    """The latest submission of each student."""
    with db.transaction() as connection:
        latest = connection.execute(WORKS, {"assignment": assignment}).fetchall()
    return [_compared(row) for row in latest]


def _compared(row: rows.Row) -> ComparedSubmission:
    whose = {name: frozenset(row[name]) for name in ("people", "teams")}
    return ComparedSubmission(**row | whose)


def there(
    db: database.Database, works: Sequence[ComparedSubmission]
) -> Sequence[ComparedSubmission]:
    """Those of the works that there still are."""
    with db.transaction() as connection:
        left = connection.execute(THERE, {"ids": [work.id for work in works]}).fetchall()
    ids = {row["id"] for row in left}
    return [work for work in works if work.id in ids]


def keep(db: database.Database, assignment: str, digest: str, report: dict[str, Any]) -> None:
    """Put a comparison in the place of the last one."""
    text = json.dumps(report).replace("\\u0000", "\\ufffd")  # JSON here cannot hold NUL
    with db.transaction() as connection:
        connection.execute(KEEP, {"assignment": assignment, "digest": digest, "report": text})


def last(db: database.Database, assignment: str) -> Kept | None:
    """The last comparison, if there was one."""
    row = db.one(LAST, assignment=assignment)
    return Kept(**row) if row else None
