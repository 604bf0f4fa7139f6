"""The JSON of courses and of one person in a course.

Owns field names, examples and descriptions; decides nothing.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Sequence

import pydantic

from grader import models
from grader.course import memberships, permissions
from grader.http import request_faults
from grader.store import courses as stored
from grader.store import enrolments, rows


class NewCourse(request_faults.SentBody):
    """A course to be made."""

    slug: str = pydantic.Field(max_length=100, examples=["ml-2026"])
    title: str = pydantic.Field(min_length=1, max_length=200, examples=["Machine Learning"])
    term: str = pydantic.Field("", max_length=200, examples=["Fall 2026"])


class CourseChange(request_faults.SentBody):
    """What is to be changed of a course; what is left out stays."""

    title: str | None = pydantic.Field(None, min_length=1, max_length=200)
    term: str | None = pydantic.Field(None, max_length=200)
    archived: pydantic.StrictBool | None = pydantic.Field(
        None, description="nothing is changed any more; for administrators"
    )


class ListedCourse(pydantic.BaseModel):
    """A course, as somebody who is in it sees it."""

    slug: str
    title: str
    term: str
    role: models.Role = pydantic.Field(description="the caller's")
    archived: bool
    created_at: datetime.datetime
    students: int | None = pydantic.Field(description="for staff")
    staff: int | None = pydantic.Field(description="for staff")
    assignments: list[str] | None = pydantic.Field(description="its homeworks, for staff")


class Courses(pydantic.BaseModel):
    """The courses of the caller."""

    courses: list[ListedCourse]


class NewEnrolment(request_faults.SentBody):
    """What somebody is to be in a course; what is left out stays."""

    role: models.Role | None = pydantic.Field(
        None, description="of somebody new: student, unless it says something else"
    )
    section: str | None = pydantic.Field(None, max_length=200)
    full_name: str | None = pydantic.Field(None, max_length=200)
    email: str | None = pydantic.Field(None, max_length=200)
    sid: str | None = pydantic.Field(None, max_length=200, description="the school's number")


def course(row: stored.CourseRow, user: rows.User, slugs: Sequence[str]) -> ListedCourse:
    """A stored course for its reader; `slugs` are all homeworks of the service."""
    role = user.member.role_in(row.slug) or memberships.LEAST
    if permissions.runs_service(user.role):
        role = user.role  # also in a course that was made by this request
    staff, home = permissions.is_staff(role), user.member.course_of
    return ListedCourse(
        slug=row.slug,
        title=row.title,
        term=row.term,
        role=role,
        archived=row.archived_at is not None,
        created_at=row.created_at,
        students=row.students if staff else None,
        staff=row.staff if staff else None,
        assignments=[slug for slug in slugs if home(slug) == row.slug] if staff else None,
    )


def courses(found: Iterable[stored.CourseRow], user: rows.User, slugs: Sequence[str]) -> Courses:
    """Stored courses for their reader."""
    return Courses(courses=[course(row, user, slugs) for row in found])


def enrolment(sent: NewEnrolment) -> enrolments.NewEnrolment:
    """What was sent, as it is stored."""
    return enrolments.NewEnrolment(**dict(sent))


def changed(sent: CourseChange) -> dict[str, str | bool | None]:
    """What was sent of a course."""
    return dict(sent)


def person(found: enrolments.Enrolled) -> dict[str, object]:
    """Somebody of a course, as on its roster."""
    known = {"role": found.role, "dropped": found.dropped, "has_token": found.has_token}
    return dataclasses.asdict(found.person) | known
