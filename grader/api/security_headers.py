"""Headers that every answer bears, so that a browser runs and frames nothing of it.

Owns these headers only. Answers hold what students wrote (names, messages, printed text) and must
stay text, wherever a browser meets them.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)


class Safe:
    """ASGI middleware that adds `HEADERS`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}  # a page says more than this itself
                message["headers"] = given + [pair for pair in HEADERS if pair[0] not in names]
            await send(message)

        await self._app(scope, receive, sending)
