"""Seeing what a student sees: as whom staff look at a page or a report.

Owns who may and as whom. What students see is decided where it is decided for them, so that both
see the same; nothing can be done in their name.
"""

from dataclasses import replace

from grader import errors
from grader.course import permissions
from grader.service import context, submissions
from grader.store import enrolments, rows, users


def of_submission(
    services: context.Services, user: rows.User, submission_id: str, login: str = ""
) -> rows.User:
    """The student whose submission it is.

    Args:
        login: which one of a team; by default the one who sent it, or another who is still there.

    Raises:
        NotAllowed: the user is not staff who mark.
        NotFound: there is none, it is no student's of the course, or it is not this one's.
    """
    _require_marker(user)
    submission = submissions.find(services, user, submission_id)
    if login:
        chosen = of_course(services, user, login)
        if chosen.id not in submission.owners:
            raise errors.NotFound(f"This submission is not the work of {login!r}.")
        return chosen
    whose = submission.owners or (submission.user_id,)
    found = (_in_course(users.by_id(services.store, one), user.course) for one in whose)
    viewer = next((one for one in found if one), None)
    if viewer is None:
        raise errors.NotFound(
            "It is no work of a student of this course, so none has a page of it."
        )
    return viewer


def of_course(services: context.Services, user: rows.User, login: str) -> rows.User:
    """A student of the user's course.

    Raises:
        NotAllowed: the user is not staff who mark.
        NotFound: there is no such student.
    """
    _require_marker(user)
    known = enrolments.login_of(services.store, user.course, login)
    viewer = _in_course(users.by_name(services.store, known), user.course)
    if viewer is None:
        raise errors.NotFound(f"There is no student {login!r} in this course; check the login.")
    return viewer


def _in_course(student: rows.User | None, course: str) -> rows.User | None:
    """A student as one of this course alone: what else they are in is nobody's business here."""
    viewer = student.within(course) if student else None
    if viewer is None or permissions.is_staff(viewer.role):
        return None
    member = replace(viewer.member, roles={course: viewer.role}, is_admin=False)
    return replace(viewer, member=member)


def _require_marker(user: rows.User) -> None:
    if not permissions.may_mark(user.role):
        raise errors.NotAllowed("Only TAs and instructors may see what a student sees.")
