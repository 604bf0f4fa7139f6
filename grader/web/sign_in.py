"""Signing in with a token, and out again.

Owns these routes. The cookie is `sessions`', tokens are `grader.service.accounts`'; signing in with
an identity provider is `oidc`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from grader.http import dependencies
from grader.service import accounts
from grader.web import oidc, rendering, sessions

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def sign_in_page(
    request: Request,
    next: str = "/",  # noqa: A002  # in the URL
    lost: bool = False,
    token: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """The form that asks for a token.

    Args:
        lost: an upload of somebody who is signed out was not read.
        token: of a sign-in link; whoever opens it has one button to press, and no program that
            looks at links signs in by it.
    """
    return _page(request, next, lost=lost, token=token)


@router.post("/sign-in")
def sign_in(
    request: Request,
    services: dependencies.Services,
    token: rendering.FormText,
    next: rendering.FormText = "/",  # noqa: A002  # a form's field
) -> Response:
    """Check the token and set the cookie."""
    rendering.check_origin(request)
    state: sessions.Sessions = request.app.state.sessions
    if accounts.find(services.store, token.strip()) is None:
        return _page(request, next, 401)
    answer = rendering.to(rendering.local(next))
    state.sign_in(services.store, request, answer, token.strip())
    return answer


@router.post("/sign-out")
def sign_out(
    request: Request, services: dependencies.Services, form_token: rendering.FormText
) -> Response:
    """End the session."""
    rendering.check_origin(request)
    state: sessions.Sessions = request.app.state.sessions
    answer = RedirectResponse("/sign-in", status_code=303, headers=rendering.SECURITY_HEADERS)
    if state.is_own_form(request, form_token):
        state.sign_out(services.store, request, answer)
    return answer


def _page(
    request: Request, path: str, status_code: int = 200, *, lost: bool = False, token: str = ""
) -> HTMLResponse:
    return rendering.render(
        request,
        "sign_in.html",
        status_code,
        next=rendering.local(path),
        wrong=status_code != 200,
        lost=lost,
        token=token,
        oidc=oidc.name(request),
    )
