"""Statements that show batches and regrades line by line, without reading whole reports.

Owns what the pages of groups list. Making and moving groups is `groups`' and `regrades`'.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from grader import models
from grader.store import database, rows

PAGE = 50  # lines of a regrade on one page

BATCH = """
SELECT i.name, i.submission_id, coalesce(r.state, 'refused') AS state,
       CASE WHEN i.submission_id IS NULL THEN i.reasons ELSE r.reasons END AS reasons,
       x.points, coalesce(x.report ->> 'max_score', '0/1') AS maximum
  FROM batch_items i
  LEFT JOIN submissions s ON s.id = i.submission_id
  LEFT JOIN runs r ON r.id = s.current_run_id
  LEFT JOIN results x ON x.run_id = r.id
 WHERE i.group_id = %(group_id)s ORDER BY i.name"""

# What changed most comes first.
REGRADE = """
SELECT i.submission_id, coalesce(nullif(s.label, ''), u.name) AS student, n.state, i.taken,
       o.points AS old, x.points AS new, i.old_run_id, i.new_run_id, count(*) OVER () AS total
  FROM regrade_items i
  JOIN submissions s ON s.id = i.submission_id
  JOIN users u ON u.id = s.user_id
  JOIN runs n ON n.id = i.new_run_id
  LEFT JOIN results o ON o.run_id = i.old_run_id
  LEFT JOIN results x ON x.run_id = i.new_run_id
 WHERE i.group_id = %(group_id)s
 ORDER BY abs(coalesce(x.points, o.points, 0) - coalesce(o.points, x.points, 0)) DESC,
          student, i.submission_id
 LIMIT %(limit)s OFFSET %(offset)s"""

SUMS = """
SELECT count(*) FILTER (WHERE x.points > coalesce(o.points, -1)) AS higher,
       count(*) FILTER (WHERE x.points < o.points) AS lower,
       count(*) FILTER (WHERE x.points = o.points) AS equal,
       count(*) FILTER (WHERE i.taken) AS taken
  FROM regrade_items i
  LEFT JOIN results o ON o.run_id = i.old_run_id
  LEFT JOIN results x ON x.run_id = i.new_run_id
 WHERE i.group_id = %(group_id)s"""

# Per test, how many submissions pass it now that did not before, and the other way round.
TESTS = """
WITH told AS (
    SELECT i.submission_id, t.name, t.task, t.verdict = 'passed' AS passed, true AS new
      FROM regrade_items i JOIN results x ON x.run_id = i.new_run_id
     CROSS JOIN jsonb_to_recordset(x.report -> 'tests') AS t (name text, task text, verdict text)
     WHERE i.group_id = %(group_id)s
    UNION ALL
    SELECT i.submission_id, t.name, t.task, t.verdict = 'passed', false
      FROM regrade_items i JOIN results x ON x.run_id = i.old_run_id
     CROSS JOIN jsonb_to_recordset(x.report -> 'tests') AS t (name text, task text, verdict text)
     WHERE i.group_id = %(group_id)s
       AND EXISTS (SELECT FROM results WHERE run_id = i.new_run_id)),
pairs AS (
    SELECT submission_id, name, min(task) AS task, bool_or(passed) FILTER (WHERE new) AS now,
           bool_or(passed) FILTER (WHERE NOT new) AS before
      FROM told GROUP BY submission_id, name)
SELECT name, task, count(*) FILTER (WHERE now AND NOT before) AS gained,
       count(*) FILTER (WHERE before AND NOT now) AS lost,
       count(*) FILTER (WHERE before IS NULL) AS added,
       count(*) FILTER (WHERE now IS NULL) AS gone
  FROM pairs WHERE now IS DISTINCT FROM before
 GROUP BY name, task ORDER BY count(*) DESC, name LIMIT %(limit)s"""

PAIR = """
SELECT i.old_run_id, i.new_run_id, i.taken, coalesce(nullif(s.label, ''), u.name) AS student
  FROM regrade_items i
  JOIN submissions s ON s.id = i.submission_id
  JOIN users u ON u.id = s.user_id
 WHERE i.group_id = %(group_id)s AND i.submission_id = %(submission_id)s"""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One upload of a batch; without a submission, intake refused it for `reasons`."""

    name: str
    submission_id: uuid.UUID | None
    state: models.SubmissionState
    reasons: tuple[str, ...]
    points: float | None
    maximum: float


@dataclass(frozen=True, slots=True)
class RegradeLine:
    """One submission of a regrade; points are None where there is no result."""

    submission_id: uuid.UUID
    student: str
    state: models.SubmissionState
    taken: bool
    old: float | None
    new: float | None
    old_run_id: int
    new_run_id: int


@dataclass(frozen=True, slots=True)
class Sums:
    """How many submissions of a regrade went up, down, stayed; and of how many the new counts."""

    higher: int
    lower: int
    equal: int
    taken: int


@dataclass(frozen=True, slots=True)
class ChangedTest:
    """A test over a whole regrade: submissions that now pass it, no longer do, and so on.

    Attributes:
        added, gone: submissions in whose old, or new, report it does not stand.
    """

    name: str
    task: str
    gained: int
    lost: int
    added: int
    gone: int


@dataclass(frozen=True, slots=True)
class Pair:
    """The two runs of one submission in a regrade."""

    old_run_id: int
    new_run_id: int
    taken: bool
    student: str


def of_batch(db: database.Database, group_id: uuid.UUID) -> Sequence[BatchLine]:
    """A batch's uploads and what became of them, by name."""
    with db.transaction() as connection:
        found = connection.execute(BATCH, {"group_id": group_id}).fetchall()
    return [_batch_line(row) for row in found]


def of_regrade(
    db: database.Database, group_id: uuid.UUID, page: int = 1
) -> tuple[Sequence[RegradeLine], int]:
    """A page of a regrade's submissions, and how many there are in all."""
    values = {"group_id": group_id, "limit": PAGE, "offset": (page - 1) * PAGE}
    with db.transaction() as connection:
        found = connection.execute(REGRADE, values).fetchall()
    total = found[0]["total"] if found else 0
    return [_regrade_line(row) for row in found], total


def sums(db: database.Database, group_id: uuid.UUID) -> Sums:
    """What a regrade changed, in four numbers."""
    row = db.one(SUMS, group_id=group_id)
    assert row is not None  # an aggregate always answers
    return Sums(**row)


def changed_tests(db: database.Database, group_id: uuid.UUID) -> Sequence[ChangedTest]:
    """The tests that say something else now, most changed first; reads every report."""
    with db.transaction() as connection:
        found = connection.execute(TESTS, {"group_id": group_id, "limit": PAGE}).fetchall()
    return [ChangedTest(**row) for row in found]


def pair(db: database.Database, group_id: uuid.UUID, submission_id: uuid.UUID) -> Pair | None:
    """The runs of one submission in a regrade, None when it is not in it."""
    row = db.one(PAIR, group_id=group_id, submission_id=submission_id)
    return Pair(**row) if row else None


def _batch_line(row: rows.Row) -> BatchLine:
    numerator, denominator = row["maximum"].split("/")
    known = {"state": models.SubmissionState(row["state"]), "reasons": tuple(row["reasons"])}
    return BatchLine(**row | known | {"maximum": int(numerator) / int(denominator)})


def _regrade_line(row: rows.Row) -> RegradeLine:
    known = {name: row[name] for name in RegradeLine.__slots__}
    return RegradeLine(**known | {"state": models.SubmissionState(row["state"])})
