"""Statements about the queue: which job is a run's, and which runs have lost theirs.

Owns our few statements on the job engine's tables. Adding jobs is `service.jobs`'s, by the engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from grader import models
from grader.store import database

# Jobs that share a lock run one at a time. Without one, a run's own jobs do: a second job of it,
# made in doubt, must not start a second attempt beside the first.
TERMS = """
SELECT id AS run_id, priority, coalesce(lock, 'run ' || id) AS lock
  FROM runs WHERE id = ANY(%(run_ids)s) ORDER BY id"""

# Of a run `r`: 1 is the next to start, 0 once it has started. The order is the engine's: the higher
# priority first, then the older run.
PLACE: Final[LiteralString] = """
       CASE WHEN r.state = 'queued'
            THEN (SELECT count(*) FROM runs q WHERE q.state = 'queued'
                     AND (q.priority > r.priority OR (q.priority = r.priority AND q.id <= r.id)))
            ELSE 0 END"""

WAITING = """
SELECT EXISTS (SELECT FROM runs WHERE state = 'queued') AS waits"""

NOTE = """
UPDATE runs SET job_id = x.job_id
  FROM unnest(%(run_ids)s::bigint[], %(job_ids)s::bigint[]) AS x (run_id, job_id)
 WHERE id = x.run_id"""

# A job that a worker has taken already ends by itself, as its run is closed.
DROP = """
DELETE FROM procrastinate_jobs WHERE id = ANY(%(job_ids)s) AND status = 'todo'"""

# Open runs that no job will ever pick up; a young one may still be on its way.
ORPHANS = """
SELECT r.id FROM runs r
 WHERE r.state IN ('queued', 'running')
   AND r.queued_at < now() - make_interval(secs => %(age_s)s)
   AND NOT EXISTS (SELECT FROM procrastinate_jobs j
                    WHERE j.id = r.job_id AND j.status IN ('todo', 'doing'))"""


WORKERS = """
SELECT count(*) AS n FROM procrastinate_workers
 WHERE last_heartbeat > now() - make_interval(secs => %(silent_s)s)"""

SILENT = """
SELECT id FROM procrastinate_workers
 WHERE last_heartbeat <= now() - make_interval(secs => %(silent_s)s) ORDER BY id"""

# Open runs are few; those that ended are not counted here.
OPEN = """
SELECT state, priority, count(*) AS n,
       coalesce(max(extract(epoch FROM now() - queued_at)) FILTER (WHERE state = 'queued'), 0)
           ::float8 AS oldest_s
  FROM runs WHERE state IN ('queued', 'held', 'running') GROUP BY state, priority"""

# The engine's claim is planned by statistics; after a burst of uploads the database's own renewal
# comes up to a minute late, and until then a claim among thousands takes long.
ANALYZE = """
ANALYZE procrastinate_jobs"""


@dataclass(frozen=True, slots=True)
class JobTerms:
    """How a run's job stands in the queue."""

    run_id: int
    priority: int
    lock: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The queue at a moment.

    Attributes:
        open_runs: (state, priority) -> how many.
        oldest_s: age in seconds of the run that waits longest; 0 when none does.
        workers: processes heard of within the last seconds.
    """

    open_runs: Mapping[tuple[str, str], int]
    oldest_s: float
    workers: int


def figures(db: database.Database, silent_s: float) -> Figures:
    """What waits and what is being graded, for whoever watches the service."""
    with db.transaction() as connection:
        counts = connection.execute(OPEN).fetchall()
    names = {priority.value: priority.name.lower() for priority in models.Priority}
    open_runs = {(r["state"], names.get(r["priority"], str(r["priority"]))): r["n"] for r in counts}
    oldest_s = max((row["oldest_s"] for row in counts), default=0.0)
    return Figures(open_runs, oldest_s, workers(db, silent_s))


def has_waiting(db: database.Database) -> bool:
    """Whether a run waits for a worker."""
    row = db.one(WAITING)
    return bool(row and row["waits"])


def terms(connection: database.Connection, run_ids: Sequence[int]) -> list[JobTerms]:
    """The priority and lock of runs' jobs."""
    return [JobTerms(**row) for row in connection.execute(TERMS, {"run_ids": list(run_ids)})]


def note(connection: database.Connection, jobs: Mapping[int, int | None]) -> None:
    """Remember runs' jobs: run id -> job id."""
    connection.execute(NOTE, {"run_ids": list(jobs), "job_ids": list(jobs.values())})


def drop(connection: database.Connection, job_ids: Iterable[int | None]) -> None:
    """Take waiting jobs out of the queue."""
    known = [job_id for job_id in job_ids if job_id is not None]
    if known:
        connection.execute(DROP, {"job_ids": known})


def orphans(db: database.Database, age_s: float) -> list[int]:
    """Open runs older than `age_s` seconds without a waiting or running job."""
    with db.transaction() as connection:
        return [row["id"] for row in connection.execute(ORPHANS, {"age_s": age_s})]


def workers(db: database.Database, silent_s: float) -> int:
    """Worker processes heard of within the last seconds, on all machines."""
    row = db.one(WORKERS, silent_s=silent_s)
    return int(row["n"]) if row else 0


def silent_workers(db: database.Database, silent_s: float) -> list[int]:
    """Numbers of worker processes not heard of for so many seconds, and not signed off."""
    with db.transaction() as connection:
        return [row["id"] for row in connection.execute(SILENT, {"silent_s": silent_s})]


def renew_statistics(db: database.Database) -> None:
    """Let the database look at how long the queue is."""
    with db.transaction() as connection:
        connection.execute(ANALYZE)
