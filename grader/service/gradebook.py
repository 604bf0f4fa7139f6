"""The gradebook of an assignment as CSV, in the columns of another system.

Owns joining the three: the rows are `grader.store.gradebook`'s, who counts with which submission
`grader.course.gradebook`'s, the columns `grader.exchange.gradebook_csv`'s.
"""

import functools
import itertools
from collections.abc import Collection, Iterator

from grader import errors
from grader.assignment import manifest as assignments
from grader.assignment import schedule
from grader.course import gradebook
from grader.exchange import gradebook_csv
from grader.service import course as courses
from grader.service import late_days
from grader.store import database, enrolments
from grader.store import gradebook as stored

LINES_AT_ONCE = 500


def entries(
    store: database.Database,
    course: courses.Course,
    manifest: assignments.Manifest,
    *,
    dropped: bool = False,
) -> Iterator[gradebook.Entry]:
    """A line for each person, as they are read from the database.

    Args:
        dropped: with those who have dropped the course.
    """
    rows = stored.rows_of(store, manifest.slug, dropped=dropped)
    usable = late_days.usable_by_login(store, course, manifest.slug)
    own = _own_rules(course, manifest.slug)
    return gradebook.entries(rows, manifest.schedule, manifest.rubric, usable or {}, own)


def _own_rules(course: courses.Course, slug: str) -> gradebook.OwnRules | None:
    """The schedule of each person; None where it is everybody's."""
    edits = course.edits(slug)
    if edits.only_for_everybody:
        return None
    written = course.as_written(slug)

    @functools.cache
    def rules(section: str, login: str) -> schedule.Schedule:
        return edits.applied(written, section, login).manifest.schedule

    named = {whom.student for whom in edits.edits}
    return lambda one: rules(one.section, one.login if one.login in named else "")


def lines(
    store: database.Database,
    course: courses.Course,
    manifest: assignments.Manifest,
    system: gradebook_csv.System,
    column: str = "",
    *,
    comments: bool = False,
    excused: Collection[str] = (),
    dropped: bool = False,
) -> Iterator[str]:
    """The lines of the table, as they are read from the database.

    Args:
        column: title of the column of points; the assignment's by default.
        comments: whether markers' comments go along.
        excused: logins of those for whom the assignment does not count.
        dropped: with those who have dropped the course.

    Raises:
        NotValid: somebody is excused who is not in the course.
    """
    _require_people(store, course.home(manifest.slug), excused)
    shown = bool(course.late_days(course.home(manifest.slug)).late_days)
    book = gradebook_csv.book(manifest, column, late_days=shown, comments=comments, excused=excused)
    found = entries(store, course, manifest, dropped=dropped)
    return gradebook_csv.to_csv(found, book, system)


def _require_people(store: database.Database, home: str, logins: Collection[str]) -> None:
    """A login with a typo would leave the points of the person who was meant as they are."""
    unknown = [login for login in logins if enrolments.find(store, home, login) is None]
    if unknown:
        raise errors.NotValid(
            f"Excused, but not in the course {home}: {', '.join(unknown)}. Check the login."
        )


def warnings(
    store: database.Database,
    course: courses.Course,
    manifest: assignments.Manifest,
    system: gradebook_csv.System,
) -> list[str]:
    """What somebody who sends the table on must know."""
    shared = gradebook_csv.book(manifest)
    return gradebook_csv.warnings(entries(store, course, manifest), system, shared)


def in_parts(table: Iterator[str]) -> Iterator[str]:
    """The same, many lines at once: each part waits for its turn among the threads."""
    while part := "".join(itertools.islice(table, LINES_AT_ONCE)):
        yield part
