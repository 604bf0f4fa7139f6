"""Courses of an LMS: which are this course, who is in them, what their links open.

Owns these use cases. A course of an LMS brings nobody here before an instructor has accepted it:
whoever may launch somewhere at a school must not choose which course that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader import errors
from grader.course import roster
from grader.lti import launch, memberships
from grader.service import context, lti_launch, lti_platforms
from grader.store import lti_courses as stored
from grader.store import lti_people as people
from grader.store import rows

MOST_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class RosterTaken:
    """What a roster of an LMS did.

    Attributes:
        added: logins of new accounts.
        known: how many had one.
        dropped: logins of those who are no longer in the course.
        skipped: a sentence for each person who was left out.
    """

    added: tuple[str, ...]
    known: int
    dropped: tuple[str, ...]
    skipped: tuple[str, ...]


class MostGone(errors.Conflict):
    """The LMS no longer lists most of the course's students; an instructor says if that is so.

    `would_drop` of its facts has their logins.
    """

    def __init__(self, exc: roster.ManyDropped) -> None:
        super().__init__(f"Nothing was changed. {' '.join(exc.reasons)}", would_drop=exc.gone)


def every(services: context.Services, user: rows.User) -> Sequence[stored.LmsCourse]:
    """Courses of an LMS that wait to be accepted, then those of the user's course."""
    return stored.all_of(services.store, user.course)


def find(services: context.Services, user: rows.User, course_id: int) -> stored.LmsCourse:
    """A course of an LMS: one that waits, or one of the user's course.

    Raises:
        NotFound: there is none of this number.
    """
    course = stored.one(services.store, course_id)
    if course is None or course.course not in ("", user.course):
        raise errors.NotFound("There is no course of an LMS of this number.")
    return course


def accept(services: context.Services, user: rows.User, course_id: int) -> stored.LmsCourse:
    """Let people enter the user's course by a course of an LMS, and scores go there.

    Raises:
        NotFound: there is none.
    """
    find(services, user, course_id)
    stored.accept(services.store, course_id, user.course, user.title)
    return find(services, user, course_id)


def remove(services: context.Services, user: rows.User, course_id: int) -> None:
    """Forget a course of an LMS: nobody enters by it any more. People stay on the roster.

    Raises:
        NotFound: there is none.
    """
    find(services, user, course_id)
    stored.remove(services.store, course_id, user.title)


def take_roster(
    services: context.Services, user: rows.User, course_id: int, *, confirm: bool = False
) -> RosterTaken:
    """Bring accounts up to date with the people of a course of an LMS.

    Nobody is deleted: who is no longer there has dropped the course, unless somebody here gave them
    their role, and keeps their work; who had dropped it and is there is active again.

    Args:
        confirm: also if most of the students have dropped.

    Raises:
        NotFound: there is no such course.
        MostGone: most students would have dropped, where `confirm` is not set; nothing is changed.
        Conflict: it is not accepted, its LMS offers no list, or does not give it now.
    """
    course = find(services, user, course_id)
    if course.accepted_at is None:
        raise errors.Conflict("Accept this course first; until then nobody enters by it.")
    if not course.memberships_url:
        raise errors.Conflict(
            "The LMS offers no list of people for this course: allow the service Names and Roles "
            "for this tool there, then open a link of the course once."
        )
    access = lti_platforms.access(services, lti_platforms.find(services, course.platform_id))
    try:
        listed = memberships.fetched(access, course.memberships_url)
    except errors.Undelivered as exc:
        raise errors.Conflict(str(exc)) from exc
    try:
        return _taken(services, user, course, listed, confirm=confirm)
    except roster.ManyDropped as exc:
        raise MostGone(exc) from exc


def _taken(
    services: context.Services,
    user: rows.User,
    course: stored.LmsCourse,
    listed: Sequence[memberships.CourseMember],
    *,
    confirm: bool,
) -> RosterTaken:
    present = {one.subject.id: one.subject for one in listed if one.is_active}
    with_role = [one for one in present.values() if one.role is not None]
    if not with_role:
        raise errors.Conflict("The LMS lists nobody with a role in this course; nothing changed.")
    where, label = _people_of(course), lti_launch.LABEL
    taken = people.take(services.store, where, with_role, label, user.title, confirm=confirm)
    skipped = [_without_role(one) for one in present.values() if one.role is None]
    skipped += [one for one in taken.entered if isinstance(one, str)]
    there = [one for one in taken.entered if not isinstance(one, str)]
    return RosterTaken(
        tuple(one.name for one in there if one.is_new),
        sum(1 for one in there if not one.is_new),
        tuple(taken.left),
        tuple(skipped),
    )


def _without_role(subject: launch.Subject) -> str:
    return f"{subject.name or subject.email or subject.id} has no role in the course."


def _people_of(course: stored.LmsCourse) -> people.EntryCourse:
    return people.EntryCourse(course.platform_id, course.id, course.course)
