"""From the roles that a platform gives a person to their role in this course. Pure.

Owns this one decision. Only roles in the course (`membership`) count: platforms also send what
somebody is in the whole institution, and a professor who takes a course is a student of it.
"""

from collections.abc import Iterable
from typing import Final

from grader import models

MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership"
ASSISTANTS: Final = frozenset(
    {
        *("TeachingAssistant", "TeachingAssistantSection", "TeachingAssistantSectionAssociation"),
        *("TeachingAssistantOffering", "TeachingAssistantTemplate", "TeachingAssistantGroup"),
        "Grader",
    }
)
TEACHERS: Final = frozenset({"Instructor", "Administrator"})
LEARNERS: Final = frozenset({"Learner", "Student"})


def in_course(roles: Iterable[object]) -> models.Role | None:
    """What somebody is in the course; None where no role in it is given.

    An assistant's role goes with that of a teacher, so the smaller one counts.
    """
    names = {name for role in roles if isinstance(role, str) for name in _names(role)}
    if names & ASSISTANTS:
        return models.Role.TA
    if names & TEACHERS:
        return models.Role.INSTRUCTOR
    return models.Role.STUDENT if names & LEARNERS else None


def _names(role: str) -> tuple[str, ...]:
    """The role's name and, of a sub-role, that of its principal role.

    There are three forms: `...membership#Learner`, `...membership/Instructor#TeachingAssistant`
    and, in services, the bare name.
    """
    if not role.startswith(MEMBERSHIP):
        return (role,) if role.isalpha() else ()
    principal, _, name = role.removeprefix(MEMBERSHIP).partition("#")
    return (name, principal.removeprefix("/")) if principal.startswith("/") else (name,)
