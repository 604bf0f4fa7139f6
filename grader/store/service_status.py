"""Statements about what the service is doing now: the queue, the workers, recent endings.

Owns reading only; the queue's own statements are in `queue`.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from grader import models
from grader.store import attribution, database

FAILED_SHOWN = 10

# Only runs of a batch or a regrade are held; so both kinds are found by an index.
WAITING = """
WITH waiting AS (
    SELECT submission_id, priority, state, queued_at FROM runs WHERE state = 'queued'
     UNION ALL
    SELECT r.submission_id, r.priority, r.state, r.queued_at
      FROM run_groups g JOIN runs r ON r.group_id = g.id AND r.state = 'held')
SELECT s.assignment, r.priority, r.state, count(*) AS n,
       extract(epoch FROM now() - min(r.queued_at))::double precision AS oldest_s
  FROM waiting r JOIN submissions s ON s.id = r.submission_id
 GROUP BY s.assignment, r.priority, r.state ORDER BY r.priority DESC, s.assignment, r.state"""

RUNNING: LiteralString = (
    """
SELECT r.submission_id, s.assignment, """  # noqa: S608  # literals, no input
    + attribution.SHOWN
    + """ AS student,
       r.attempt, r.tests_done, r.tests_total, m.moved_by AS worker,
       extract(epoch FROM now() - r.started_at)::double precision AS running_s
  FROM runs r
  JOIN submissions s ON s.id = r.submission_id
  JOIN users u ON u.id = s.user_id
  LEFT JOIN LATERAL (SELECT moved_by FROM run_moves WHERE run_id = r.id AND to_state = 'running'
                      ORDER BY id DESC LIMIT 1) m ON true
 WHERE r.state = 'running' ORDER BY r.started_at"""
)

WORKERS = """
SELECT w.id, extract(epoch FROM now() - w.last_heartbeat)::double precision AS silent_s,
       (SELECT count(*) FROM procrastinate_jobs j
         WHERE j.worker_id = w.id AND j.status = 'doing') AS doing
  FROM procrastinate_workers w ORDER BY w.id"""

LAST_HOUR = """
SELECT state, count(*) AS n,
       avg(extract(epoch FROM finished_at - started_at))::double precision AS mean_s
  FROM runs WHERE finished_at > now() - interval '1 hour' GROUP BY state"""

FAILED: LiteralString = (
    """
SELECT r.submission_id, s.assignment, """
    + attribution.SHOWN
    + """ AS student,
       r.finished_at, array_to_string(r.reasons, '; ') AS reason
  FROM runs r
  JOIN submissions s ON s.id = r.submission_id AND s.current_run_id = r.id
  JOIN users u ON u.id = s.user_id
 WHERE r.state = 'failed' ORDER BY r.finished_at DESC LIMIT %(most)s"""
)


@dataclass(frozen=True, slots=True)
class WaitingRuns:
    """Runs of one kind that wait, and for how many seconds the oldest does."""

    assignment: str
    priority: int
    state: models.SubmissionState
    n: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class RunningRun:
    """A run that is being graded."""

    submission_id: uuid.UUID
    assignment: str
    student: str
    attempt: int
    tests_done: int
    tests_total: int | None
    worker: str | None
    running_s: float


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker process: seconds since it was heard of, and jobs in its hands."""

    id: int
    silent_s: float
    doing: int


@dataclass(frozen=True, slots=True)
class EndedRuns:
    """How many runs ended in a state within the last hour, and their mean seconds."""

    state: models.SubmissionState
    n: int
    mean_s: float | None


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A submission without a result by a fault of ours."""

    submission_id: uuid.UUID
    assignment: str
    student: str
    finished_at: datetime.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """All of it, in one snapshot."""

    waiting: Sequence[WaitingRuns]
    running: Sequence[RunningRun]
    workers: Sequence[WorkerProcess]
    ended: Sequence[EndedRuns]
    failed: Sequence[FailedRun]

    @property
    def queued(self) -> int:
        """Runs that wait for a worker."""
        return sum(w.n for w in self.waiting if w.state is models.SubmissionState.QUEUED)

    @property
    def held(self) -> int:
        """Runs of paused batches and regrades."""
        return sum(w.n for w in self.waiting if w.state is models.SubmissionState.HELD)

    @property
    def mean_s(self) -> float | None:
        """Mean seconds of what was graded in the last hour."""
        done = [e for e in self.ended if e.state is models.SubmissionState.DONE]
        return done[0].mean_s if done else None


def now(db: database.Database) -> ServiceStatus:
    """What the service is doing; five queries."""
    with db.transaction() as connection:
        waiting = connection.execute(WAITING).fetchall()
        running = connection.execute(RUNNING).fetchall()
        workers = connection.execute(WORKERS).fetchall()
        ended = connection.execute(LAST_HOUR).fetchall()
        failed = connection.execute(FAILED, {"most": FAILED_SHOWN}).fetchall()
    return ServiceStatus(
        [WaitingRuns(**row | {"state": models.SubmissionState(row["state"])}) for row in waiting],
        [RunningRun(**row) for row in running],
        [WorkerProcess(**row) for row in workers],
        [EndedRuns(**row | {"state": models.SubmissionState(row["state"])}) for row in ended],
        [FailedRun(**row) for row in failed],
    )
