"""People whom an LMS names: which account may be theirs, which role it has, its login. Pure.

Owns these rules. Two of them keep an LMS, and whoever can change an address there, from rising: an
account is only found by its address where the LMS gives its owner at least the same role, and
administrators' and CI accounts are never found so.
"""

from collections.abc import Collection, Iterable
from typing import Final

from grader import models
from grader.lti import launch

MAX_LOGIN: Final = 190
RANKS: Final = (models.Role.STUDENT, models.Role.TA, models.Role.INSTRUCTOR)


NOT_BY_LMS: Final = (
    "{} belongs to an account that is not entered by an LMS. Sign in here with a token instead."
)
ABOVE: Final = (
    "{} belongs to somebody of the staff of this course, and the LMS does not say that you have "
    "that role. Sign in here with a token instead."
)


def refusal(account: models.Role | None, given: models.Role) -> str:
    """Why an account that has the person's address is not theirs; empty where it is."""
    if account is None:
        return ""
    return ABOVE if RANKS.index(account) > RANKS.index(given) else ""


def highest(given: Iterable[models.Role]) -> models.Role | None:
    """The highest of the roles that courses give somebody."""
    known = [role for role in given if role in RANKS]
    return max(known, key=RANKS.index, default=None)


def settled(current: models.Role | None, was: models.Role | None, now: models.Role) -> models.Role:
    """Somebody's role in a course when the LMS's word on it changes from `was` to `now`.

    A role that somebody here gave is not taken away; one that the LMS gave goes with it.

    Args:
        current: what they are; None where they are not in the course, or have dropped it.
    """
    if current is None or current is was:
        return now
    return now if RANKS.index(now) > RANKS.index(current) else current


def login_of(subject: launch.Subject) -> str:
    """The login that somebody gets: theirs at the LMS, else the address, else the name."""
    wanted = subject.login or subject.email or subject.name or f"LMS user {subject.id}"
    return wanted[:MAX_LOGIN]


def free_login(wanted: str, taken: Collection[str]) -> str:
    """The same, with a number where others have it, if only in capital or small letters."""
    number, name = 1, wanted
    lowered = {login.lower() for login in taken}
    while name.lower() in lowered:
        number += 1
        name = f"{wanted} ({number})"
    return name
