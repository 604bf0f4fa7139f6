"""What has to be thrown away from time to time, and when.

Owns the periods. Jobs of dead workers are the worker's sweep's, sandboxes of dead processes are
removed at the next start.
"""

import itertools
import logging
import shutil
from pathlib import Path

from grader import errors, wording
from grader.service import course, course_retention, rounds
from grader.store import blobs, database, retention

log = logging.getLogger(__name__)

PERIOD_S = 3600.0
EVENTS_DAYS = 30  # progress of ended runs; their reports stay
# An upload is stored before the row that names it; this is far longer than that takes.
ORPHAN_AGE_S = 3600.0
AT_ONCE = 500  # blobs looked up by one query


async def run(
    store: database.Database, uploads: blobs.Blobs, retention_days: int, courses: course.Course
) -> None:
    """Tidy up now and then until cancelled."""

    def chores() -> None:
        tidy(store, uploads, retention_days)
        course_retention.look_after(store, courses)
        if courses.folder.published:
            courses.folder.published.forget_unused()

    await rounds.every(PERIOD_S, chores, "could not tidy up, trying again later")


def tidy(store: database.Database, uploads: blobs.Blobs, retention_days: int) -> None:
    """Throw away what nobody needs.

    Args:
        retention_days: age at which submissions go with all that belongs to them; 0 keeps them.
    """
    events = retention.forget_events(store, EVENTS_DAYS)
    gone = retention.forget_submissions(store, retention_days) if retention_days else 0
    orphans = sum(1 for name in _orphans(store, uploads) if uploads.delete(name, ORPHAN_AGE_S))
    if events or gone or orphans:
        log.info("threw away %s events, %s submissions, %s uploads", events, gone, orphans)


def check_disk(folder: Path, least_bytes: int) -> None:
    """Do nothing if the folder's disk has that much room.

    Raises:
        StoreUnavailable: it has less, or cannot be looked at.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError as exc:
        raise errors.StoreUnavailable(f"The data folder cannot be looked at: {exc}") from exc
    if free < least_bytes:
        raise errors.StoreUnavailable(
            f"Only {free / wording.MB:.0f} MB are free where the data folder is; make room."
        )


def _orphans(store: database.Database, uploads: blobs.Blobs) -> list[str]:
    """Uploads that no submission needs: nothing names them, or what does was superseded."""
    orphans: list[str] = []
    old = uploads.older_than(ORPHAN_AGE_S)
    while names := list(itertools.islice(old, AT_ONCE)):
        orphans += retention.unnamed(store, names)
    return orphans
