"""What a change of people's enrolments says of itself: field by field, roles first. Pure.

Owns the words and how many of them there are. One person's page and a roster say it in the same
words, in their answers and in the log.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from grader import wording

MAX_CHANGES = 50  # lines without a role; every change of a role has its line
ROLE = "role"
NOTHING = "(none)"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Field of `before` -> "old → new", of those that differ; the role first."""
    names = sorted(before, key=lambda name: name != ROLE)
    return {
        name: f"{before[name] or NOTHING} → {after[name] or NOTHING}"
        for name in names
        if (before[name] or "") != (after[name] or "")
    }


def lines(changes: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """A line for each login and what differs: all changes of roles, then some of the others."""
    roles = [_line(login, fields) for login, fields in changes.items() if ROLE in fields]
    others = [_line(login, fields) for login, fields in changes.items() if ROLE not in fields]
    return (*roles, *shortened(others))


def shortened(texts: Sequence[str]) -> list[str]:
    """The first of many, and how many more there are."""
    return wording.shortened(texts, MAX_CHANGES, "and {} more")


def _line(login: str, fields: Mapping[str, str]) -> str:
    return f"{login}: " + ", ".join(f"{name} {change}" for name, change in fields.items())
