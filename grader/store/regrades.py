"""Statements about regrades: which submissions, their runs before and now, applying and reverting.

The old result is never touched: which run counts is one column of the submission, and a regrade
changes it only when it is applied.
"""

import uuid
from collections.abc import Sequence
from fractions import Fraction

from grader import models
from grader.store import codec, database, groups, rows

# Two regrades of an assignment at once would number their runs alike; the second waits here.
LOCK_ASSIGNMENT = """
SELECT pg_advisory_xact_lock(hashtext('regrade'), hashtext(%(assignment)s))"""

# What has ended, and was not called off; a student's work is told apart from others' by its owner
# and, in a batch, by its label.
CANDIDATES = """
WITH ended AS (
    SELECT s.id, s.user_id, s.label, s.created_at, r.state, x.points
      FROM submissions s JOIN runs r ON r.id = s.current_run_id
      LEFT JOIN results x ON x.run_id = r.id
     WHERE s.assignment = %(assignment)s AND r.state IN ('done', 'refused', 'failed'))
SELECT id FROM ended
 WHERE CASE %(which)s
       WHEN 'all' THEN true
       WHEN 'failed' THEN state = 'failed'
       WHEN 'chosen' THEN id = ANY(%(chosen)s)
       WHEN 'latest' THEN id IN (
            SELECT DISTINCT ON (user_id, label) id FROM ended
             ORDER BY user_id, label, created_at DESC, id)
       WHEN 'best' THEN id IN (
            SELECT DISTINCT ON (user_id, label) id FROM ended
             ORDER BY user_id, label, points DESC NULLS LAST, created_at DESC, id)
       END"""

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

ITEMS = """
SELECT i.submission_id, coalesce(nullif(s.label, ''), u.name) AS student,
       i.old_run_id, i.new_run_id, n.state, i.taken, o.report::text AS old, x.report::text AS new
  FROM regrade_items i
  JOIN submissions s ON s.id = i.submission_id
  JOIN users u ON u.id = s.user_id
  JOIN runs n ON n.id = i.new_run_id
  LEFT JOIN results o ON o.run_id = i.old_run_id
  LEFT JOIN results x ON x.run_id = i.new_run_id
 WHERE i.group_id = %(group_id)s ORDER BY student, s.created_at, s.id"""

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


def add(
    db: database.Database,
    group: rows.NewGroup,
    who: str,
    chosen: Sequence[uuid.UUID],
    enqueue: groups.Enqueue,
) -> int:
    """Make a regrade with all its runs and jobs in one transaction; how many runs it has."""
    with db.transaction() as connection:
        connection.execute(LOCK_ASSIGNMENT, {"assignment": group.assignment})
        values = {"assignment": group.assignment, "which": group.which, "chosen": list(chosen)}
        ids = [row["id"] for row in connection.execute(CANDIDATES, values)]
        if not ids:
            return 0
        groups.add(connection, group, who)
        terms = {"ids": ids, "group_id": group.id, "who": who, "why": group.reason}
        terms["priority"] = models.Priority.REGRADE
        made = connection.execute(ADD_RUNS, terms).fetchall()
        connection.execute(ADD_ITEMS, {"group_id": group.id})
        enqueue(connection, [row["id"] for row in made])
        return len(made)


def items(db: database.Database, group_id: uuid.UUID) -> list[rows.RegradeItem]:
    """Each submission with its reports before and now, by student."""
    with db.transaction() as connection:
        found = connection.execute(ITEMS, {"group_id": group_id}).fetchall()
    return [
        rows.regrade_item(row, codec.report_or_none(row["old"]), codec.report_or_none(row["new"]))
        for row in found
    ]


def apply(db: database.Database, group_id: uuid.UUID, take: models.Take, who: str) -> int | None:
    """Let new results count; how many do. None when the regrade is not in a state for it."""
    origins = (models.GroupState.OPEN, models.GroupState.REVERTED)
    with db.transaction() as connection:
        to = models.GroupState.APPLIED
        if not groups.move(connection, group_id, origins, to, who, take.value):
            return None
        scores = connection.execute(SCORES, {"group_id": group_id}).fetchall()
        wanted = [row["new_run_id"] for row in scores if _wanted(row["old"], row["new"], take)]
        values = {"group_id": group_id, "run_ids": wanted}
        return len(connection.execute(TAKE, values).fetchall())


def revert(db: database.Database, group_id: uuid.UUID, who: str) -> int | None:
    """Let the old results count again; how many do. None when the regrade is not applied."""
    with db.transaction() as connection:
        origins, to = (models.GroupState.APPLIED,), models.GroupState.REVERTED
        if not groups.move(connection, group_id, origins, to, who):
            return None
        return len(connection.execute(GIVE_BACK, {"group_id": group_id}).fetchall())


def _wanted(old: str | None, new: str | None, take: models.Take) -> bool:
    """Whether the new result counts; scores as they are stored, exact."""
    if take is models.Take.TAKE_NEW or old is None:
        return True
    return new is not None and Fraction(new) > Fraction(old)
