"""Statements about regrades: which submissions, their runs before and now, applying and reverting.

The old result is never touched: which run counts is one column of the submission, and a regrade
changes it only when it is applied.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import LiteralString

from grader import models
from grader.store import attribution, bulk_operations, codec, database, notices, rows

LINES_PER_PAGE = 50

# Two regrades of an assignment at once would number their runs alike; the second waits here.
LOCK_ASSIGNMENT = """
SELECT pg_advisory_xact_lock(hashtext('regrade'), hashtext(%(assignment)s))"""

# What has ended, and was not cancelled; a student's work is theirs, sent by themselves or in a
# batch.
CANDIDATES: LiteralString = (
    "WITH "  # noqa: S608  # literals, no input
    + attribution.KNOWN
    + attribution.OWN
    + """,
ended AS (
    SELECT s.id, s.created_at, r.state, x.points,"""
    + attribution.PERSON
    + """ AS person
      FROM submissions s JOIN runs r ON r.id = s.current_run_id
      LEFT JOIN results x ON x.run_id = r.id
"""
    + attribution.BY_PERSON
    + """
     WHERE s.assignment = %(assignment)s AND r.state IN ('done', 'refused', 'failed'))
SELECT DISTINCT id FROM ended
 WHERE CASE %(which)s
       WHEN 'all' THEN true
       WHEN 'failed' THEN state = 'failed'
       WHEN 'chosen' THEN id = ANY(%(chosen)s)
       WHEN 'latest' THEN id IN (
            SELECT DISTINCT ON (person) id FROM ended
             ORDER BY person, created_at DESC, id)
       WHEN 'best' THEN id IN (
            SELECT DISTINCT ON (person) id FROM ended
             ORDER BY person, points DESC NULLS LAST, created_at DESC, id)
       END"""
)

ADD_RUNS = """
INSERT INTO runs (submission_id, number, priority, group_id, moved_by, moved_why)
SELECT s.id, (SELECT max(number) + 1 FROM runs WHERE submission_id = s.id), %(priority)s,
       %(group_id)s, %(who)s, %(why)s
  FROM submissions s WHERE s.id = ANY(%(ids)s) ORDER BY s.created_at, s.id
RETURNING id, submission_id"""

ADD_ITEMS = """
INSERT INTO regrade_items (group_id, submission_id, old_run_id, new_run_id)
SELECT %(group_id)s, s.id, s.current_run_id, r.id
  FROM runs r JOIN submissions s ON s.id = r.submission_id WHERE r.group_id = %(group_id)s"""

ITEMS: LiteralString = (
    """
SELECT i.submission_id, """
    + attribution.SHOWN
    + """ AS student,
       i.old_run_id, i.new_run_id, n.state, i.taken, o.report::text AS old, x.report::text AS new
  FROM regrade_items i
  JOIN submissions s ON s.id = i.submission_id
  JOIN users u ON u.id = s.user_id
  JOIN runs n ON n.id = i.new_run_id
  LEFT JOIN results o ON o.run_id = i.old_run_id
  LEFT JOIN results x ON x.run_id = i.new_run_id
 WHERE i.group_id = %(group_id)s ORDER BY student, s.created_at, s.id"""
)

SCORES = """
SELECT i.new_run_id, o.report ->> 'score' AS old, x.report ->> 'score' AS new
  FROM regrade_items i
  JOIN results x ON x.run_id = i.new_run_id
  LEFT JOIN results o ON o.run_id = i.old_run_id
 WHERE i.group_id = %(group_id)s"""

# Where another regrade was applied meanwhile, that one stands.
TAKE = """
WITH counted AS (
    UPDATE submissions s SET current_run_id = i.new_run_id FROM regrade_items i
     WHERE i.group_id = %(group_id)s AND i.new_run_id = ANY(%(run_ids)s)
       AND s.id = i.submission_id AND s.current_run_id = i.old_run_id
 RETURNING s.id)
UPDATE regrade_items i SET taken = true FROM counted
 WHERE i.group_id = %(group_id)s AND i.submission_id = counted.id
RETURNING i.submission_id"""

GIVE_BACK = """
WITH counted AS (
    UPDATE submissions s SET current_run_id = i.old_run_id FROM regrade_items i
     WHERE i.group_id = %(group_id)s AND i.taken
       AND s.id = i.submission_id AND s.current_run_id = i.new_run_id
 RETURNING s.id)
UPDATE regrade_items i SET taken = false FROM counted
 WHERE i.group_id = %(group_id)s AND i.submission_id = counted.id
RETURNING i.submission_id"""

NOTE_REASON = """
UPDATE run_groups SET applied_at = now(), applied_reason = %(reason)s WHERE id = %(group_id)s"""

TOLD = """
SELECT i.old_run_id, coalesce(g.applied_at, n.finished_at) AS at, g.applied_reason AS reason
  FROM regrade_items i
  JOIN run_groups g ON g.id = i.group_id
  JOIN runs n ON n.id = i.new_run_id
 WHERE i.new_run_id = %(run_id)s AND i.taken"""

EARLIER = """
SELECT x.report::text AS report
  FROM regrade_items i
  JOIN run_groups g ON g.id = i.group_id
  JOIN results x ON x.run_id = i.old_run_id
 WHERE i.new_run_id = %(run_id)s AND NOT g.every_test"""

# What changed most comes first.
LINES: LiteralString = (
    """
SELECT i.submission_id, """
    + attribution.SHOWN
    + """ AS student, n.state, i.taken,
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
)

SUMS = """
SELECT count(*) FILTER (WHERE x.points > coalesce(o.points, -1)) AS higher,
       count(*) FILTER (WHERE x.points < o.points) AS lower,
       count(*) FILTER (WHERE x.points = o.points) AS equal,
       count(*) FILTER (WHERE i.taken) AS taken,
       coalesce(sum(x.ran), 0) AS ran,
       coalesce(sum(x.kept), 0) AS kept
  FROM regrade_items i
  LEFT JOIN results o ON o.run_id = i.old_run_id
  LEFT JOIN results x ON x.run_id = i.new_run_id
 WHERE i.group_id = %(group_id)s"""

# Per test, how many submissions pass it now that did not before, and the other way round.
CHANGED_TESTS = """
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

RUNS_OF: LiteralString = (
    """
SELECT i.old_run_id, i.new_run_id, i.taken, """
    + attribution.SHOWN
    + """ AS student
  FROM regrade_items i
  JOIN submissions s ON s.id = i.submission_id
  JOIN users u ON u.id = s.user_id
 WHERE i.group_id = %(group_id)s AND i.submission_id = %(submission_id)s"""
)


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
    """What a regrade did, in numbers.

    Attributes:
        higher, lower, equal: submissions by their points now and before.
        taken: submissions whose new result counts.
        ran, kept: tests that were run, and results kept of the runs before, of all submissions.
    """

    higher: int
    lower: int
    equal: int
    taken: int
    ran: int
    kept: int


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
class CountingRegrade:
    """Why a submission has the result that counts: since when, in place of which run, for what."""

    old_run_id: int
    at: datetime.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RegradedRuns:
    """The two runs of one submission in a regrade."""

    old_run_id: int
    new_run_id: int
    taken: bool
    student: str


def add(
    db: database.Database,
    regrade: rows.NewBulkOperation,
    who: str,
    chosen: Sequence[uuid.UUID],
    enqueue: bulk_operations.Enqueue,
) -> int:
    """Make a regrade with all its runs and jobs in one transaction; how many runs it has."""
    with db.transaction() as connection:
        connection.execute(LOCK_ASSIGNMENT, {"assignment": regrade.assignment})
        values = {"assignment": regrade.assignment, "which": regrade.which, "chosen": list(chosen)}
        ids = [row["id"] for row in connection.execute(CANDIDATES, values)]
        if not ids:
            return 0
        bulk_operations.add(connection, regrade, who)
        terms = {"ids": ids, "group_id": regrade.id, "who": who, "why": regrade.reason}
        terms["priority"] = models.Priority.REGRADE
        made = connection.execute(ADD_RUNS, terms).fetchall()
        connection.execute(ADD_ITEMS, {"group_id": regrade.id})
        enqueue(connection, [row["id"] for row in made])
        return len(made)


def items(db: database.Database, regrade_id: uuid.UUID) -> list[rows.RegradeItem]:
    """Each submission with its reports before and now, by student."""
    with db.transaction() as connection:
        items = connection.execute(ITEMS, {"group_id": regrade_id}).fetchall()
    return [
        rows.regrade_item(row, codec.report_or_none(row["old"]), codec.report_or_none(row["new"]))
        for row in items
    ]


def apply(
    db: database.Database, regrade_id: uuid.UUID, take: models.Take, who: str, reason: str = ""
) -> int | None:
    """Let new results count; how many do. None when the regrade is not in a state for it.

    Args:
        reason: what their students read.
    """
    origins = (models.BulkState.OPEN, models.BulkState.REVERTED)
    with db.transaction() as connection:
        to = models.BulkState.APPLIED
        if not bulk_operations.move(connection, regrade_id, origins, to, who, take.value):
            return None
        scores = connection.execute(SCORES, {"group_id": regrade_id}).fetchall()
        run_ids = [row["new_run_id"] for row in scores if _counts(row["old"], row["new"], take)]
        connection.execute(NOTE_REASON, {"group_id": regrade_id, "reason": reason})
        values = {"group_id": regrade_id, "run_ids": run_ids}
        return _told(connection, regrade_id, connection.execute(TAKE, values).fetchall())


def revert(db: database.Database, regrade_id: uuid.UUID, who: str) -> int | None:
    """Let the old results count again; how many do. None when the regrade is not applied."""
    with db.transaction() as connection:
        origins, to = (models.BulkState.APPLIED,), models.BulkState.REVERTED
        if not bulk_operations.move(connection, regrade_id, origins, to, who):
            return None
        changed = connection.execute(GIVE_BACK, {"group_id": regrade_id}).fetchall()
        return _told(connection, regrade_id, changed)


def lines(
    db: database.Database, regrade_id: uuid.UUID, page: int = 1
) -> tuple[Sequence[RegradeLine], int]:
    """A page of a regrade's submissions, and how many there are in all."""
    values = {
        "group_id": regrade_id,
        "limit": LINES_PER_PAGE,
        "offset": (page - 1) * LINES_PER_PAGE,
    }
    with db.transaction() as connection:
        page_rows = connection.execute(LINES, values).fetchall()
    total = page_rows[0]["total"] if page_rows else 0
    return [_regrade_line(row) for row in page_rows], total


def sums(db: database.Database, regrade_id: uuid.UUID) -> Sums:
    """What a regrade did, in numbers."""
    row = db.one(SUMS, group_id=regrade_id)
    assert row is not None  # an aggregate always answers
    return Sums(**row)


def changed_tests(db: database.Database, regrade_id: uuid.UUID) -> Sequence[ChangedTest]:
    """The tests that say something else now, most changed first; reads every report."""
    with db.transaction() as connection:
        changed = connection.execute(
            CHANGED_TESTS, {"group_id": regrade_id, "limit": LINES_PER_PAGE}
        ).fetchall()
    return [ChangedTest(**row) for row in changed]


def runs_of(
    db: database.Database, regrade_id: uuid.UUID, submission_id: uuid.UUID
) -> RegradedRuns | None:
    """The runs of one submission in a regrade, None when it is not in it."""
    row = db.one(RUNS_OF, group_id=regrade_id, submission_id=submission_id)
    return RegradedRuns(**row) if row else None


def counting(db: database.Database, run_id: int) -> CountingRegrade | None:
    """The regrade by which this run counts; None where it is a submission's first."""
    row = db.one(TOLD, run_id=run_id)
    return CountingRegrade(**row) if row else None


def _told(
    connection: database.Connection, regrade_id: uuid.UUID, changed: Sequence[rows.Row]
) -> int:
    """Note for whom another result counts now; how many they are."""
    notices.regraded(connection, regrade_id, [row["submission_id"] for row in changed])
    return len(changed)


def earlier(db: database.Database, run_id: int) -> models.Report | None:
    """The report of which a regrade's run may keep results; None where it runs every test."""
    row = db.one(EARLIER, run_id=run_id)
    return codec.report(row["report"]) if row else None


def _counts(old: str | None, new: str | None, take: models.Take) -> bool:
    """Whether the new result counts; scores as they are stored, exact."""
    if take is models.Take.TAKE_NEW or old is None:
        return True
    return new is not None and Fraction(new) > Fraction(old)


def _regrade_line(row: rows.Row) -> RegradeLine:
    known = {name: row[name] for name in RegradeLine.__slots__}
    return RegradeLine(**known | {"state": models.SubmissionState(row["state"])})
