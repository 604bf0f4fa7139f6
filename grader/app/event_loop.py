"""What runs in the event loop of one process: worker, API, messages, chores.

Owns the order in which these start and stop, and the signals.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import uvicorn
from fastapi import FastAPI

from grader import settings, wording
from grader.api import application
from grader.app import opened, parts
from grader.http import connections, public_address
from grader.notify import channels
from grader.sandbox import capacity
from grader.service import (
    context,
    course,
    course_folder,
    folder_watch,
    housekeeping,
    jobs,
    lti_platforms,
    lti_scores,
    metrics,
    ports,
    postman,
    run_grader,
    run_versions,
    version_check,
    watch,
    worker,
)
from grader.store import blobs, database, queue, run_events
from grader.web import oidc, sessions, site

log = logging.getLogger(__name__)

READY_POLL_S = 0.05
# With less room the service is not ready: a deadline's uploads need some.
MIN_FREE_BYTES = 512 * wording.MB


class Service:
    """What runs inside the event loop."""

    def __init__(
        self,
        chosen: settings.Settings,
        store: database.Database,
        sock: socket.socket,
        parts: parts.Parts,
    ) -> None:
        self._settings, self._store, self._sock, self._parts = chosen, store, sock, parts
        self._address = public_address.chosen(chosen)
        self._channels = channels.chosen(chosen)
        self._stop = asyncio.Event()
        self._notices = run_events.Notices(store.conninfo)
        self._metrics = metrics.Metrics()

    async def run(self, ready: Callable[[str], None] | None) -> None:
        """Start everything, wait for a signal or a part that fails, stop everything."""
        self._catch_signals()
        uploads = opened.uploads_of(self._settings)
        folder = course_folder.of_service(self._settings)
        folder.published = opened.published_of(self._settings, self._store, uploads)
        folder.report()
        checks = self._checks(uploads)
        tasks: list[asyncio.Task[None]] = []
        async with contextlib.AsyncExitStack() as stack:
            if self._settings.role != "worker":
                self._metrics.watch_queue(lambda: queue.figures(self._store, worker.STALL_S))
            if self._settings.role != "api":
                grading = await stack.enter_async_context(self._grading())
                tasks += self._start_worker(grading, uploads, checks)
            services = self._services(uploads, checks)
            tasks += self._start_messages(services)
            api_server = self._server(services)
            tasks.append(asyncio.create_task(api_server.serve(sockets=[self._sock]), name="api"))
            tasks.append(asyncio.create_task(self._announce(ready), name="announce"))
            await self._until_stopped(tasks)
            api_server.should_exit = True
            self._notices.close()
            await self._end(tasks)

    def _start_worker(
        self, port: ports.GradingPort, uploads: blobs.Blobs, checks: dict[str, Callable[[], None]]
    ) -> list["asyncio.Task[None]"]:
        """Begin to grade and to tidy up; what must hold for it is added to `checks`."""
        grading = self._metrics.measured(port, course_folder.of_service(self._settings).slugs())
        self._metrics.watch_sandboxes(grading.figures)
        runner = self._worker(grading, uploads)
        checks |= {"worker": runner.check, "grading": grading.check}
        chores = housekeeping.run(
            self._store, uploads, self._settings.retention_days, self._course()
        )
        return [
            asyncio.create_task(runner.run(), name="worker"),
            asyncio.create_task(chores, name="housekeeping"),
        ]

    def _course(self) -> course.Course:
        return course.Course(course_folder.of_service(self._settings), self._store)

    def _checks(self, uploads: blobs.Blobs) -> dict[str, Callable[[], None]]:
        """What must hold in every role, and in the role `api` that somebody else grades."""
        checks: dict[str, Callable[[], None]] = {
            "database": self._store.ping,
            "disk": lambda: housekeeping.check_disk(self._settings.data_dir, MIN_FREE_BYTES),
            "uploads": lambda: uploads.check(MIN_FREE_BYTES),
        }
        if self._settings.role == "api":
            checks["workers"] = lambda: worker.check_any(self._store)
        return checks

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def stop(number: signal.Signals) -> None:
            log.info("%s: stopping; once more to end at once", number.name)
            loop.remove_signal_handler(number)
            self._stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop, number)

    @contextlib.asynccontextmanager
    async def _grading(self) -> AsyncIterator[ports.GradingPort]:
        grading = await asyncio.to_thread(self._parts.grading, self._settings)
        try:
            yield grading
        finally:
            await asyncio.to_thread(grading.close)

    def _worker(self, grading: ports.GradingPort, uploads: blobs.Blobs) -> worker.Worker:
        folder = course_folder.of_service(self._settings)
        grader = run_grader.RunGrader(
            self._store,
            uploads,
            grading,
            self._settings.max_attempts,
            versions=run_versions.RunVersions(self._store, folder),
        )
        live = folder.published
        checker = version_check.VersionChecker(self._store, folder, live, grading) if live else None
        return worker.Worker(
            jobs.application(grader, checker),
            self._store,
            concurrency=capacity.workers(self._settings),
            alone=not self._settings.database_url,
        )

    def _start_messages(self, services: context.Services) -> list["asyncio.Task[None]"]:
        """Look after this part of the service, and tell those who want to hear of it."""
        look = watch.Watch(services, self._settings.role)
        tasks = [
            asyncio.create_task(look.run(), name="watch"),
            asyncio.create_task(folder_watch.run(services.course), name="folder"),
        ]
        if self._settings.role != "worker":  # it has no way out
            tasks.append(asyncio.create_task(postman.Postman(services).run(), name="postman"))
            tasks.append(asyncio.create_task(lti_scores.Registrar(services).run(), name="scores"))
        return tasks

    def _services(
        self, uploads: blobs.Blobs, checks: Mapping[str, Callable[[], None]]
    ) -> context.Services:
        return context.Services(
            course=self._course(),
            store=self._store,
            uploads=uploads,
            intake=self._parts.intake(self._settings),
            views=self._parts.views(),
            notices=self._notices,
            workers=capacity.workers(self._settings),
            max_batch_mb=self._settings.max_batch_mb,
            checks=checks,
            counts=self._metrics,
            metrics_token=self._settings.metrics_token,
            channels=self._channels,
            lti=lti_platforms.connections_of(self._channels),
        )

    def _server(self, services: context.Services) -> uvicorn.Server:
        config = uvicorn.Config(
            public_address.Addressed(self._site(services), self._address),
            log_config=None,
            lifespan="off",
            http=connections.protocol(self._settings.trusted_proxies),
            forwarded_allow_ips=self._settings.trusted_proxies,
            server_header=False,
        )
        return _Server(config)

    def _site(self, services: context.Services) -> FastAPI:
        """What answers HTTP: everything, or in a worker only whether it is well."""
        if self._settings.role == "worker":
            return application.create_health(services)
        app = application.create(services)
        key = sessions.key(self._settings.data_dir / "session.key")
        over_tls = self._address is not None and self._address.scheme == "https"
        site.install(
            app,
            key,
            oidc.provider(self._settings),
            over_tls=over_tls,
            notebook_host=self._settings.notebook_host,
        )
        return app

    async def _until_stopped(self, tasks: list["asyncio.Task[None]"]) -> None:
        """Until a signal, or until a part that should run for ever has ended."""
        stop = asyncio.create_task(self._stop.wait())
        lasting = [task for task in tasks if task.get_name() != "announce"]
        await asyncio.wait([stop, *lasting], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()

    async def _end(self, tasks: list["asyncio.Task[None]"]) -> None:
        for task in tasks:
            if task.get_name() != "api":  # uvicorn ends by its own flag
                task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _announce(self, ready: Callable[[str], None] | None) -> None:
        host = self._settings.host
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{self._sock.getsockname()[1]}"
        while not await self._answers():
            await asyncio.sleep(READY_POLL_S)
        log.info("ready at %s", url)
        if ready:
            ready(url)

    async def _answers(self) -> bool:
        """Whether a real request is answered with 200."""
        try:
            reader, writer = await asyncio.open_connection(*self._sock.getsockname()[:2])
            # An API is up when it answers: its workers may be started after it.
            path = "healthz" if self._settings.role == "api" else "readyz"
            asked = f"GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            writer.write(asked.encode())
            status = await reader.readline()
            writer.close()
        except OSError:
            return False
        return b" 200 " in status


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: signals are for the whole service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
