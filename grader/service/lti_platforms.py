"""Learning platforms: registering them by hand or by invitation, and our keys for them.

Owns these use cases. What a registration may be is `grader.lti.platforms`'s, when a key signs
`grader.lti.keys`'s. Only administrators register: this service calls the addresses that they name.
"""

import datetime
import secrets
from collections.abc import Sequence
from typing import Any, Final

from grader import errors
from grader.course import permissions
from grader.lti import (
    connections,
    dynamic_registration,
    keys,
    platforms,
    service_access,
    transport,
)
from grader.notify import channels
from grader.service import accounts, context
from grader.store import audit, database, rows
from grader.store import lti_keys as stored_keys
from grader.store import lti_platforms as stored

INVITATION: Final = datetime.timedelta(hours=1)


def site(services: context.Services) -> str:
    """Our public address; every address that an LMS is given starts with it.

    Raises:
        Conflict: the operator has not set it.
    """
    if not services.channels.site:
        raise errors.Conflict(
            "An LMS can only be connected when the service knows its own address: the operator "
            "sets GRADER_PUBLIC_URL."
        )
    return services.channels.site


def connections_of(ways: channels.Channels) -> connections.LmsConnections:
    """Calls of platforms; without TLS only where we have none ourselves, for a trial."""
    return connections.LmsConnections(transport.Transport(plain=ways.site.startswith("http://")))


def every(services: context.Services) -> Sequence[platforms.Platform]:
    """Every platform that is registered."""
    return stored.all_of(services.store)


def find(services: context.Services, platform_id: int) -> platforms.Platform:
    """A platform.

    Raises:
        NotFound: there is none of this number.
    """
    platform = stored.one(services.store, platform_id)
    if platform is None:
        raise errors.NotFound("No LMS of this number is registered.")
    return platform


def register(
    services: context.Services, user: rows.User, given: platforms.Registration
) -> tuple[platforms.Platform, bool]:
    """Register a platform, or change the one of this issuer and client id; whether it is new.

    Raises:
        NotAllowed: they are no administrator.
        NotValid: with everything that is wrong with it.
        Conflict: the service does not know its own address.
    """
    _require_right(user)
    plain = site(services).startswith("http://")
    checked = platforms.checked(given, plain=plain)
    number, is_new = stored.add(services.store, checked, user.title)
    platform = find(services, number)
    services.lti.forget(platform)
    return platform, is_new


def remove(services: context.Services, user: rows.User, platform_id: int) -> None:
    """Remove a platform with its courses, links and the list of what was sent there.

    Raises:
        NotAllowed, NotFound: they are no administrator, or there is none.
    """
    _require_right(user)
    services.lti.forget(find(services, platform_id))
    stored.remove(services.store, platform_id, user.title)


def invite(services: context.Services, user: rows.User) -> str:
    """An address by which one platform registers itself, within an hour.

    Raises:
        NotAllowed: they are no administrator.
        Conflict: the service does not know its own address.
    """
    _require_right(user)
    secret = secrets.token_urlsafe(accounts.TOKEN_BYTES)
    address = f"{site(services)}/lti/register/{secret}"
    stored.invite(services.store, accounts.digest(secret), INVITATION, user.title)
    return address


def register_by_invitation(
    services: context.Services, secret: str, description_url: str, token: str
) -> platforms.Platform:
    """Let the platform at an address register itself.

    Args:
        description_url: where it describes itself.
        token: its permission for this registration; empty where it wants none.

    Raises:
        NotFound: there is no such invitation, or it has been used.
        NotValid: the platform does not describe itself as it must.
        Undelivered: it cannot be reached.
    """
    host = site(services)
    plain = host.startswith("http://")
    if fault := platforms.address_fault(description_url, plain=plain):
        raise errors.NotValid(f"The address at which the LMS describes itself {fault}.")
    invited_by = stored.accept(services.store, accounts.digest(secret))
    if invited_by is None:
        raise errors.NotFound(
            "This invitation has been used or has expired. An administrator of this service makes "
            "another on the page LMS."
        )
    calls = services.lti.calls
    given = dynamic_registration.registered(calls, host, description_url, token)
    number, _ = stored.add(services.store, given, invited_by)
    return find(services, number)


def key_set(services: context.Services) -> dict[str, Any]:
    """The public halves of our keys; the first is made when somebody asks."""
    return {"keys": [key.public() for key in _current(services.store)]}


def rotate(store: database.Database, who: str, *, at_once: bool = False) -> Sequence[keys.ToolKey]:
    """Make another key; the keys that are published now.

    Args:
        at_once: it signs now, for where the old one has leaked; platforms that keep our key set
            refuse us until they fetch it again.
    """
    now = datetime.datetime.now(datetime.UTC)
    wait = datetime.timedelta(0) if at_once else keys.PUBLISHED_BEFORE

    def make(known: Sequence[keys.ToolKey]) -> keys.ToolKey:
        return keys.made(now, now + (wait if known else datetime.timedelta(0)))

    return stored_keys.add(store, make, who)


def rotate_by(services: context.Services, user: rows.User, *, at_once: bool) -> dict[str, Any]:
    """The same, asked for by an administrator; the public halves.

    Raises:
        NotAllowed: they are none.
    """
    _require_right(user)
    made = rotate(services.store, user.title, at_once=at_once)
    return {"keys": [key.public() for key in made]}


def access(services: context.Services, platform: platforms.Platform) -> service_access.Access:
    """A platform's services, in our name.

    Raises:
        Undelivered: there is no key that signs by now.
    """
    known = _current(services.store)
    key = keys.signing(known, datetime.datetime.now(datetime.UTC))
    if key is None:
        raise errors.Undelivered("No key of ours signs yet.")
    return service_access.Access(services.lti, platform, key)


def _current(store: database.Database) -> Sequence[keys.ToolKey]:
    """Our keys; another is made in time before the newest is old."""
    now = datetime.datetime.now(datetime.UTC)
    known = stored_keys.all_of(store)
    if not _needed(known, now) and not keys.outdated(known, now):
        return known

    def make(there: Sequence[keys.ToolKey]) -> keys.ToolKey | None:
        wait = keys.PUBLISHED_BEFORE if there else datetime.timedelta(0)
        return keys.made(now, now + wait) if _needed(there, now) else None

    return stored_keys.add(store, make, audit.SERVICE)


def _needed(known: Sequence[keys.ToolKey], now: datetime.datetime) -> bool:
    return all(now - key.made_at > keys.LIFETIME for key in known)


def _require_right(user: rows.User) -> None:
    if not permissions.registers_platforms(user.role):
        raise errors.NotAllowed("Only administrators register an LMS.")
