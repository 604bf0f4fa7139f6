"""The job engine's tasks, grading a run and checking a version, and putting jobs in its queue.

Owns what the engine knows of them: names, priorities, locks, the pauses between tries. Does not
own what an attempt does and how it ends (`service.run_grader`, `service.version_check`) nor the
process that executes jobs (`service.worker`).

The submission, its run and its job are one transaction: either all are there or none.
"""

import asyncio
import random
import uuid
from collections.abc import Sequence

import procrastinate
from procrastinate import exceptions as engine_errors
from procrastinate import jobs as engine_jobs

from grader import errors
from grader.service import daemon_thread, run_grader, version_check
from grader.store import database, queue, rows, runs, submissions

TASK = "grade"
CHECK_TASK = "check version"
QUEUE = "grading"
CHECK_PRIORITY = -10  # below every run's
RETRY_PAUSE_S = 2  # doubled with each attempt
MAX_RETRY_PAUSE_S = 60
BUSY_PAUSE_S = 10  # the same where processors are lacking
MAX_BUSY_PAUSE_S = 120
RETRY_JITTER = 0.5  # of the pause, less or more: what failed together must not come back together


class _Retry(procrastinate.BaseRetryStrategy):
    """The task has moved the run already; an exception that leaves it means `again`."""

    def get_retry_decision(
        self, *, exception: BaseException, job: engine_jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return procrastinate.RetryDecision()
        if isinstance(exception, errors.OperatorError):
            busy = isinstance(exception, errors.MachineBusy)
            pause_ms = int(retry_pause_s(job.attempts, busy=busy) * 1000)
            return procrastinate.RetryDecision(retry_in={"milliseconds": pause_ms})
        return None


def retry_pause_s(attempts: int, *, busy: bool = False) -> float:
    """Seconds until the next try after so many, drawn around twice the pause before.

    Args:
        busy: for lack of processors; a busy machine is not made faster by being asked often.
    """
    first_s, longest_s = (
        (BUSY_PAUSE_S, MAX_BUSY_PAUSE_S) if busy else (RETRY_PAUSE_S, MAX_RETRY_PAUSE_S)
    )
    pause_s = min(first_s * 2.0 ** min(attempts, 16), longest_s)
    return pause_s * random.uniform(1 - RETRY_JITTER, 1 + RETRY_JITTER)  # noqa: S311  # no secret


def application(
    grader: run_grader.RunGrader, checker: version_check.VersionChecker | None = None
) -> procrastinate.App:
    """The engine's application with its tasks, for a worker."""
    connector = procrastinate.PsycopgConnector(
        pool_factory=database.engine_pool,
        conninfo=grader.store.conninfo,
        min_size=1,
        max_size=4,
    )
    app = procrastinate.App(connector=connector)

    @app.task(name=TASK, queue=QUEUE, retry=_Retry())
    async def grade(run_id: int) -> None:
        await grader.run(run_id)

    @app.task(name=CHECK_TASK, queue=QUEUE, retry=_Retry())
    async def check_version(slug: str, number: int) -> None:
        if checker:
            await daemon_thread.run(lambda: checker.check(slug, number))

    return app


_client = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())  # never opened


def enqueue(connection: database.Connection, run_id: int) -> None:
    """Add the job of a run in the caller's transaction."""
    enqueue_all(connection, [run_id])


def enqueue_all(connection: database.Connection, run_ids: Sequence[int]) -> None:
    """Add the jobs of runs in the caller's transaction."""
    terms = queue.terms(connection, run_ids)
    if not terms:
        return
    new = [
        _client.configure_task(
            TASK, queue=QUEUE, priority=term.priority, lock=term.lock
        ).make_new_job(run_id=term.run_id)
        for term in terms
    ]
    added = _add(connection, new)
    queue.note(connection, {term.run_id: job.id for term, job in zip(terms, added, strict=True)})


def enqueue_check(connection: database.Connection, slug: str, number: int) -> None:
    """Add the job that checks a version of a homework, in the caller's transaction."""
    task = _client.configure_task(
        CHECK_TASK,
        queue=QUEUE,
        priority=CHECK_PRIORITY,
        lock=f"version of {slug}",
        task_kwargs={"slug": slug, "number": number},
    )
    _add(connection, [task.make_new_job()])


def _add(connection: database.Connection, new: list[engine_jobs.Job]) -> Sequence[engine_jobs.Job]:
    """Put jobs into the engine's queue; a lost connection raises what any other statement does."""
    try:
        return _client.job_manager.batch_defer_jobs(jobs=new, connection=connection)
    except engine_errors.ConnectorException as exc:
        raise exc.__cause__ or exc from None


def accept(store: database.Database, new: rows.NewSubmission, suite_version: str = "") -> uuid.UUID:
    """Take a submission in: row, run and job together; the id of it, or of the earlier one.

    Args:
        suite_version: an equal upload's result under this version answers it at once.
    """
    return submissions.accept(store, new, enqueue, suite_version)


def cancel(store: database.Database, run_ids: Sequence[int], who: str, why: str) -> list[int]:
    """Cancel open runs; the ids of those that were open."""
    return runs.cancel(store, run_ids, who, why)
