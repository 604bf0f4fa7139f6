"""Statements that move a run through its states (drawn in migrations/0001_ground.sql).

Every statement after `begin` carries the fencing token (run id, attempt) and says by its answer
whether it took effect: a worker that was taken for dead and wakes up changes nothing.
"""

from collections.abc import Sequence

from grader import models
from grader.store import codec, database, rows

# Finding it 'running' means that an earlier attempt ended without a word.
BEGIN = """
UPDATE runs r
   SET state = 'running', attempt = r.attempt + 1, started_at = now(), tests_done = 0,
       tests_total = NULL, failures = r.failures + CASE r.state WHEN 'running' THEN 1 ELSE 0 END
  FROM submissions s
 WHERE r.id = %(run_id)s AND r.state IN ('queued', 'running') AND s.id = r.submission_id
RETURNING r.id AS run_id, r.attempt, r.failures, s.assignment, s.upload_sha256,
          extract(epoch FROM now() - r.queued_at) AS queued_s"""

RECORD = """
WITH live AS (
    UPDATE runs SET tests_done = %(done)s, tests_total = %(total)s
     WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
 RETURNING id)
INSERT INTO outcomes (run_id, attempt, position, outcome)
SELECT id, %(attempt)s, %(done)s, %(outcome)s::jsonb FROM live
ON CONFLICT DO NOTHING
RETURNING run_id"""

FINISH = """
WITH live AS (
    UPDATE runs SET state = 'done', finished_at = now(), reasons = '{}'
     WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
 RETURNING id)
INSERT INTO results (run_id, attempt, report)
SELECT id, %(attempt)s, %(report)s::jsonb FROM live
ON CONFLICT (run_id) DO NOTHING
RETURNING run_id"""

CLOSE = """
UPDATE runs SET state = %(state)s, finished_at = now(), reasons = %(reasons)s
 WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
RETURNING id"""

POSTPONE = """
UPDATE runs SET state = 'queued', failures = failures + %(failures)s, reasons = %(reasons)s
 WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
RETURNING id"""

# Open runs that no job will ever pick up; a young one may still be on its way.
ORPHANS = """
SELECT r.id FROM runs r
 WHERE r.state IN ('queued', 'running')
   AND r.queued_at < now() - make_interval(secs => %(age_s)s)
   AND NOT EXISTS (SELECT FROM procrastinate_jobs j
                    WHERE j.task_name = %(task)s AND j.status IN ('todo', 'doing')
                      AND (j.args ->> 'run_id')::bigint = r.id)"""


def begin(db: database.Database, run_id: int) -> rows.Work | None:
    """Start the next attempt; None when the run is already closed."""
    row = db.one(BEGIN, run_id=run_id)
    return rows.work(row) if row else None


def record(
    db: database.Database, work: rows.Work, outcome: models.Outcome, done: int, total: int
) -> bool:
    """Note one test's outcome. Not synced to disk by itself: after a crash it is run again."""
    values = {"done": done, "total": total, "outcome": codec.encode(outcome)}
    with db.transaction() as connection:
        connection.execute("SET LOCAL synchronous_commit TO off")
        return database.fetch_one(connection, RECORD, **_token(work), **values) is not None


def finish(db: database.Database, work: rows.Work, report: models.Report) -> bool:
    """Write the one final result; False when this attempt is no longer the run's."""
    return db.one(FINISH, **_token(work), report=codec.encode(report)) is not None


def refuse(db: database.Database, work: rows.Work, reasons: Sequence[str]) -> bool:
    """Close the run: the student must upload something else."""
    return _close(db, work, models.SubmissionState.REFUSED, reasons)


def fail(db: database.Database, work: rows.Work, reason: str) -> bool:
    """Close the run: staff must act."""
    return _close(db, work, models.SubmissionState.FAILED, [reason])


def postpone(db: database.Database, work: rows.Work, reason: str = "") -> bool:
    """Back to the queue; with a reason it counts as a failure of the machine."""
    reasons = [_clean(reason)] if reason else []
    return db.one(POSTPONE, **_token(work), failures=len(reasons), reasons=reasons) is not None


def orphans(db: database.Database, task: str, age_s: float) -> list[int]:
    """Open runs older than `age_s` seconds without a waiting or running job of that task."""
    with db.transaction() as connection:
        found = connection.execute(ORPHANS, {"task": task, "age_s": age_s})
        return [row["id"] for row in found]


def _close(
    db: database.Database, work: rows.Work, state: models.SubmissionState, reasons: Sequence[str]
) -> bool:
    values = {"state": state.value, "reasons": [_clean(r) for r in reasons]}
    return db.one(CLOSE, **_token(work), **values) is not None


def _token(work: rows.Work) -> dict[str, int]:
    return {"run_id": work.run_id, "attempt": work.attempt}


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd")  # the database's text cannot hold NUL
