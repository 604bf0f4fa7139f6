"""Statements about the queue: which job is a run's, and which runs have lost theirs.

Owns our few statements on the job engine's tables. Adding jobs is `grader.jobs`'s, by the engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.store import database

# Jobs that share a lock run one at a time. Without one, a run's own jobs do: a second job of it,
# made in doubt, must not start a second attempt beside the first.
TERMS = """
SELECT id AS run_id, priority, coalesce(lock, 'run ' || id) AS lock
  FROM runs WHERE id = ANY(%(run_ids)s) ORDER BY id"""

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

# The engine's claim is planned by statistics; after a burst of uploads the database's own renewal
# comes up to a minute late, and until then a claim among thousands takes long.
ANALYZE = """
ANALYZE procrastinate_jobs"""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a run's job stands in the queue."""

    run_id: int
    priority: int
    lock: str


def terms(connection: database.Connection, run_ids: Sequence[int]) -> list[Terms]:
    """The priority and lock of runs' jobs."""
    return [Terms(**row) for row in connection.execute(TERMS, {"run_ids": list(run_ids)})]


def note(connection: database.Connection, jobs: Mapping[int, int | None]) -> None:
    """Remember runs' jobs: run id -> job id."""
    connection.execute(NOTE, {"run_ids": list(jobs), "job_ids": list(jobs.values())})


def drop(connection: database.Connection, job_ids: Iterable[int | None]) -> None:
    """Take waiting jobs out of the queue."""
    wanted = [job_id for job_id in job_ids if job_id is not None]
    if wanted:
        connection.execute(DROP, {"job_ids": wanted})


def orphans(db: database.Database, age_s: float) -> list[int]:
    """Open runs older than `age_s` seconds without a waiting or running job."""
    with db.transaction() as connection:
        return [row["id"] for row in connection.execute(ORPHANS, {"age_s": age_s})]


def workers(db: database.Database, silent_s: float) -> int:
    """Worker processes heard of within the last seconds, on all machines."""
    row = db.one(WORKERS, silent_s=silent_s)
    return int(row["n"]) if row else 0


def renew_statistics(db: database.Database) -> None:
    """Let the database look at how long the queue is."""
    with db.transaction() as connection:
        connection.execute(ANALYZE)
