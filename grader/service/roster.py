"""The people of the course: bring the roster up to date; issue, list and revoke tokens.

Owns the use cases. Who may handle whose tokens is `grader.course.permissions`', reading a list of
people `grader.course.roster`'s, how a token is made `grader.service.accounts`'s.
"""

import datetime
import functools
from collections.abc import Sequence
from typing import Final

from grader import errors, models
from grader.course import permissions, roster
from grader.service import accounts, context
from grader.store import roster as stored
from grader.store import rows, users

DAY_S: Final = 24 * 3600


def take(
    services: context.Services,
    user: rows.User,
    data: bytes,
    *,
    skip: bool = False,
    drop: bool = False,
    confirm: bool = False,
) -> stored.Imported:
    """Bring the roster of the user's course up to date from a CSV file.

    Args:
        skip: leave out lines that cannot be taken.
        drop: students whom it does not name have dropped the course.
        confirm: also if they are most of the students.

    Raises:
        OddLines: with every line that cannot be taken, where `skip` is not set; nothing is
            changed then.
        ManyDropped: most students would have dropped, where `confirm` is not set; likewise.
        UploadRefused: it is no roster.
    """
    listed = roster.parse(data)
    take_all = functools.partial(stored.apply, services.store, listed, user.title, user.course)
    return take_all(skip=skip, drop=drop, confirm=confirm)


def tokens(services: context.Services, user: rows.User, name: str) -> Sequence[rows.Token]:
    """Somebody's tokens; never the tokens themselves.

    Staff see those that open their course and no other: what somebody does in another course is
    not theirs to know or to end. A token of one course sees no other either.
    """
    _require_tokens_of(services, user, name)
    listed = users.tokens(services.store, name)
    is_own = name == user.name and user.member.only is None
    if is_own or permissions.manages_all_tokens(user.role):
        return listed
    person = users.by_name(services.store, name)
    only_here = person is not None and person.member.roles.keys() <= {user.course}
    return [
        token
        for token in listed
        if token.course == user.course or (token.course is None and only_here)
    ]


def issue_token(
    services: context.Services,
    user: rows.User,
    name: str,
    *,
    scope: models.Scope = models.Scope.ALL,
    days: float,
    label: str,
) -> tuple[str, rows.Token]:
    """Issue a token for somebody: the token, shown this once, and how it is stored.

    A token that ends makes none for its owner or for staff that lasts longer. One that the staff of
    a course issue for somebody else opens that course alone: theirs in other courses is not for
    the staff of this one.

    Raises:
        NotFound, NotAllowed: there is no such user, or their tokens are not this caller's.
    """
    _require_tokens_of(services, user, name)
    days = _bounded(services, user, name, days)
    course = _bound_to(user, name)
    try:
        return accounts.add_token(
            services.store, name, user.title, scope=scope, days=days, label=label, course=course
        )
    except accounts.AccountError as exc:  # the terms are checked: there is no such user
        raise errors.NotFound(str(exc)) from exc


def _bounded(services: context.Services, user: rows.User, name: str, days: float) -> float:
    """How many days a new token may last, asked for by the owner of `user`'s token."""
    person = users.by_name(services.store, name)
    if user.expires_at is None or person is None or not _is_as_good(user, person):
        return days
    left_s = (user.expires_at - datetime.datetime.now(datetime.UTC)).total_seconds()
    left_days = max(left_s, 1.0) / DAY_S
    return min(days, left_days) if days else left_days


def _bound_to(user: rows.User, name: str) -> str | None:
    """The one course that a new token is good for; None for all of its owner's."""
    if permissions.manages_all_tokens(user.role):
        return None
    return user.member.only if name == user.name else user.course


def _is_as_good(user: rows.User, person: rows.User) -> bool:
    """Whether a token of this person could stand in for the user's own."""
    role = person.member.role_in(user.course)
    return person.id == user.id or (role is not None and permissions.is_staff(role))


def revoke_token(services: context.Services, user: rows.User, name: str, token_id: str) -> None:
    """End a token at once, and every session that was opened with it.

    Raises:
        NotFound, NotAllowed: there is no such token, or it is not this caller's to end.
    """
    _require_tokens_of(services, user, name)
    number = int(token_id) if token_id.isascii() and token_id.isdecimal() else 0
    known = {token.id for token in tokens(services, user, name)}
    if number not in known or not users.revoke(services.store, name, number, user.title):
        raise errors.NotFound(f"{name} has no valid token of this number.")


def _require_tokens_of(services: context.Services, user: rows.User, name: str) -> None:
    """Raises NotAllowed if the user may not handle this person's tokens.

    Instructors learn that there is no such person; others do not.
    """
    if name == user.name or permissions.manages_all_tokens(user.role):
        return
    if not permissions.is_instructor(user.role):
        raise errors.NotAllowed("These tokens belong to somebody else; ask the course staff.")
    person = users.by_name(services.store, name)
    role = person.member.role_in(user.course) if person else None
    if person is None or role is None:
        raise errors.NotFound(f"There is no user {name!r}; check the login name.")
    if not permissions.manages_tokens(user.role, role):
        raise errors.NotAllowed("Only administrators may change the tokens of staff.")
