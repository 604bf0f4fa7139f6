"""Messages: what one person hears of by mail; for staff also what could not be sent.

Owns this page's routes. Mails link to it: whoever wants no more of them says so here.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from grader.course import permissions
from grader.http import dependencies
from grader.service import context, messages
from grader.store import rows
from grader.web import rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


@router.get("/messages")
def messages_page(
    request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """What this person hears of."""
    return _page(request, services, user, saved=False)


@router.post("/messages", dependencies=[rendering.OwnForm])
def choose(
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    wanted: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Hear of what was ticked, and of nothing else."""
    messages.choose(services, user, wanted)
    return _page(request, services, user, saved=True)


def _page(
    request: Request, services: context.Services, user: rows.User, *, saved: bool
) -> HTMLResponse:
    return rendering.render(
        request,
        "messages.html",
        settings=messages.of(services, user),
        outbox=messages.outbox(services, user) if permissions.is_instructor(user.role) else None,
        saved=saved,
    )
