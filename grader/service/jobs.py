"""The job engine's one task: grade a run. Accepting an upload puts it in the queue.

Owns what happens to a run from the queue to its end, and how often it is tried. Does not own the
grading itself (`GradingPort`, declared here, implemented by `service.adapters`) nor the process
that executes jobs (`service.worker`).

Theory of operation
    The submission, its run and its job are one transaction: either all are there or none. A job
    may run twice (a frozen worker wakes after its job went to another), therefore every write
    carries the fencing token of its attempt and only one result is ever kept.

    How an attempt ends                        run           job
    report                                     done          ended
    StudentError (upload breaks a rule)        refused       ended
    OperatorError, tries left                  queued        again after a pause
    OperatorError, nothing can be graded here  queued        the same, not counted
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import procrastinate
from procrastinate import jobs as engine_jobs

from grader import errors, logs, models
from grader.service import progress_writer
from grader.store import blobs, database, queue, rows, runs, submissions

log = logging.getLogger(__name__)

TASK = "grade"
QUEUE = "grading"
RETRY_PAUSE_S = 2  # doubled with each attempt
MAX_RETRY_PAUSE_S = 60
RETRY_JITTER = 0.5  # of the pause, less or more: what failed together must not come back together

OnProgress = Callable[[models.Progress], None]


class IntakePort(Protocol):
    """What the API needs of the intake; called from several threads at once."""

    def inspect(self, slug: str, files: Sequence[tuple[str, bytes]]) -> bytes:
        """Look quickly at what was sent and return the bytes to store.

        A single zip is stored as it is; plain files are packed into one.

        Raises:
            UploadRefused: with every reason found.
        """


class GradingPort(Protocol):
    """What a worker needs of the grading; called from several threads at once."""

    def grade(
        self, slug: str, upload: bytes, *, queued_s: float, on_progress: OnProgress | None
    ) -> models.Report:
        """Grade one stored upload; blocks. What `on_progress` raises ends the grading.

        Raises:
            UploadRefused, SuiteError, OperatorError: by whose fault there is no report.
        """

    def check(self) -> None:
        """Do nothing if submissions can be graded.

        Raises:
            OperatorError: why not.
        """

    def close(self) -> None:
        """Stop what is running and let go of sandboxes."""

    def figures(self) -> Mapping[str, int]:
        """Counts of its sandboxes, for the metrics."""


class _Retry(procrastinate.BaseRetryStrategy):
    """The task has moved the run already; an exception that leaves it means `again`."""

    def get_retry_decision(
        self, *, exception: BaseException, job: engine_jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return procrastinate.RetryDecision()
        if isinstance(exception, errors.OperatorError):
            pause_ms = int(retry_pause_s(job.attempts) * 1000)
            return procrastinate.RetryDecision(retry_in={"milliseconds": pause_ms})
        return None


def retry_pause_s(attempts: int) -> float:
    """Seconds until the next try after so many, drawn around twice the pause before."""
    pause_s = min(RETRY_PAUSE_S * 2.0 ** min(attempts, 16), MAX_RETRY_PAUSE_S)
    return pause_s * random.uniform(1 - RETRY_JITTER, 1 + RETRY_JITTER)  # noqa: S311  # no secret


def _own_name() -> str:
    return f"worker {socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Grader:
    """Executes the task.

    Attributes:
        max_attempts: failures of the machine after which staff must act.
        name: of this worker, for the audit log.
    """

    store: database.Database
    uploads: blobs.Blobs
    port: GradingPort
    max_attempts: int
    name: str = field(default_factory=_own_name)

    async def run(self, run_id: int) -> None:
        """Grade one run, unless it is closed already."""
        work = await asyncio.to_thread(runs.begin, self.store, run_id, self.name)
        if work is None:
            log.info("run %s is held or closed already", run_id)
            return
        try:
            await _in_daemon_thread(lambda: self._attempt(work))
        except asyncio.CancelledError:
            await asyncio.to_thread(runs.postpone, self.store, work)
            log.info("run %s handed back: the service stops", run_id)
            raise

    def _attempt(self, work: rows.Work) -> None:
        with logs.about(run=work.run_id, submission=str(work.submission_id)):
            self._judge(work)

    def _judge(self, work: rows.Work) -> None:
        log.info("run %s attempt %s of %s starts", work.run_id, work.attempt, work.assignment)
        try:
            self._finish(work, self._grade(work))
        except errors.StudentError as exc:
            reasons = exc.reasons if isinstance(exc, errors.UploadRefused) else (str(exc),)
            runs.refuse(self.store, work, reasons)
        except progress_writer.Overtaken:
            log.info("run %s attempt %s broken off: it is another's now", work.run_id, work.attempt)
        except errors.OperatorError as exc:
            self._machine_failed(work, exc)
        except Exception as exc:
            log.exception("run %s failed, staff must act", work.run_id)
            runs.fail(self.store, work, f"{type(exc).__name__}: {exc}")

    def _grade(self, work: rows.Work) -> models.Report:
        if work.failures >= self.max_attempts:
            raise errors.OperatorError("The worker was lost each time while grading this upload.")

        upload = self.uploads.get(work.upload_sha256)
        with progress_writer.Diary(self.store, work) as notes:
            return self.port.grade(
                work.assignment, upload, queued_s=work.queued_s, on_progress=notes.tell
            )

    def _finish(self, work: rows.Work, report: models.Report) -> None:
        if progress_writer.patiently(lambda: runs.finish(self.store, work, report)):
            log.info("run %s done: %s of %s points", work.run_id, report.score, report.max_score)
        else:
            log.warning("run %s attempt %s came late, not kept", work.run_id, work.attempt)

    def _machine_failed(self, work: rows.Work, exc: errors.OperatorError) -> None:
        away = str(exc) if isinstance(exc, errors.DatabaseAway) else self._away()
        if away:
            # The whole machine, not this run: it waits until gradings are possible again.
            log.warning("run %s waits, nothing can be graded here: %s", work.run_id, away)
            runs.postpone(self.store, work, str(exc), counted=False)
            raise exc
        if work.failures + 1 < self.max_attempts:
            log.warning("run %s attempt %s postponed: %s", work.run_id, work.attempt, exc)
            runs.postpone(self.store, work, str(exc))
            raise exc
        log.error("run %s failed for good, staff must act: %s", work.run_id, exc)
        runs.fail(self.store, work, str(exc))

    def _away(self) -> str:
        """Why nothing at all can be graded here; empty when it can."""
        try:
            self.port.check()
        except errors.OperatorError as exc:
            return str(exc)
        return ""


def application(grader: Grader) -> procrastinate.App:
    """The engine's application with the one task, for a worker."""
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


def accept(store: database.Database, new: rows.NewSubmission, suite_version: str = "") -> uuid.UUID:
    """Take a submission in: row, run and job together; the id of it, or of the earlier one.

    Args:
        suite_version: an equal upload's result under this version answers it at once.
    """
    return submissions.accept(store, new, enqueue, suite_version)


def cancel(store: database.Database, run_ids: Sequence[int], who: str, why: str) -> list[int]:
    """Call off open runs; those it took effect for."""
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
