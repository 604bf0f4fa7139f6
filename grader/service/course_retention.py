"""The end of a course's work: how long it is kept, what would go, and its deletion.

Owns these use cases. The dates are `grader.course.retention`'s, the archives `grade_archives`'.
What the whole service keeps for how long is the operator's setting (`housekeeping`), whatever a
course decides.
"""

import datetime
import logging
from dataclasses import dataclass

from grader import errors
from grader.course import permissions, retention
from grader.service import context, courses, grade_archives
from grader.service import course as loaded
from grader.store import audit, database, rows
from grader.store import course_retention as stored
from grader.store import courses as stored_courses

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of a course's work.

    Attributes:
        homeworks: whose work it is, those included whose files are no longer here.
        goes_at: when it is deleted unless somebody changes something; None: it is not.
        is_told_later: its instructors hear of that 30 days before, not at once.
    """

    course: stored_courses.CourseRow
    keeping: retention.Keeping
    homeworks: tuple[str, ...]
    holdings: stored.Holdings
    archives: tuple[stored.GradeArchive, ...]
    goes_at: datetime.datetime | None
    is_told_later: bool


def outlook_for(services: context.Services, user: rows.User, course: str) -> Outlook:
    """What an instructor sees of it.

    Raises:
        NotFound, NotAllowed: there is no such course of theirs, or they are no instructor there.
    """
    _require_instructor(user, course)
    return outlook(services.store, services.course, course)


def outlook(store: database.Database, course: loaded.Course, slug: str) -> Outlook:
    """The same for whoever may use the machine: a dry run of the deletion.

    Raises:
        NotFound: there is no such course.
    """
    row, keeping = courses.find(store, slug), stored.keeping(store, slug)
    homeworks, now = (
        grade_archives.homeworks(store, course, slug),
        datetime.datetime.now(datetime.UTC),
    )
    return Outlook(
        row,
        keeping,
        homeworks,
        stored.holdings(store, homeworks),
        tuple(stored.archives(store, slug)),
        keeping.goes_at(now),
        keeping.is_told_later(now),
    )


def keep_for(services: context.Services, user: rows.User, course: str, days: int | None) -> None:
    """Say how long a course's work is kept after it is archived; None: for ever.

    Raises:
        NotFound, NotAllowed, NotValid: no such course of theirs, or no such number of days.
    """
    _require_instructor(user, course)
    keep(services.store, course, days, user.title)


def keep(store: database.Database, course: str, days: int | None, who: str) -> None:
    """The same for whoever may use the machine."""
    if days is not None and not 1 <= days <= retention.MOST_DAYS:
        raise errors.NotValid(f"A course's work is kept for 1 to {retention.MOST_DAYS} days.")
    courses.find(store, course)
    stored.keep(store, course, days, who)


def archive_for(services: context.Services, user: rows.User, course: str) -> int:
    """Make an archive of grades now; its number.

    Raises:
        NotFound, NotAllowed: no such course of theirs.
    """
    _require_instructor(user, course)
    return grade_archives.make(services.store, services.course, course, user.title)


def archive(services: context.Services, user: rows.User, course: str, number: int) -> bytes:
    """An archive of grades, as a zip.

    Raises:
        NotFound, NotAllowed: no such course of theirs, or it has no such archive.
    """
    _require_instructor(user, course)
    return grade_archives.find(services.store, course, number)


def empty_for(services: context.Services, user: rows.User, course: str, confirmed: str) -> int:
    """Delete all work of an archived course now; how many submissions.

    Args:
        confirmed: the course's name, written once more.

    Raises:
        NotFound, NotAllowed: no such course of theirs.
        NotValid: it was not confirmed.
        Conflict: it is not archived, or something of it is being graded.
    """
    _require_instructor(user, course)
    if confirmed.strip() != course:
        raise errors.NotValid(f"Write the course's name, {course}, to delete all of its work.")
    return empty(services.store, services.course, course, user.title)


def empty(store: database.Database, course: loaded.Course, slug: str, who: str) -> int:
    """The same for whoever may use the machine. Grades are archived first."""
    found = outlook(store, course, slug)
    if found.keeping.archived_at is None:
        raise errors.Conflict("Archive the course first: students still submit to it.")
    if found.holdings.busy:
        raise errors.Conflict(
            f"{found.holdings.busy} submissions of the course are being graded or wait for it; "
            "cancel them, or try again later."
        )
    number = grade_archives.make(store, course, slug, who, whole=True)
    return stored.empty(store, slug, found.homeworks, who, number)


def look_after(store: database.Database, course: loaded.Course) -> None:
    """Warn and empty the courses whose time has come."""
    now = datetime.datetime.now(datetime.UTC)
    for slug in stored.limited(store):
        step = stored.keeping(store, slug).step(now)
        if step == "warn":
            stored.warn(store, slug)
        elif step == "empty":
            try:
                count = empty(store, course, slug, audit.SERVICE)
                log.info("deleted %s submissions of the archived course %s", count, slug)
            except errors.Conflict as exc:
                log.warning("the work of %s is not deleted yet: %s", slug, exc)


def _require_instructor(user: rows.User, course: str) -> None:
    if not permissions.is_instructor(courses.within(user, course).role):
        raise errors.NotAllowed("Only its instructors decide what becomes of a course's work.")
