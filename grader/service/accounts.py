"""Users, their bearer tokens, and the sessions that are opened with them.

Owns how a token is made and looked up: 32 random bytes in URL-safe text, shown once, stored as
SHA-256 (a random token needs no slow hash: there is nothing to guess from).
"""

import datetime
import hashlib
import secrets

from grader import errors, models
from grader.course import memberships, person_names
from grader.store import database, rows, sessions, users

TOKEN_BYTES = 32
MAX_DAYS = 3650
# Who did something, in the audit log, where it is nobody who signed in.
COMMAND_LINE = "command line"
SERVICE = "service"


class AccountError(errors.Refusal):
    """A user cannot be added or found; the message says why."""


def add_user(
    store: database.Database,
    name: str,
    role: str,
    who: str = COMMAND_LINE,
    course: str = memberships.DEFAULT,
) -> str:
    """Add a user and return their first token. It cannot be shown again.

    Args:
        who: does it, for the audit log.
        course: in which they have the role; an administrator has it everywhere.

    Raises:
        AccountError: the name is empty, too long or (in whatever case) taken, or there is no
            such role.
        StoreUnavailable: no database.
    """
    name = name.strip()
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise AccountError("A user's name has 1 to 200 printable characters.")
    if role not in list(models.Role):
        raise AccountError(f"There is no role {role!r}; choose one of {', '.join(models.Role)}.")
    if other := users.in_other_case(store, name):
        raise AccountError(person_names.only_in_case(name, other))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if users.add(store, name, models.Role(role), digest(token), who, course) is None:
        raise AccountError(f"There is already a user {name!r}; choose another name.")
    return token


def set_role(
    store: database.Database,
    name: str,
    role: models.Role,
    who: str = COMMAND_LINE,
    course: str = memberships.DEFAULT,
) -> rows.User:
    """Give a person another role in a course; it holds at once for their tokens and sessions.

    Raises:
        AccountError: there is no such person.
    """
    changed = users.set_role(store, name, role, who, course)
    if changed is None:
        raise AccountError(f"There is no user {name!r}.")
    return changed


def add_token(
    store: database.Database,
    name: str,
    who: str = COMMAND_LINE,
    *,
    scope: str = models.Scope.ALL,
    days: float = 0,
    label: str = "",
    course: str | None = None,
) -> tuple[str, rows.Token]:
    """Another token for a known user, and how it is stored; the older ones stay valid.

    Args:
        scope: see `Scope`.
        days: until it expires; 0 is never.
        label: what it is for.
        course: it opens this one alone.

    Raises:
        AccountError: no such user or scope, or an impossible number of days.
    """
    if scope not in list(models.Scope):
        raise AccountError(f"There is no scope {scope!r}; choose of {', '.join(models.Scope)}.")
    if not 0 <= days <= MAX_DAYS:
        raise AccountError(f"A token lasts at most {MAX_DAYS} days; 0 means no limit.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    new = rows.NewToken(digest(token), models.Scope(scope), days, label, course)
    made = users.add_token(store, name, new, who)
    if made is None:
        raise AccountError(f"There is no user {name!r}.")
    return token, made


def find(store: database.Database, token: str) -> rows.User | None:
    """Whose token this is, or None."""
    return users.by_token(store, digest(token))


def open_session(
    store: database.Database, token: str, lifetime_s: float, *, ends_token: bool = False
) -> str:
    """Sign the owner of a token in; the secret by which the session is known.

    Args:
        ends_token: the token was made for this session, and is revoked with its end.

    Raises:
        AccountError: there is no such token.
    """
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    lifetime = datetime.timedelta(seconds=lifetime_s)
    opened = sessions.open_(store, digest(secret), digest(token), lifetime, ends_token=ends_token)
    if not opened:
        raise AccountError("This token is not valid (or no longer valid).")
    return secret


def find_session(store: database.Database, secret: str) -> rows.User | None:
    """Who is signed in by a session, while it and its token are valid."""
    return sessions.owner(store, digest(secret))


def end_session(store: database.Database, secret: str) -> None:
    """Sign out: the session ends here, whatever a browser still holds."""
    sessions.end(store, digest(secret))


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
