"""The address under which people reach the service, and whose word about them is taken.

Owns the reading of `GRADER_PUBLIC_URL` and the place where it enters a request. Cookies, the check
of forms, redirects and sign-in with a provider follow the request's scheme and host; behind a proxy
these are the proxy's. So they are replaced here, once, by what the operator says, and never guessed
from headers that anybody can send.
"""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from grader import errors, settings

PORTS = {"http": 80, "https": 443}
_REPLACED = "grader.address_replaced"  # in a scope


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Scheme and host of the service, as they stand in a browser's address bar."""

    scheme: str
    host: str  # with a port, unless it is the scheme's own

    @property
    def server(self) -> tuple[str, int]:
        """Host name and port."""
        parts = urllib.parse.urlsplit(f"//{self.host}")
        return parts.hostname or "", parts.port or PORTS[self.scheme]


def chosen(given: settings.Settings) -> PublicAddress | None:
    """The address that the settings name, if any.

    Raises:
        OperatorError: it is no address of a whole site.
    """
    if not given.public_url:
        return None
    try:
        parts = urllib.parse.urlsplit(given.public_url.strip())
        whole = parts.scheme in PORTS and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        whole = False
    if not whole or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise errors.OperatorError(
            f"GRADER_PUBLIC_URL={given.public_url!r} is not the address of a site. Write it as "
            "people type it, without a path: https://grader.example.edu"
        )
    default = f":{PORTS[parts.scheme]}"
    return PublicAddress(parts.scheme, parts.netloc.lower().removesuffix(default))


def own(request: Request) -> str:
    """What a browser calls the origin of our pages."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def host_name(request: Request) -> str:
    """The host that was asked for, without its port; empty where that is no host."""
    try:
        return urllib.parse.urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def is_replaced(request: Request) -> bool:
    """Whether the request bears the public address in the place of its own."""
    return _REPLACED in request.scope


class Addressed:
    """ASGI middleware that puts the public address in the place of the request's own."""

    def __init__(self, app: ASGIApp, address: PublicAddress | None) -> None:
        self._app, self._address = app, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under the public address."""
        if self._address and scope["type"] == "http":
            scope = {**scope, **_replaced(scope, self._address)}
        await self._app(scope, receive, send)


def _replaced(scope: Mapping[str, Any], address: PublicAddress) -> dict[str, Any]:
    others = [pair for pair in scope["headers"] if pair[0] != b"host"]
    return {
        "scheme": address.scheme,
        "server": address.server,
        "headers": [(b"host", address.host.encode("latin-1")), *others],
        _REPLACED: True,
    }
