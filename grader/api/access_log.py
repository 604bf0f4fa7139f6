"""What is noted of every request: an id, a line in the log, a count.

Owns the `X-Request-ID` header. A proxy's id is taken over where it is a plain word, so that its
log and ours can be read side by side. Queries, bodies and tokens are never logged.
"""

import logging
import re
import secrets
import time
from typing import Final
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader import logs
from grader.service import metrics

log = logging.getLogger(__name__)

HEADER: Final = b"x-request-id"
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds
UNKNOWN: Final = "(none)"  # no route: whatever strangers try must not make a series each

_WORD: Final = re.compile(rb"[A-Za-z0-9_.-]{8,64}")


class Noted:
    """ASGI middleware that gives each request an id, logs its answer and counts it."""

    def __init__(self, app: ASGIApp, counts: metrics.Metrics) -> None:
        self._app, self._counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own, started, status = _id(scope), time.monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, own)]
            await send(message)

        with logs.about(request=own.decode()):
            try:
                await self._app(scope, receive, sending)
            finally:
                self._note(scope, status, time.monotonic() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", UNKNOWN)
        self._counts.answered(scope["method"], route, status, seconds)
        if scope["path"] not in QUIET:
            # Quoted as it came: decoded, a path may hold line ends, and so make up lines of a log.
            path = quote(scope["path"])
            log.info("%s %s answered %s in %.0f ms", scope["method"], path, status, seconds * 1000)


def _id(scope: Scope) -> bytes:
    given = next((value for name, value in scope["headers"] if name == HEADER), b"")
    return given if _WORD.fullmatch(given) else secrets.token_hex(8).encode()
