"""Statements that move a run through its states (drawn in migrations/0002_states.sql).

Every statement after `begin` carries the fencing token (run id, attempt) and says by its answer
whether it took effect: a worker that was taken for dead and wakes up changes nothing. Every move
says who makes it and why; the database writes that down and refuses a move without it.
"""

import json
from collections.abc import Sequence
from typing import Any

from grader import models
from grader.notify import kinds
from grader.store import audit, codec, database, notices, queue, rows

# Finding it 'running' means that an earlier attempt ended without a word.
BEGIN = """
UPDATE runs r
   SET state = 'running', attempt = r.attempt + 1, started_at = now(), tests_done = 0,
       tests_total = NULL, failures = r.failures + CASE r.state WHEN 'running' THEN 1 ELSE 0 END,
       moved_by = %(worker)s,
       moved_why = CASE r.state WHEN 'running' THEN 'the attempt before ended without a word'
                                ELSE 'its turn in the queue' END
  FROM submissions s
 WHERE r.id = %(run_id)s AND r.state IN ('queued', 'running') AND s.id = r.submission_id
RETURNING r.id AS run_id, r.attempt, r.failures, s.assignment, s.upload_sha256,
          s.id AS submission_id,
          (SELECT g.version FROM run_groups g WHERE g.id = r.group_id) AS asked_version,
          extract(epoch FROM now() - r.queued_at) AS queued_s, %(worker)s::text AS worker"""

VERSION = """
UPDATE runs SET version = %(version)s
 WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'"""

RECORD = """
WITH live AS (
    UPDATE runs SET tests_done = coalesce(%(done)s, tests_done),
                    tests_total = coalesce(%(total)s, tests_total),
                    notes = coalesce(%(notes)s::text[], notes)
     WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
 RETURNING id),
told AS (
    INSERT INTO run_events (run_id, attempt, kind, data)
    SELECT live.id, %(attempt)s, news.kind, news.data::jsonb
      FROM live, unnest(%(kinds)s::text[], %(data)s::text[])
                 WITH ORDINALITY AS news (kind, data, place)
     ORDER BY news.place
    ON CONFLICT DO NOTHING)
SELECT id, CASE WHEN %(notes)s::text[] IS NOT NULL THEN pg_notify('run_events', id::text) END
  FROM live"""

FINISH = """
WITH live AS (
    UPDATE runs SET state = 'done', finished_at = now(), reasons = '{}',
                    moved_by = %(worker)s, moved_why = 'graded'
     WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
 RETURNING id)
INSERT INTO results (run_id, attempt, report)
SELECT id, %(attempt)s, %(report)s::jsonb FROM live
ON CONFLICT (run_id) DO NOTHING
RETURNING run_id"""

# A regrade's result where there was none: nobody need look at a difference first.
COUNT_AT_ONCE = """
WITH item AS (
    SELECT i.group_id, i.submission_id, i.old_run_id, i.new_run_id
      FROM regrade_items i JOIN runs o ON o.id = i.old_run_id
     WHERE i.new_run_id = %(run_id)s AND NOT i.taken AND o.state::text = ANY(%(instead_of)s)
       AND NOT EXISTS (SELECT FROM results WHERE run_id = i.old_run_id)),
counted AS (
    UPDATE submissions s SET current_run_id = item.new_run_id FROM item
     WHERE s.id = item.submission_id AND s.current_run_id = item.old_run_id
 RETURNING s.id)
UPDATE regrade_items i SET taken = true FROM counted, item
 WHERE i.group_id = item.group_id AND i.submission_id = item.submission_id
   AND counted.id = item.submission_id"""

CLOSE = """
UPDATE runs SET state = %(state)s, finished_at = now(), reasons = %(reasons)s,
                moved_by = %(worker)s, moved_why = %(why)s
 WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
RETURNING id"""

POSTPONE = """
UPDATE runs SET state = 'queued', failures = failures + %(failures)s, reasons = %(reasons)s,
                moved_by = %(worker)s, moved_why = %(why)s
 WHERE id = %(run_id)s AND attempt = %(attempt)s AND state = 'running'
RETURNING id"""

CANCEL = """
UPDATE runs r SET state = 'cancelled', finished_at = now(), moved_by = %(who)s, moved_why = %(why)s
  FROM submissions s
 WHERE r.id = ANY(%(run_ids)s) AND r.state IN ('queued', 'held', 'running')
   AND s.id = r.submission_id
RETURNING r.id, r.job_id, s.id AS submission_id, s.assignment"""


def begin(db: database.Database, run_id: int, worker: str) -> rows.ClaimedRun | None:
    """Start the next attempt; None when the run is held or closed already."""
    row = db.one(BEGIN, run_id=run_id, worker=worker)
    return rows.claimed_run(row) if row else None


def note_version(db: database.Database, claimed: rows.ClaimedRun, number: int | None) -> None:
    """Note by which version of its homework this attempt grades."""
    with db.transaction() as connection:
        connection.execute(VERSION, _token(claimed) | {"version": number})


def record(db: database.Database, claimed: rows.ClaimedRun, *news: models.Progress) -> bool:
    """Note what a run tells, in order; False when this attempt is not the run's now.

    Of a phase only the name is kept, as everybody may read it. Not synced to disk by itself:
    after a crash the test is run again.
    """
    last = next((one for one in reversed(news) if isinstance(one, models.Tested)), None)
    said = next((one.notes for one in reversed(news) if isinstance(one, models.UploadNoted)), None)
    told = [one for one in news if not isinstance(one, models.UploadNoted)]
    values: dict[str, Any] = {
        "done": last and last.done,
        "total": last and last.total,
        "notes": None if said is None else [codec.plain_text(note) for note in said],
        "kinds": ["test" if isinstance(one, models.Tested) else "phase" for one in told],
        "data": [_kept(one) for one in told],
    }
    with db.transaction() as connection:
        connection.execute("SET LOCAL synchronous_commit TO off")
        return database.fetch_one(connection, RECORD, **_token(claimed), **values) is not None


def _kept(news: models.Tested | models.PhaseEnded) -> str:
    if isinstance(news, models.PhaseEnded):
        return json.dumps({"phase": news.phase.value})
    return codec.encode(news)


def finish(db: database.Database, claimed: rows.ClaimedRun, report: models.Report) -> bool:
    """Write the one final result; False when this attempt is no longer the run's.

    A regrade's counts at once where there was no result before.
    """
    values = {**_token(claimed), "report": codec.encode(report)}
    with db.transaction() as connection:
        if database.fetch_one(connection, FINISH, **values) is None:
            return False
        _count_at_once(
            connection, claimed, models.SubmissionState.FAILED, models.SubmissionState.REFUSED
        )
        notices.run_ended(connection, claimed.run_id)
        if any(test.fault for test in report.tests):
            kind = kinds.StaffKind.BROKEN_SUITES
            notices.for_staff(connection, kind, claimed.assignment, claimed.submission_id)
        return True


def refuse(db: database.Database, claimed: rows.ClaimedRun, reasons: Sequence[str]) -> bool:
    """Close the run: the student must upload something else."""
    return _close(db, claimed, models.SubmissionState.REFUSED, reasons)


def fail(db: database.Database, claimed: rows.ClaimedRun, reason: str) -> bool:
    """Close the run: staff must act."""
    return _close(db, claimed, models.SubmissionState.FAILED, [reason])


def postpone(
    db: database.Database, claimed: rows.ClaimedRun, reason: str = "", *, counted: bool = True
) -> bool:
    """Back to the queue; a reason counts as a failure of the machine, unless told otherwise."""
    reasons = [_clean(reason)] if reason else []
    why = reasons[0] if reasons else "handed back: the worker stops"
    failures = len(reasons) if counted else 0
    values = {"failures": failures, "reasons": reasons, "why": why}
    return db.one(POSTPONE, **_token(claimed), **values) is not None


def cancel(db: database.Database, run_ids: Sequence[int], who: str, why: str) -> list[int]:
    """Cancel open runs; the ids of those that were. A worker on one stops at its next test."""
    with db.transaction() as connection:
        values = {"run_ids": list(run_ids), "who": who, "why": _clean(why)}
        cancelled = connection.execute(CANCEL, values).fetchall()
        queue.drop(connection, [row["job_id"] for row in cancelled])
        for row in cancelled:
            subject, detail = str(row["submission_id"]), {"why": values["why"]}
            about = {"assignment": row["assignment"], "subject": subject}
            audit.note(connection, who, "submission cancelled", **about, detail=detail)
        return [row["id"] for row in cancelled]


def _close(
    db: database.Database,
    claimed: rows.ClaimedRun,
    state: models.SubmissionState,
    reasons: Sequence[str],
) -> bool:
    said = [_clean(reason) for reason in reasons]
    values = {"state": state.value, "reasons": said, "why": "; ".join(said)}
    with db.transaction() as connection:
        if database.fetch_one(connection, CLOSE, **_token(claimed), **values) is None:
            return False
        if state is models.SubmissionState.REFUSED:  # the student can act on that, not on a failure
            _count_at_once(connection, claimed, models.SubmissionState.FAILED)
            notices.run_ended(connection, claimed.run_id)
        else:
            kind = kinds.StaffKind.FAILED_GRADINGS
            notices.for_staff(connection, kind, claimed.assignment, claimed.submission_id)
        return True


def _count_at_once(
    connection: database.Connection,
    claimed: rows.ClaimedRun,
    *instead_of: models.SubmissionState,
) -> None:
    values = {"run_id": claimed.run_id, "instead_of": [state.value for state in instead_of]}
    connection.execute(COUNT_AT_ONCE, values)


def _token(claimed: rows.ClaimedRun) -> dict[str, int | str]:
    return {"run_id": claimed.run_id, "attempt": claimed.attempt, "worker": claimed.worker}


def _clean(text: str) -> str:
    return codec.plain_text(text) or "-"
