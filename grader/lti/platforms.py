"""A learning platform as an operator registers it, and which addresses may be called for it.

Owns the checks of a registration. What is stored is `grader.store.lti_platforms`'s.

A registration is known by issuer and client id together: Open edX gives each passport a client id
of its own under one issuer, and hosted platforms have one issuer for all of their schools.
"""

import ipaddress
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from grader import errors

MAX_TEXT: Final = 2000
MOST_DEPLOYMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Registration:
    """What a platform's administrator gives for a tool.

    Attributes:
        name: what our pages call it.
        auth_url, token_url, keys_url: where browsers are sent to, tokens come from, keys lie.
        token_audience: for whom our proof of identity is meant; empty is the token_url.
        deployments: the ones that may launch; none: any that the platform vouches for.
    """

    issuer: str
    client_id: str
    auth_url: str
    token_url: str
    keys_url: str
    name: str = ""
    token_audience: str = ""
    deployments: tuple[str, ...] = ()

    @property
    def shown_name(self) -> str:
        """The name, or the issuer's host."""
        return self.name or urllib.parse.urlsplit(self.issuer).hostname or self.issuer

    @property
    def audience(self) -> str:
        """Whom our proof of identity is meant for."""
        return self.token_audience or self.token_url


@dataclass(frozen=True, slots=True)
class Platform:
    """A registration that is stored."""

    id: int
    registration: Registration


def checked(given: Registration, *, plain: bool) -> Registration:
    """A registration that can be used.

    Args:
        plain: addresses without TLS will do, because our own has none.

    Raises:
        NotValid: with everything that is wrong.
    """
    if faults := list(_faults(given, plain=plain)):
        raise errors.NotValid(" ".join(faults))
    return given


def _faults(given: Registration, *, plain: bool) -> Iterator[str]:
    for name in ("issuer", "client_id"):
        value = getattr(given, name)
        if not value or not value.isprintable() or len(value) > MAX_TEXT:
            yield f"The {name.replace('_', ' ')} is missing, not printable or very long."
    for what, url in (
        ("login address", given.auth_url),
        ("token address", given.token_url),
        ("key set address", given.keys_url),
    ):
        if fault := address_fault(url, plain=plain):
            yield f"The {what} {fault}."
    if len(given.deployments) > MOST_DEPLOYMENTS or not all(given.deployments):
        yield f"Name at most {MOST_DEPLOYMENTS} deployments, none of them empty."


def address_fault(url: str, *, plain: bool, host: str = "") -> str:
    """What is wrong with an address that this service would call; empty where nothing is.

    Args:
        plain: addresses without TLS will do.
        host: one that is known; an address by number must be the same.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in (("http", "https") if plain else ("https",)):
        return "must begin with https://"
    if not name or parts.username is not None or parts.fragment or port == 0:
        return "is not an address of a web service"
    if len(url) > MAX_TEXT or not url.isprintable() or " " in url:
        return "is too long or holds a space"
    if _is_number(name) and not plain and name != host:
        return "must name a host, not a number"
    return ""


def host_of(url: str) -> str:
    """The host of an address; empty where it has none."""
    try:
        return urllib.parse.urlsplit(url).hostname or ""
    except ValueError:
        return ""


def origin(url: str) -> str:
    """Scheme, host and port of an address, as browsers write them."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def _is_number(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost") or host.isdigit():
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
