"""`grader serve`: everything that must be there before the event loop runs, in its order.

Owns the roles and the listening socket. What runs then is of `event_loop`.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from grader import errors, logs, settings
from grader.app import event_loop, opened
from grader.app.parts import Parts, real_parts
from grader.store import database, migrate

DATABASE_WAIT_S = 60.0  # after a crash of the whole site, the database may be the last to be back


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
    _check_course(chosen.course_dir)
    logs.set_up(chosen.log_format)
    with opened.claimed(chosen.data_dir), opened.database_url(chosen, own=True) as url:
        migrate.apply(url, DATABASE_WAIT_S)
        with contextlib.closing(database.Database(url)) as store, _listening(chosen) as sock:
            asyncio.run(event_loop.Service(chosen, store, sock, parts or real_parts()).run(ready))


def _check_role(chosen: settings.Settings) -> None:
    if chosen.role != "all" and not chosen.database_url:
        raise errors.OperatorError(
            f"The role {chosen.role} shares a database with other processes: name a PostgreSQL "
            "server by GRADER_DATABASE_URL."
        )


def _check_course(folder: Path) -> None:
    """One that is empty is served (homeworks may be published); one that is not there is a typo."""
    if not folder.is_dir():
        raise errors.OperatorError(
            f"There is no course folder {folder}. Name the one that holds tests/suites/ with "
            "--course or GRADER_COURSE_DIR; an empty one will do where homeworks are published."
        )


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
