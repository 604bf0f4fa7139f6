"""The composition root: database, API and worker in one process and one event loop, or one of them.

Owns the order in which parts start and stop, and the signals. Every other module is handed what
it needs from here.

Theory of operation
    start   data folder claimed -> database up -> migrations -> listening socket -> grading
            (sandboxes, suite template), API and worker at once. `/readyz` says 200 when all are
            up; only then is `ready` called. In the role `api` there are no sandboxes and no
            worker, and `ready` is called when it answers; in the role `worker` the API has its
            health routes only.
    stop    SIGTERM or SIGINT: the API answers what it has begun, the worker takes nothing new and
            lets running gradings end for `worker.DRAIN_S`, hands back the rest, sandboxes are
            removed, the database is stopped. A second signal ends the process at once; nothing is
            lost by that, only done again.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from grader import errors, logs, settings, wording
from grader.api import application
from grader.http import connections, public_address
from grader.notify import channels
from grader.sandbox import capacity
from grader.service import (
    context,
    course,
    course_folder,
    housekeeping,
    jobs,
    lti_platforms,
    lti_scores,
    metrics,
    ports,
    postman,
    published,
    version_check,
    watch,
    worker,
)
from grader.store import blobs, database, migrate, queue, run_events
from grader.store.embedded import server
from grader.web import oidc, sessions, site

log = logging.getLogger(__name__)

ROLES = ("all", "api", "worker")
READY_POLL_S = 0.05
DATABASE_WAIT_S = 60.0  # after a crash of the whole site, the database may be the last to be back
# With less room the service is not ready: a deadline's uploads need some.
MIN_FREE_BYTES = 512 * wording.MB


@dataclass(frozen=True, slots=True)
class Parts:
    """The replaceable parts: real ones in the service, fakes in tests."""

    intake: Callable[[settings.Settings], ports.IntakePort]
    grading: Callable[[settings.Settings], ports.GradingPort]
    views: Callable[[], ports.ReportViews]


def real_parts() -> Parts:
    """Sandboxed grading and the real report formats."""
    from grader.service import adapters  # here: it pulls in Docker, the suite, report formats

    return Parts(adapters.Intake, adapters.Grading, adapters.views)


def serve(
    chosen: settings.Settings,
    *,
    ready: Callable[[str], None] | None = None,
    parts: Parts | None = None,
) -> None:
    """Run the service until SIGTERM or SIGINT.

    Args:
        ready: called once with the base URL when the service can take and grade submissions.
        parts: other than the real ones, for tests.

    Raises:
        OperatorError: the data folder is in use, the port is taken, no database, no sandbox.
    """
    _check_role(chosen)
    logs.set_up(chosen.log_format)
    with _claimed(chosen.data_dir), _database_url(chosen, own=True) as url:
        migrate.apply(url, DATABASE_WAIT_S)
        with contextlib.closing(database.Database(url)) as store, _listening(chosen) as sock:
            asyncio.run(_Service(chosen, store, sock, parts or real_parts()).run(ready))


@contextlib.contextmanager
def open_store(chosen: settings.Settings) -> Iterator[database.Database]:
    """The database for a short command, beside a running service or without one."""
    with _database_url(chosen, own=False) as url:
        migrate.apply(url)
        with contextlib.closing(database.Database(url)) as store:
            yield store


def uploads_of(chosen: settings.Settings) -> blobs.Blobs:
    """Where this service keeps uploads."""
    return blobs.Blobs(chosen.blob_url or chosen.data_dir / "uploads")


def published_of(
    chosen: settings.Settings, store: database.Database, uploads: blobs.Blobs
) -> published.Published:
    """The versions of homeworks that were published to this service."""
    return published.Published(store, uploads, chosen.data_dir / "published")


def open_course(chosen: settings.Settings, store: database.Database) -> course.Course:
    """The course for a short command, as the service has it."""
    folder = course_folder.CourseFolder(chosen.course_dir)
    folder.published = published_of(chosen, store, uploads_of(chosen))
    return course.Course(folder, store)


@contextlib.contextmanager
def open_state(
    chosen: settings.Settings, *, alone: bool = False
) -> Iterator[tuple[str, blobs.Blobs]]:
    """Database (its connection string) and uploads as they are, for backup and restore.

    Args:
        alone: no service may use the data folder meanwhile.
    """
    with contextlib.ExitStack() as stack:
        if alone:
            stack.enter_context(_claimed(chosen.data_dir))
        yield stack.enter_context(_database_url(chosen, own=False)), uploads_of(chosen)


def migrate_store(chosen: settings.Settings) -> list[str]:
    """Bring the database to this release's schema; the names of what was applied."""
    with _database_url(chosen, own=False) as url:
        return migrate.apply(url)


class _Service:
    """What runs inside the event loop."""

    def __init__(
        self, chosen: settings.Settings, store: database.Database, sock: socket.socket, parts: Parts
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
        uploads = uploads_of(self._settings)
        folder = course_folder.of_service(self._settings)
        folder.published = published_of(self._settings, self._store, uploads)
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
        grader = jobs.RunGrader(self._store, uploads, grading, self._settings.max_attempts)
        live = course_folder.of_service(self._settings).published
        checker = version_check.VersionChecker(self._store, live, grading) if live else None
        return worker.Worker(
            jobs.application(grader, checker),
            self._store,
            concurrency=capacity.workers(self._settings),
            alone=not self._settings.database_url,
        )

    def _start_messages(self, services: context.Services) -> list["asyncio.Task[None]"]:
        """Look after this part of the service, and tell those who want to hear of it."""
        look = watch.Watch(services, self._settings.role)
        tasks = [asyncio.create_task(look.run(), name="watch")]
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
        """What answers HTTP: everything, or beside a worker only whether it is well."""
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


def _check_role(chosen: settings.Settings) -> None:
    if chosen.role not in ROLES:
        raise errors.OperatorError(f"There is no role {chosen.role!r}; choose {', '.join(ROLES)}.")
    if chosen.role != "all" and not chosen.database_url:
        raise errors.OperatorError(
            f"The role {chosen.role} shares a database with other processes: name a PostgreSQL "
            "server by GRADER_DATABASE_URL."
        )


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: signals are for the whole service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _claimed(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: one service at a time."""
    fd = server.try_lock(data_dir / "serve.lock")
    if fd is None:
        raise errors.OperatorError(
            f"Another `grader serve` uses the data folder {data_dir}. Stop it, or name another "
            "folder with --data."
        )
    try:
        yield
    finally:
        os.close(fd)


@contextlib.contextmanager
def _database_url(chosen: settings.Settings, *, own: bool) -> Iterator[str]:
    if chosen.database_url:
        yield database.conninfo(chosen.database_url, chosen.database_password)
        return
    with server.running(chosen.data_dir, own=own) as url:
        yield url


@contextlib.contextmanager
def _listening(chosen: settings.Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((chosen.host, chosen.port))
        except OSError as exc:
            raise errors.OperatorError(
                f"Cannot listen on {chosen.host} port {chosen.port}: {exc.strerror}. "
                "Choose another with --port, or 0 for any free one."
            ) from exc
        yield sock
