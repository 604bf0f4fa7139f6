"""The people of the course: bring the roster up to date; issue, list and revoke tokens.

Owns the use cases. Who may handle whose tokens is `grader.course.permissions`', reading a list of
people `grader.course.roster`'s, how a token is made `grader.service.accounts`'s.
"""

from collections.abc import Sequence

from grader import errors, models
from grader.course import permissions, roster
from grader.service import accounts, context
from grader.store import roster as stored
from grader.store import rows, users


def take(services: context.Services, user: rows.User, data: bytes) -> stored.Imported:
    """Bring the roster up to date from a CSV file.

    Raises:
        UploadRefused: with every line that cannot be taken; nothing is changed then.
    """
    return stored.apply(services.store, roster.parse(data), user.title)


def tokens(services: context.Services, user: rows.User, name: str) -> Sequence[rows.Token]:
    """Somebody's tokens; never the tokens themselves."""
    _require_tokens_of(services, user, name)
    return users.tokens(services.store, name)


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

    Raises:
        NotFound, NotAllowed: there is no such user, or their tokens are not this caller's.
    """
    _require_tokens_of(services, user, name)
    try:
        return accounts.add_token(
            services.store, name, user.title, scope=scope, days=days, label=label
        )
    except accounts.AccountError as exc:  # the terms are checked: there is no such user
        raise errors.NotFound(str(exc)) from exc


def revoke_token(services: context.Services, user: rows.User, name: str, token_id: str) -> None:
    """End a token at once, and every session that was opened with it.

    Raises:
        NotFound, NotAllowed: there is no such token, or it is not this caller's to end.
    """
    _require_tokens_of(services, user, name)
    number = int(token_id) if token_id.isascii() and token_id.isdecimal() else 0
    if not 0 < number < 2**63 or not users.revoke(services.store, name, number, user.title):
        raise errors.NotFound(f"{name} has no valid token of this number.")


def _require_tokens_of(services: context.Services, user: rows.User, name: str) -> None:
    """Raises NotAllowed if the user may not handle this person's tokens.

    Instructors learn that there is no such person; others do not.
    """
    if name == user.name or permissions.manages_all_tokens(user.role):
        return
    if not permissions.is_instructor(user.role):
        raise errors.NotAllowed("These are another's tokens; ask the course staff.")
    person = users.by_name(services.store, name)
    if person is None:
        raise errors.NotFound(f"There is no user {name!r}; check the login name.")
    if not permissions.manages_tokens(user.role, person.role):
        raise errors.NotAllowed("Only administrators handle the tokens of staff.")
