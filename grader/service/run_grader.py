"""Grading one run: an attempt from its claim to the end that is written down.

Owns how an attempt ends, and how often the machine may fail before staff must act. Does not own the
grading itself (`ports.GradingPort`, implemented by `service.adapters`) nor the queue
(`service.jobs`).

Theory of operation
    A job may run twice (a frozen worker wakes after its job went to another), therefore every write
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
import socket
from dataclasses import dataclass, field

from grader import errors, logs, models
from grader.service import daemon_thread, ports, progress_writer, run_versions
from grader.store import blobs, database, regrades, rows, runs

log = logging.getLogger(__name__)


def _own_name() -> str:
    return f"worker {socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class RunGrader:
    """Grades runs, each once or more, until its report is kept or it is given up.

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
            await daemon_thread.run(lambda: self._attempt(claimed))
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
