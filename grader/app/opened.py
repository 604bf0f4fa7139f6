"""A service's state, opened: database, uploads, published homeworks, course.

Owns where each lies by the settings, and that one service at a time uses a data folder. Commands
use it next to a running service or without one.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from grader import errors, settings
from grader.service import course, course_folder, published
from grader.store import blobs, database, migrate
from grader.store.embedded import server

log = logging.getLogger(__name__)


@contextlib.contextmanager
def open_store(chosen: settings.Settings, *, new: bool = False) -> Iterator[database.Database]:
    """The database for a short command, next to a running service or without one.

    Args:
        new: make one where there is none, for what may be the first that is put into it.

    Raises:
        OperatorError: there is none; a misspelt folder must not look like an empty service.
    """
    _require_database(chosen, new=new)
    with database_url(chosen, own=False) as url:
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
        alone: no service may use the data folder meanwhile, and it may be a new one.
    """
    _require_database(chosen, new=alone)
    with contextlib.ExitStack() as stack:
        if alone:
            stack.enter_context(claimed(chosen.data_dir))
        yield stack.enter_context(database_url(chosen, own=False)), uploads_of(chosen)


def migrate_store(chosen: settings.Settings) -> list[str]:
    """Bring the database to this release's schema; the names of what was applied."""
    with database_url(chosen, own=False) as url:
        return migrate.apply(url)


@contextlib.contextmanager
def store_as_it_is(chosen: settings.Settings) -> Iterator[database.Database]:
    """The database for a look: its schema stays that of the release that used it last."""
    with (
        database_url(chosen, own=False) as url,
        contextlib.closing(database.Database(url)) as store,
    ):
        yield store


def has_store(chosen: settings.Settings) -> bool:
    """Whether a database is named, or one is in the data folder."""
    return bool(chosen.database_url) or server.has_database(chosen.data_dir)


def _require_database(chosen: settings.Settings, *, new: bool) -> None:
    if has_store(chosen):
        return
    folder = chosen.data_dir.resolve()
    if not new:
        raise errors.OperatorError(
            f"No service keeps anything in {folder}. Name its data folder with --data or "
            "GRADER_DATA_DIR; a new one is made by `grader serve`."
        )
    log.warning("%s is a new data folder, for a new service", folder)


@contextlib.contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
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
def database_url(chosen: settings.Settings, *, own: bool) -> Iterator[str]:
    """A database that answers: the one that the settings name, or the data folder's own."""
    if chosen.database_url:
        yield database.conninfo(chosen.database_url, chosen.database_password)
        return
    with server.running(chosen.data_dir, own=own) as url:
        yield url
