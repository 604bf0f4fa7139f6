"""A bound on every request's body and on its slowness, before anything of it is parsed.

Owns the bound of routes that say nothing else. Routes that take files say more and count by
themselves (`grader.http.multipart`).

Theory of operation. A framework parses a body before it asks who sent it, and parses it whole. So
the body is counted here, while it is handed on: one that announces too much is answered at once,
one that grows beyond the bound or comes too slowly is given up. Who may send a body at all is asked
before that (`grader.api.identity_first`).
"""

import asyncio
import time
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader import wording
from grader.http import problems

MAX_BYTES: Final = wording.MB
FORM_BYTES: Final = 64_000  # of a form without files: a thousand fields, and slow to take apart
PATIENCE_S: Final = 20.0  # for a body, beside the time that its bytes may take
MIN_BYTES_PER_S: Final = 16 * 1024

FORM: Final = "application/x-www-form-urlencoded"
_KEY: Final = "grader.body"
_CLOSE: Final = {"Connection": "close"}


class Bounded:
    """ASGI middleware that gives up bodies which are too large or too slow."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that is counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        limit = FORM_BYTES if _kind(request) == FORM else MAX_BYTES
        if announced_bytes(request) > limit and not is_multipart(request):
            await problems.of(_too_large(limit)).response()(scope, receive, send)
            return
        body = scope[_KEY] = _Body(receive, limit)
        await self._app(scope, body, send)


def leave_to_route(request: Request) -> None:
    """The route counts this body itself, under a bound and a patience of its own."""
    body: _Body | None = request.scope.get(_KEY)
    if body:
        body.bounded = False


def announced_bytes(request: Request) -> int:
    """How long the body will be, as its sender says; 0 where they do not."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def is_multipart(request: Request) -> bool:
    """Whether the body holds parts, as a form with files does."""
    return _kind(request) == "multipart/form-data"


def is_plain_form(request: Request) -> bool:
    """Whether the body is a form without files."""
    return _kind(request) == FORM


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


class BodyPatience:
    """How long a body may still take: some seconds, and more for each byte that has come."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def left_s(self, taken: int) -> float:
        """Seconds until the body is given up, when this many bytes of it have come."""
        gives_up_at = self._started + PATIENCE_S + taken / MIN_BYTES_PER_S
        return max(gives_up_at - time.monotonic(), 0)


class _Body:
    """An ASGI receive that raises at the bound and at slowness."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit = receive, limit
        self._taken = 0
        self._ended = False
        self._patience = BodyPatience()
        self.bounded = True

    async def __call__(self) -> Message:
        if not self.bounded or self._ended:  # afterwards a message is the end of the connection
            return await self._receive()
        try:
            left_s = self._patience.left_s(self._taken)
            message = await asyncio.wait_for(self._receive(), left_s)
        except TimeoutError as exc:
            raise HTTPException(
                408, "The request's body arrived too slowly; send it again.", _CLOSE
            ) from exc
        self._ended = not message.get("more_body", False)
        self._taken += len(message.get("body", b""))
        if self._taken > self._limit:
            raise _too_large(self._limit)
        return message


def _too_large(limit: int) -> HTTPException:
    return HTTPException(
        413, f"The request's body is larger than {limit:,} bytes; send less at once.", _CLOSE
    )
