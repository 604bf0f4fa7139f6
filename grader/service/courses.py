"""The courses of the service: which one is asked about, who may see it, making and changing one.

Owns the rule that another course's things are not there: whatever is asked about something of a
course that the user has no part in, the answer is that of something that does not exist. What a
role may do is `grader.course.permissions`', which every route asks with the role in that course.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from grader import errors
from grader.course import memberships, permissions
from grader.service import context, course_folder
from grader.store import courses as stored
from grader.store import database, rows

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
MAX_TITLE: Final = 200
BIGGEST: Final = 2**63 - 1

ARCHIVED: Final = (
    "This course is archived: everything can be read, nothing can be changed. An administrator can "
    "open it again on the page Courses."
)

UUIDS: Final = ("submission_id", "group_id")

# What an address names -> the words for one that is not there, as where it is looked up.
ABSENT: Final[Mapping[str, str]] = {
    "submission_id": "There is no such submission of yours; check the id.",
    "group_id": "There is no such {kind}; check the id.",
    "request_id": "There is no such request of yours; check the address.",
    "annotation_id": "There is no such annotation; check the address.",
}


def within(user: rows.User, course: str) -> rows.User:
    """The user with their role in a course.

    Raises:
        NotFound: there is none, or they have no part in it.
    """
    placed = user.within(course)
    if placed is None:
        raise errors.NotFound("There is no such course of yours; check its name.")
    return placed


def of_homework(user: rows.User, slug: str) -> rows.User:
    """The user with their role in a homework's course.

    Raises:
        AssignmentNotFound: they have no part in it.
    """
    placed = user.within(user.member.course_of(slug))
    if placed is None:
        raise errors.AssignmentNotFound(f"There is no assignment {slug}.")
    return placed


def of_thing(
    services: context.Services, user: rows.User, kind: str, name: str, words: str = ""
) -> rows.User:
    """The user with their role in the course of a submission, batch, regrade or request.

    Args:
        kind: a key of `ABSENT`.
        words: what a group is called.

    Raises:
        NotFound: it is not there, or they have no part in its course.
    """
    number = _number(kind, name)
    slug = None if number is None else stored.homework_of(services.store, kind, number)
    placed = None if slug is None else user.within(user.member.course_of(slug))
    if placed is None:
        raise errors.NotFound(ABSENT[kind].format(kind=words))
    return placed


def _number(kind: str, name: str) -> uuid.UUID | int | None:
    """What names a thing in the database; None for what cannot be its name."""
    if kind not in UUIDS:
        is_digits = name.isascii() and name.isdecimal() and len(name) <= len(str(BIGGEST))
        is_number = is_digits and int(name) <= BIGGEST
        return int(name) if is_number else None
    try:
        return uuid.UUID(name)
    except ValueError:
        return None


def listed(services: context.Services, user: rows.User) -> list[stored.CourseRow]:
    """The courses that the user sees; administrators see all."""
    return stored.listed(services.store, [one.slug for one in user.member.own])


def find(store: database.Database, slug: str) -> stored.CourseRow:
    """A course, with who and what is in it.

    Raises:
        NotFound: there is none.
    """
    for one in stored.listed(store, [slug]):
        return one
    raise errors.NotFound(f"There is no course {slug!r}; check its name.")


def homeworks_in(services: context.Services, course: str) -> list[str]:
    """The homeworks of a course whose files are here."""
    homes = stored.homeworks(services.store)
    return [
        slug for slug in services.course.slugs() if homes.get(slug, memberships.DEFAULT) == course
    ]


def create(
    services: context.Services, user: rows.User, slug: str, title: str, term: str
) -> stored.CourseRow:
    """Make a course, in which nobody is enrolled yet.

    Raises:
        NotAllowed: only administrators make courses.
        NotValid: it cannot be called so.
        Conflict: there is one of this name.
    """
    require_admin(user)
    return add(services.store, slug, title, term, user.title)


def add(store: database.Database, slug: str, title: str, term: str, who: str) -> stored.CourseRow:
    """The same for whoever may use the machine."""
    _require_name(slug)
    require_title(title, term)
    if not stored.add(store, slug, title.strip(), term.strip(), who):
        raise errors.Conflict(f"There is already a course {slug!r}; choose another name.")
    return find(store, slug)


def edit(
    services: context.Services,
    user: rows.User,
    slug: str,
    *,
    title: str | None = None,
    term: str | None = None,
    archived: bool | None = None,
) -> stored.CourseRow:
    """Change what is given of a course: instructors its title and term, administrators all.

    Raises:
        NotFound, NotAllowed, NotValid: there is none, it is not theirs, or it cannot be called so.
    """
    if archived is not None:
        require_admin(user)
    if not permissions.is_instructor(within(user, slug).role):
        raise errors.NotAllowed("Only its instructors may change a course.")
    made = change(services.store, slug, user.title, title=title, term=term, archived=archived)
    services.course.read_again()
    return made


def change(
    store: database.Database,
    slug: str,
    who: str,
    *,
    title: str | None = None,
    term: str | None = None,
    archived: bool | None = None,
) -> stored.CourseRow:
    """The same for whoever may use the machine."""
    if archived is None:
        require_open_course(store, slug)
    require_title("-" if title is None else title, term or "")
    title, term = (None if text is None else text.strip() for text in (title, term))
    if not stored.edit(store, slug, who, title=title, term=term, archived=archived):
        raise errors.NotFound(f"There is no course {slug!r}; check its name.")
    return find(store, slug)


def move(services: context.Services, user: rows.User, assignment: str, course: str) -> None:
    """Put a homework with all its submissions into another course.

    Raises:
        NotFound, NotAllowed: they are not an instructor of both courses.
    """
    for part in (of_homework(user, assignment), within(user, course)):
        if not permissions.is_instructor(part.role):
            raise errors.NotAllowed("Only an instructor of both courses may move a homework.")
        require_open(part)
    put(services.store, services.course.folder, assignment, course, user.title)
    services.course.read_again()


def put(
    store: database.Database,
    folder: course_folder.CourseFolder,
    assignment: str,
    course: str,
    who: str,
) -> None:
    """The same for whoever may use the machine."""
    folder.load(assignment)
    for part in (stored.homeworks(store).get(assignment, memberships.DEFAULT), course):
        require_open_course(store, part)
    stored.move(store, assignment, course, who)


def require_open(user: rows.User) -> None:
    """Raises Conflict if the course that the user is in for this request is archived."""
    if user.member.is_archived(user.course):
        raise errors.Conflict(ARCHIVED)


def require_open_course(store: database.Database, slug: str) -> None:
    """The same for whoever may use the machine; also NotFound if there is no such course."""
    if find(store, slug).archived_at is not None:
        raise errors.Conflict(ARCHIVED)


def require_admin(user: rows.User) -> None:
    """Raises NotAllowed if the user does not run the service."""
    if not permissions.runs_service(user.role):
        raise errors.NotAllowed("Only administrators make and archive courses.")


def require_named(user: rows.User, asked: str) -> None:
    """Raises NotValid where it is not clear which course is to be changed."""
    if not asked and len(user.member.own) > 1:
        names = ", ".join(one.slug for one in user.member.own)
        raise errors.NotValid(f"Say which course is meant by `?course=`; yours are {names}.")


def log_of(user: rows.User, asked: str) -> str:
    """The course whose log the user reads; empty, for administrators, is all of them."""
    return asked if permissions.runs_service(user.role) else user.course


def teaches(user: rows.User, slug: str) -> bool:
    """Whether the user is staff of the homework's course."""
    role = user.member.role_in(user.member.course_of(slug))
    return role is not None and permissions.is_staff(role)


def taught(user: rows.User) -> Sequence[memberships.CourseName]:
    """The courses of which the user is an instructor."""
    roles = {one.slug: user.member.role_in(one.slug) for one in user.member.own}
    return [
        one
        for one in user.member.own
        if (role := roles[one.slug]) and permissions.is_instructor(role)
    ]


def others(user: rows.User) -> Sequence[memberships.CourseName]:
    """The courses to switch between; none for somebody who has one."""
    own = user.member.own
    return own if len(own) > 1 else ()


def _require_name(slug: str) -> None:
    if not NAME.fullmatch(slug):
        raise errors.NotValid(
            "A course's name has 1 to 63 small letters, digits, - and _, and begins with a letter "
            "or digit: for example ml-2026."
        )


def require_title(title: str, term: str) -> None:
    """Raises NotValid if a course cannot be called so."""
    fine = title.strip() and all(
        len(text) <= MAX_TITLE and text.isprintable() for text in (title.strip(), term.strip())
    )
    if not fine:
        raise errors.NotValid(f"A course has a title of 1 to {MAX_TITLE} printable characters.")
