"""Where somebody belongs: their role in each course, and which course a homework is in. Pure.

Owns what follows from that: the role that holds for a course, and the course that is meant where
none is named. What a role may do is `grader.course.permissions`'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from grader import models

# What somebody can be in a course; of the first three each may do more than the one before.
ROLES: Final = (models.Role.STUDENT, models.Role.TA, models.Role.INSTRUCTOR, models.Role.CI)
LEAST: Final = models.Role.STUDENT
IN_WORDS: Final = {
    models.Role.STUDENT: "a student",
    models.Role.TA: "a TA",
    models.Role.INSTRUCTOR: "an instructor",
    models.Role.CI: "a CI account",
}
DEFAULT: Final = "main"  # where homeworks are that nobody has put into another course


@dataclass(frozen=True, slots=True)
class CourseName:
    """A course as lists of courses show it."""

    slug: str
    title: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Memberships:
    """The courses of one person.

    Attributes:
        roles: course -> what they are in it; only where they are active.
        homeworks: homework -> its course, of those that are not in the default one.
        courses: every course of the service.
        is_admin: they may do everything in every course.
        only: the token that they call with opens this course alone; None for all.
    """

    roles: Mapping[str, models.Role] = field(default_factory=dict)
    homeworks: Mapping[str, str] = field(default_factory=dict)
    courses: Mapping[str, CourseName] = field(default_factory=dict)
    is_admin: bool = False
    only: str | None = None

    def course_of(self, slug: str) -> str:
        """The course of a homework."""
        return self.homeworks.get(slug, DEFAULT)

    def role_in(self, course: str) -> models.Role | None:
        """What they are in a course; None where they are nothing, or there is no such course."""
        if self.is_admin:
            return models.Role.ADMIN if course in self.courses else None
        return self.roles.get(course)

    @property
    def own(self) -> list[CourseName]:
        """The courses that they see, those that are not archived first."""
        found = [one for slug, one in self.courses.items() if self.role_in(slug)]
        return sorted(found, key=lambda one: (one.archived, one.title.casefold(), one.slug))

    @property
    def home(self) -> str:
        """The course that is meant where none is named; empty for somebody who has none.

        It is the one in which they may most, so that who teaches one and takes another is led to
        the pages of what they teach.
        """
        if self.is_admin:
            return DEFAULT
        own = [one for one in self.own if one.slug in self.roles]
        best = max(own, key=lambda one: self._rank(one), default=None)
        return best.slug if best else ""

    def _rank(self, one: CourseName) -> tuple[bool, int, bool]:
        """Open courses first, then those with more rights, then the default one."""
        return not one.archived, ROLES.index(self.roles[one.slug]), one.slug == DEFAULT

    def is_archived(self, course: str) -> bool:
        """Whether nothing may be submitted to a course any more."""
        return course in self.courses and self.courses[course].archived


NOWHERE: Final = Memberships()
