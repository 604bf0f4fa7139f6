"""Who calls, asked before a byte of the body is read.

Owns that order for routes that change something. Whom a token belongs to is `callers`'.
"""

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security.utils import get_authorization_scheme_param
from starlette.types import ASGIApp, Receive, Scope, Send

from grader import errors
from grader.api import callers
from grader.course import permissions
from grader.http import problems
from grader.service import context
from grader.store import rows

PREFIX = "/api/"


class IdentityFirst:
    """ASGI middleware that answers strangers without reading what they send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes with a token; the route finds its owner in the request's state."""
        if scope["type"] == "http" and _changes_something(scope):
            request = Request(scope)
            try:
                request.state.caller = await run_in_threadpool(_caller, request)
            except (problems.Problem, errors.GraderError) as exc:
                answer = problems.noted(request, exc).response()
                answer.headers["Connection"] = "close"  # the body may still be coming
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _changes_something(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith(PREFIX) and scope["method"] not in permissions.READING


def _caller(request: Request) -> rows.User:
    app: FastAPI = request.app
    services: context.Services = app.state.services
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    return callers.identified(request, services, token if scheme.lower() == "bearer" else "")
