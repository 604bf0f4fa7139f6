"""Extensions: another due date for one student of one assignment.

Owns what an extension may be. Reading and writing them is `grader.store.extensions`'s, what follows
from them `grader.assignment.schedule`'s.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from grader import errors
from grader.assignment import schedule, schedule_edits
from grader.service import context
from grader.store import enrolments, rows, users
from grader.store import extensions as stored

FIRST_YEAR: Final = schedule_edits.FIRST_YEAR
LAST_YEAR: Final = schedule_edits.LAST_YEAR


def of_assignment(services: context.Services, slug: str) -> Sequence[rows.Extension]:
    """All extensions of an assignment, by student."""
    services.course.load(slug)
    return stored.extensions(services.store, slug)


def checked(due: datetime) -> datetime:
    """A due date that can be meant.

    Raises:
        ValueError: it has no time zone, or lies centuries away.
    """
    if due.tzinfo is None:
        raise ValueError("must have a time zone, like 2026-10-09T23:59:00-05:00")
    if not FIRST_YEAR <= due.year <= LAST_YEAR:
        raise ValueError(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return due


def grant(
    services: context.Services, user: rows.User, slug: str, student: str, due: datetime, reason: str
) -> rows.Extension:
    """Give a student a later due date, in place of an earlier extension.

    Raises:
        NotValid: it is not later than everybody's.
        NotFound: there is no such student.
    """
    student = enrolments.login_of(services.store, services.course.home(slug), student)
    rules = _rules(services, slug, student)
    if rules.due is None:
        raise errors.NotValid("This assignment has no due date, so there is nothing to extend.")
    if due <= rules.due:
        everybodys = schedule.in_words(rules.due.astimezone(rules.zone))
        raise errors.NotValid(
            f"An extension must be later than the due date, which is {everybodys}."
        )
    if not stored.extend(services.store, slug, student, due, reason, user.title):
        raise errors.NotFound(
            f"{student!r} is no active student of this course; check the login name."
        )
    granted = stored.extensions(services.store, slug)
    return next(one for one in granted if one.student == student)


def _rules(services: context.Services, slug: str, student: str) -> schedule.Schedule:
    """The schedule that the student has without an extension."""
    known = users.by_name(services.store, student)
    own = services.course.load_for(slug, [known.id] if known else [])
    assignment = own[known.id] if known else services.course.load(slug)
    return assignment.manifest.schedule


def withdraw(services: context.Services, user: rows.User, slug: str, student: str) -> None:
    """Take an extension away; everybody's due date holds again.

    Raises:
        NotFound: the student has none.
    """
    services.course.load(slug)
    if not stored.withdraw(services.store, slug, student, user.title):
        raise errors.NotFound(f"{student} has no extension for this assignment.")
