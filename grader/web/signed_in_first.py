"""Who is signed in, asked before a byte of a form is read.

Owns that order for pages that change something, as `grader.api.identity_first` does for routes. The
forms of strangers are few, and small: those for signing in, here or by an LMS.
"""

import re
from typing import Final

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from grader import errors
from grader.http import problems
from grader.service import context
from grader.web import sessions

# Forms of strangers, and addresses that are no pages: these say themselves what they take.
LAUNCHES: Final = ("/lti/login", "/lti/launch", "/lti/enter", "/lti/choose", "/lti/link")
OPEN: Final = frozenset({"/sign-in", "/sign-out", "/healthz", "/readyz", "/metrics", *LAUNCHES})
HOMEWORK: Final = re.compile(r"/assignments/[a-z0-9_]+")  # where uploads are sent


class SignedInFirst:
    """ASGI middleware that sends strangers to the sign-in page without reading what they send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the forms of people who are signed in, and whatever is no form of a page."""
        if scope["type"] == "http" and _is_form(scope):
            request = Request(scope)
            try:
                known = await run_in_threadpool(_is_signed_in, request)
            except errors.GraderError as exc:
                await problems.noted(request, exc).response()(scope, receive, send)
                return
            if not known:
                answer = RedirectResponse(_sign_in(scope), 303, {"Connection": "close"})
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _sign_in(scope: Scope) -> str:
    """The sign-in page, which says that nothing was taken; after an upload it leads back."""
    path: str = scope["path"]
    if not HOMEWORK.fullmatch(path):
        return "/sign-in?lost=true"
    return f"/sign-in?next={path}&lost=true"


def _is_form(scope: Scope) -> bool:
    path: str = scope["path"]
    is_page = not path.startswith("/api/") and path not in OPEN
    return is_page and scope["method"] == "POST"


def _is_signed_in(request: Request) -> bool:
    app: FastAPI = request.app
    state: sessions.Sessions = app.state.sessions
    services: context.Services = app.state.services
    return state.user(services.store, request) is not None
