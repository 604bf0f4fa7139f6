"""Connections: how many, from where, and how long one may say nothing.

Owns the bounds on connections, whatever is said on them. What a known person may hold open is
`grader.http.fair_share`'s. A proxy in front has bounds of its own, and asks for many people.

Theory of operation
    A connection is idle until the head of a request has come whole, and again when that has been
    answered. Idle ones are closed after some seconds, however slowly bytes trickle in; between two
    requests after more than a minute, because a busy client that looks once a second may come late,
    and one that is closed while the next request is on its way fails that request. When an
    address, or all together, have as many connections as they may, the one that has been idle for
    longest gives way to the new one; only where none is idle the new one is closed. So silent
    connections shut nobody out.
"""

import asyncio
import functools
import ipaddress
import logging
import resource
from collections import Counter
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger(__name__)

IDLE_S: Final = 15.0  # until the head of a request is whole
BETWEEN_S: Final = 75.0  # from an answer to the first byte of the next request; proxies keep 60 s
MOST_OF_ADDRESS: Final = 512  # a lecture hall behind one address: most of its connections are idle
MOST_FILES: Final = 65536  # open files that a service asks the system for
SHARE_OF_FILES: Final = 0.75  # of them, for connections; database, uploads and logs have the rest


class Connections:
    """What is connected to one server. For one event loop.

    Args:
        most: connections in all.
        most_of_address: of one address.
        exempt: proxies, by address or network and separated by commas; they ask for many people.
    """

    def __init__(self, most: int, most_of_address: int = MOST_OF_ADDRESS, exempt: str = "") -> None:
        self._most, self._most_of_address = most, most_of_address
        self._exempt = [_network(text.strip()) for text in exempt.split(",") if text.strip()]
        self._of_address = Counter[str]()
        self._idle: dict[BoundedConnection, None] = {}  # the one that is idle for longest first

    def enter(self, connection: "BoundedConnection") -> bool:
        """Count a new connection in; False if there is no place for it."""
        address = connection.address
        if self._of_address[address] >= self._most_of_address and not self._is_exempt(address):
            self._give_way(address)
            if self._of_address[address] >= self._most_of_address:
                log.warning("a connection was closed: one address has too many open ones")
                return False
        if self._of_address.total() >= self._most:
            self._give_way()
            if self._of_address.total() >= self._most:
                log.warning("a connection was closed: too many are open")
                return False
        self._of_address[address] += 1
        return True

    def leave(self, connection: "BoundedConnection") -> None:
        """Count a connection out that had been let in."""
        self._idle.pop(connection, None)
        self._of_address[connection.address] -= 1
        if not self._of_address[connection.address]:
            del self._of_address[connection.address]

    def note(self, connection: "BoundedConnection", *, idle: bool) -> None:
        """Remember that a connection is idle from now on, or is not."""
        self._idle.pop(connection, None)
        if idle:
            self._idle[connection] = None

    def _give_way(self, address: str = "") -> None:
        """Close the connection that has been idle for longest, of an address or of all."""
        matches = (one for one in self._idle if not address or one.address == address)
        if oldest := next(matches, None):
            self.leave(oldest)
            oldest.drop()

    def _is_exempt(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._exempt)


class BoundedConnection(H11Protocol):
    """Uvicorn's connection, counted and not patient without end."""

    def __init__(self, *args: Any, among: Connections, **options: Any) -> None:
        super().__init__(*args, **options)
        self.address = ""
        self.timeout_keep_alive = BETWEEN_S  # type: ignore[assignment]  # of Uvicorn; any seconds
        self._among = among
        self._counted = False
        self._patience_s = IDLE_S
        self._closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let the connection in, or close it."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._counted = self._among.enter(self)
        if self._counted:
            self._note()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection out."""
        super().connection_lost(exc)
        self._stop_waiting()
        if self._counted:
            self._counted = False
            self._among.leave(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        super().data_received(data)
        if self._patience_s != IDLE_S:
            self._patience_s = IDLE_S
            self._stop_waiting()
        self._note()

    def on_response_complete(self) -> None:
        """Begin to wait for another request."""
        super().on_response_complete()
        self._patience_s = BETWEEN_S
        self._note()

    def drop(self) -> None:
        """Close at once, to make room; it has been counted out."""
        self._counted = False
        self._stop_waiting()
        self.transport.abort()

    def _note(self) -> None:
        """Wait for a request's head, or stop that, by whether a request is being answered."""
        idle = self.cycle is None or self.cycle.response_complete
        if not self._counted or idle == (self._closing is not None):
            return
        self._among.note(self, idle=idle)
        if idle:
            self._closing = self.loop.call_later(self._patience_s, self.transport.abort)
        else:
            self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None


def protocol(trusted_proxies: str) -> Any:
    """What makes a server's connections, for uvicorn's setting `http`, which says it is a class.

    Args:
        trusted_proxies: as in the settings.
    """
    among = Connections(int(_files() * SHARE_OF_FILES), exempt=trusted_proxies)
    return functools.partial(BoundedConnection, among=among)


def _files() -> int:
    """How many files this process may open, after asking for as many as it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)
