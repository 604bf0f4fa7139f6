"""What clients ask in slightly other words, brought into the words that the routes know.

Owns two things that HTTP leaves open and people do all the time: HEAD is answered as GET is,
without a body, and a slash at the end of a path means nothing. (A redirect to the path without it
would answer an upload with an empty body, and nothing would be submitted.)
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILES: Final = "/static"  # folders of files, where a slash has a meaning
_GONE: Final[Message] = {"type": "http.disconnect"}


class PlainRequests:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on in plain words."""
        if scope["type"] == "http":
            scope = _without_slash(scope)
            if scope["method"] == "HEAD":
                scope, answer = {**scope, "method": "GET"}, _HeadOnly(receive, send)
                receive, send = answer.receive, answer.send
        await self._app(scope, receive, send)


def _without_slash(scope: Scope) -> Scope:
    path = scope["path"]
    if path.endswith("/") and path != "/" and not path.startswith(FILES):
        raw = scope.get("raw_path") or b""
        return {**scope, "path": path.rstrip("/") or "/", "raw_path": raw.rstrip(b"/") or b"/"}
    return scope


class _HeadOnly:
    """The head of an answer; whoever goes on with the body hears that nobody listens."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._answered = False

    async def receive(self) -> Message:
        return _GONE if self._answered else await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._answered = True
            await self._send(message)
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
