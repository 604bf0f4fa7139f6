"""The job engine's tasks, grading a run and checking a version, and putting jobs in its queue.

Owns what happens to a run from the queue to its end, and how often it is tried. Does not own the
grading itself (`ports.GradingPort`, implemented by `service.adapters`) nor the process that
executes jobs (`service.worker`).

Theory of operation
    The submission, its run and its job are one transaction: either all are there or none. A job
    may run twice (a frozen worker wakes after its job went to another), therefore every write
    carries the fencing token of its attempt and only one result is ever kept.

    How an attempt ends                        run           job
    report                                     done          ended
    StudentError (upload breaks a rule)        refused       ended
    OperatorError, tries left                  queued        again after a pause
    OperatorError, nothing can be graded here  queued        the same, not counted
    OperatorError, no processor to spare       queued        again after longer, not counted
    OperatorError, no tries left               failed        ended
    anything else (suite, our own mistake)     failed        ended
    service stops                              queued        again at once, not counted
    cancelled, or overtaken by another         (not ours)    ended at the next test
    worker killed                              running       again by the sweep, counted
"""

import asyncio
import logging
import os
import random
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import procrastinate
from procrastinate import jobs as engine_jobs

from grader import errors, logs, models
from grader.service import ports, progress_writer, run_versions, version_check
from grader.store import blobs, database, queue, regrades, rows, runs, submissions

log = logging.getLogger(__name__)

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


def _own_name() -> str:
    return f"worker {socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class RunGrader:
    """Executes the task.

    Attributes:
        max_attempts: failures of the machine after which staff must act.
        name: of this worker, for the audit log.
        versions: chooses by which version of its homework a run is graded; without it, by the one
            that the port finds.
    """

    store: database.Database
    uploads: blobs.Blobs
    port: ports.GradingPort
    max_attempts: int
    name: str = field(default_factory=_own_name)
    versions: run_versions.RunVersions | None = None

    async def run(self, run_id: int) -> None:
        """Grade one run, unless it is closed already."""
        claimed = await asyncio.to_thread(runs.begin, self.store, run_id, self.name)
        if claimed is None:
            log.info("run %s is held or closed already", run_id)
            return
        try:
            await _in_daemon_thread(lambda: self._attempt(claimed))
        except asyncio.CancelledError:
            await asyncio.to_thread(runs.postpone, self.store, claimed)
            log.info("run %s handed back: the service stops", run_id)
            raise

    def _attempt(self, claimed: rows.ClaimedRun) -> None:
        with logs.about(run=claimed.run_id, submission=str(claimed.submission_id)):
            self._judge(claimed)

    def _judge(self, claimed: rows.ClaimedRun) -> None:
        log.info(
            "run %s attempt %s of %s starts", claimed.run_id, claimed.attempt, claimed.assignment
        )
        try:
            self._finish(claimed, self._grade(claimed))
        except errors.StudentError as exc:
            reasons = exc.reasons if isinstance(exc, errors.UploadRefused) else (str(exc),)
            runs.refuse(self.store, claimed, reasons)
        except progress_writer.LeaseLost:
            log.info(
                "run %s attempt %s broken off: it is another's now", claimed.run_id, claimed.attempt
            )
        except errors.OperatorError as exc:
            self._machine_failed(claimed, exc)
        except Exception as exc:
            log.exception("run %s failed, staff must act", claimed.run_id)
            runs.fail(self.store, claimed, f"{type(exc).__name__}: {exc}")

    def _grade(self, claimed: rows.ClaimedRun) -> models.Report:
        if claimed.failures >= self.max_attempts:
            raise errors.OperatorError("The worker stopped each time while grading this upload.")

        upload = self.uploads.get(claimed.upload_sha256)
        earlier = regrades.earlier(self.store, claimed.run_id)
        with progress_writer.ProgressWriter(self.store, claimed) as notes:
            return self.port.grade(
                claimed.assignment,
                upload,
                queued_s=claimed.queued_s,
                on_progress=notes.tell,
                earlier=earlier,
                assignment=self.versions.choose(claimed) if self.versions else None,
            )

    def _finish(self, claimed: rows.ClaimedRun, report: models.Report) -> None:
        if progress_writer.patiently(lambda: runs.finish(self.store, claimed, report)):
            points = f"{float(report.score or 0):.2f} of {float(report.max_score):.2f} points"
            log.info("run %s done: %s", claimed.run_id, points)
        else:
            log.warning("run %s attempt %s came late, not kept", claimed.run_id, claimed.attempt)

    def _machine_failed(self, claimed: rows.ClaimedRun, exc: errors.OperatorError) -> None:
        waits = isinstance(exc, errors.DatabaseAway | errors.MachineBusy)
        away = str(exc) if waits else self._away()
        if away:
            # The whole machine, not this run: it waits until gradings are possible again.
            log.warning("run %s waits, nothing can be graded here: %s", claimed.run_id, away)
            runs.postpone(self.store, claimed, str(exc), counted=False)
            raise exc
        if claimed.failures + 1 < self.max_attempts:
            log.warning("run %s attempt %s postponed: %s", claimed.run_id, claimed.attempt, exc)
            runs.postpone(self.store, claimed, str(exc))
            raise exc
        log.error("run %s failed for good, staff must act: %s", claimed.run_id, exc)
        runs.fail(self.store, claimed, str(exc))

    def _away(self) -> str:
        """Why nothing at all can be graded here; empty when it can."""
        try:
            self.port.check()
        except errors.OperatorError as exc:
            return str(exc)
        return ""


def application(
    grader: RunGrader, checker: version_check.VersionChecker | None = None
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
            await _in_daemon_thread(lambda: checker.check(slug, number))

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
    added = _client.job_manager.batch_defer_jobs(jobs=new, connection=connection)
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
    _client.job_manager.batch_defer_jobs(jobs=[task.make_new_job()], connection=connection)


def accept(store: database.Database, new: rows.NewSubmission, suite_version: str = "") -> uuid.UUID:
    """Take a submission in: row, run and job together; the id of it, or of the earlier one.

    Args:
        suite_version: an equal upload's result under this version answers it at once.
    """
    return submissions.accept(store, new, enqueue, suite_version)


def cancel(store: database.Database, run_ids: Sequence[int], who: str, why: str) -> list[int]:
    """Cancel open runs; the ids of those that were open."""
    return runs.cancel(store, run_ids, who, why)


def _in_daemon_thread(call: Callable[[], None]) -> "asyncio.Future[None]":
    """Run a blocking call in a thread that cannot keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def settle(exc: BaseException | None) -> None:
        if future.done():  # the job was handed back meanwhile
            return
        if exc is None:
            future.set_result(None)
        else:
            future.set_exception(exc)

    def work() -> None:
        failure: BaseException | None = None
        try:
            call()
        except BaseException as exc:
            failure = exc
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=work, name="grading", daemon=True).start()
    return future
