"""The worker: executes jobs, and sees to it that none is forgotten.

Owns the life of the engine's worker inside a process. Does not own what a job does
(`grader.service.run_grader`).

Theory of operation
    The engine's worker ends when the database goes away; it is started again after a pause until
    the service stops. Beside it a sweep looks for jobs whose worker has not been heard of (killed
    or frozen) and puts them back, and for open runs that have no job at all. The embedded database
    serves one worker, so there every job found running at a start has lost its worker and is put
    back at once instead of after the stall time.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

import procrastinate
from procrastinate import exceptions as engine_errors

from grader import errors
from grader.service import jobs
from grader.store import database, queue

log = logging.getLogger(__name__)

POLL_S = 0.2  # fallback beside notifications; a worker that finds only locked jobs sleeps this long
HEARTBEAT_S = 10.0
STALL_S = 30.0
SWEEP_S = 10.0
ORPHAN_AGE_S = 60.0
RESTART_PAUSE_S = 1.0
DRAIN_S = 30.0  # running gradings may end before they are handed back
LOST = (  # what a database that went away looks like; the engine leaves the last one as it is
    engine_errors.ProcrastinateException,
    errors.StoreUnavailable,
    database.DriverLost,
)


@dataclass(slots=True)
class Worker:
    """One worker in this process's event loop.

    Args:
        app: the engine's application.
        concurrency: runs graded at once.
        alone: no other worker uses this database.
    """

    app: procrastinate.App
    store: database.Database
    concurrency: int
    alone: bool
    drain_s: float = DRAIN_S
    alive: bool = field(default=False, init=False)
    starting: bool = field(default=True, init=False)  # until it has worked for the first time

    async def run(self) -> None:
        """Work until cancelled; then drain: running jobs end or are handed back."""
        while True:
            try:
                await self.app.open_async()
                await self._work()
                log.warning("the worker ended by itself and is started again")
            except LOST as exc:
                log.warning("the worker lost the database and is started again: %s", exc)
            finally:
                await self.app.close_async()  # a pool that did not open is there, too
            await asyncio.sleep(RESTART_PAUSE_S)

    def check(self) -> None:
        """Do nothing if the worker takes jobs.

        Raises:
            OperatorError: it does not.
        """
        if not self.alive:
            raise errors.OperatorError(
                "The worker is starting."
                if self.starting
                else "The worker is not running; it is started again."
            )

    async def _work(self) -> None:
        await self._rescue(0.0 if self.alone else STALL_S)
        sweep = asyncio.create_task(self._sweep())
        self.alive, self.starting = True, False
        try:
            await self.app.run_worker_async(
                queues=[jobs.QUEUE],
                concurrency=self.concurrency,
                fetch_job_polling_interval=POLL_S,
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=STALL_S,
                shutdown_graceful_timeout=self.drain_s,
                delete_jobs="always",  # the run keeps the history
                install_signal_handlers=False,
            )
        finally:
            self.alive = False
            sweep.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweep

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self._rescue(STALL_S)
                await asyncio.to_thread(self._requeue_orphans)
                await asyncio.to_thread(queue.renew_statistics, self.store)
            except LOST as exc:
                log.warning("the sweep could not reach the database: %s", exc)

    async def _rescue(self, silent_s: float) -> None:
        """Put back the jobs of workers not heard of for `silent_s` seconds."""
        manager = self.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silent_s):
            log.warning("job %s lost its worker and is put back", job.call_string)
            await manager.retry_job(job)

    def _requeue_orphans(self) -> None:
        for run_id in queue.orphans(self.store, ORPHAN_AGE_S):
            log.warning("run %s had no job and is queued again", run_id)
            with self.store.transaction() as connection:
                jobs.enqueue(connection, run_id)


def check_any(store: database.Database) -> None:
    """Do nothing if a worker of this database was heard of lately, on whatever machine.

    Raises:
        OperatorError: none was; uploads are accepted and wait.
    """
    if not queue.workers(store, STALL_S):
        raise errors.OperatorError(
            f"No worker was heard of for {STALL_S:.0f} s; uploads wait until one is started."
        )
