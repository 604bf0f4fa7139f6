"""The viewer's own tokens: which there are, make one for a script, end one.

Owns this page's routes. What a token may be is `grader.service.roster`'s.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import models
from grader.http import dependencies
from grader.service import context, roster
from grader.store import rows
from grader.web import rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)

DAYS: Final = 180.0


@router.get("/tokens")
def tokens_page(
    request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """The viewer's tokens, and the form for another."""
    return _page(request, services, user)


@router.post("/tokens", dependencies=[rendering.OwnForm])
def make(
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    scope: Annotated[models.Scope, Form()] = models.Scope.SUBMIT,
    label: Annotated[str, Form(max_length=200)] = "",
) -> HTMLResponse:
    """Make a token and show it, this once."""
    made = roster.issue_token(
        services, user, user.name, scope=scope, days=DAYS, label=label.strip()
    )
    return _page(request, services, user, made)


@router.post("/tokens/end", dependencies=[rendering.OwnForm])
def end(
    services: dependencies.Services, user: rendering.Viewer, number: rendering.FormText
) -> Response:
    """End a token, and the sessions opened with it; this one may be among them."""
    roster.revoke_token(services, user, user.name, number)
    return rendering.to("/tokens")


def _page(
    request: Request,
    services: context.Services,
    user: rows.User,
    made: tuple[str, rows.Token] | None = None,
) -> HTMLResponse:
    return rendering.render(
        request,
        "tokens.html",
        made=made,
        tokens=roster.tokens(services, user, user.name),
    )
