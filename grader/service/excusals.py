"""Excusing students: for them a homework does not count.

Owns who can be excused. What follows from it is decided where it shows: the gradebook and what an
LMS gets (`course.gradebook`), what is left to mark (`course.marking_list`), late days.
"""

from collections.abc import Sequence

from grader import errors
from grader.service import context
from grader.store import enrolments, rows
from grader.store import excusals as stored


def of_assignment(services: context.Services, slug: str) -> Sequence[stored.ExcusedStudent]:
    """Everybody who is excused from a homework, by login."""
    services.course.load(slug)
    return stored.excusals(services.store, slug)


def excuse(
    services: context.Services, user: rows.User, slug: str, student: str, reason: str
) -> stored.ExcusedStudent:
    """Excuse a student from a homework, in place of an earlier reason.

    Raises:
        NotFound: there is no such student.
    """
    home = services.course.home(services.course.load(slug).manifest.slug)
    login = enrolments.login_of(services.store, home, student)
    if not stored.excuse(services.store, slug, login, reason.strip(), user.title):
        raise errors.NotFound(
            f"{student!r} is no active student of this course; check the login name."
        )
    return next(one for one in stored.excusals(services.store, slug) if one.student == login)


def withdraw(services: context.Services, user: rows.User, slug: str, student: str) -> None:
    """Let the homework count for a student again.

    Raises:
        NotFound: they are not excused.
    """
    services.course.load(slug)
    if not stored.withdraw(services.store, slug, student, user.title):
        raise errors.NotFound(f"{student} is not excused from this assignment.")
