"""A form that is sent twice, by a double click or a reload, is taken once.

Owns the memory of what each session sent last. Forms with files are not looked at: equal uploads
are one by themselves (`grader.service.submissions`, `batches`).

Theory of operation. What a session has sent last is known by a hash of its address and fields. The
same again, within some seconds and with nothing else sent in between, gets the first one's answer,
for which it waits if need be. Only the way to another page is kept: after a refusal one may try
again, and what is shown once (a token) is nowhere in memory.
The memory is the process's: behind several of them a second click that comes to another one is
taken as a form of its own.
"""

import asyncio
import collections
import hashlib
import time
from collections.abc import Awaitable, Callable
from concurrent import futures
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from grader.http import bodies
from grader.web import sessions

AGAIN_S: Final = 10.0
MOST: Final = 1000  # sessions

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Sent:
    """What was sent, and its answer once there is one; None for one that is not kept."""

    digest: bytes
    answer: "futures.Future[RedirectResponse | None]" = field(default_factory=futures.Future)
    at: float = field(default_factory=time.monotonic)


class SentLast:
    """The last form of each session."""

    def __init__(self, again_s: float = AGAIN_S) -> None:
        self.again_s = again_s
        self._last: collections.OrderedDict[str, _Sent] = collections.OrderedDict()

    async def once(self, request: Request, handle: Handler) -> Response:
        """The answer to a request; to the same form again, the first one's answer."""
        session = request.cookies.get(sessions.COOKIE, "")
        if request.method != "POST" or not session or not bodies.is_plain_form(request):
            return await handle(request)
        digest = await _digest(request)
        if known := await self._known(session, digest):
            return known
        return await self._first(session, digest, request, handle)

    async def _known(self, session: str, digest: bytes) -> RedirectResponse | None:
        before = self._last.get(session)
        if before is None or before.digest != digest:
            return None
        if before.answer.done() and time.monotonic() - before.at >= self.again_s:
            return None
        return await asyncio.shield(asyncio.wrap_future(before.answer))

    async def _first(
        self, session: str, digest: bytes, request: Request, handle: Handler
    ) -> Response:
        sent = _Sent(digest)
        self._last[session] = sent
        self._last.move_to_end(session)
        while len(self._last) > MOST:
            self._last.popitem(last=False)
        kept = None
        try:
            answer = await handle(request)
            kept = answer if isinstance(answer, RedirectResponse) else None
        finally:
            sent.answer.set_result(kept)
        return answer


async def _digest(request: Request) -> bytes:
    """What names a form: where it goes, and its fields."""
    query = request.scope["query_string"]
    parts = (request.url.path.encode(), query, await request.body())
    return hashlib.sha256(b"\0".join(parts)).digest()
