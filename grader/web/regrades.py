"""The regrades of an assignment, and the form for another.

Owns this page's routes. One regrade has a page of its own, in `regrade`.
"""

import uuid
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import models
from grader.http import dependencies, problems
from grader.service import bulk_operations, regrades, versions
from grader.web import rendering

router = rendering.router_for_markers()


@router.get("/assignments/{slug}/regrades")
def regrades_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """The regrades of an assignment, and the form for another."""
    return rendering.render(
        request,
        "regrades.html",
        section="regrades",
        assignment=services.course.load(slug).manifest,
        operations=bulk_operations.of_homework(services, regrades.KIND, slug),
        gradable=versions.gradable(services, slug),
    )


@router.post("/assignments/{slug}/regrades", dependencies=[rendering.OwnForm])
def start_regrade(
    slug: str,
    services: dependencies.Services,
    user: rendering.Instructor,
    which: Annotated[models.Which, Form()],
    reason: Annotated[str, Form(min_length=1, max_length=rendering.MAX_REASON)],
    chosen: Annotated[list[uuid.UUID] | None, Form()] = None,
    every_test: Annotated[bool, Form()] = False,
    version: Annotated[str, Form(pattern=r"^\d{0,9}$")] = "",
) -> Response:
    """Begin a regrade and go to its page."""
    if which is models.Which.CHOSEN and not chosen:
        raise problems.Problem(422, "Nothing was chosen: tick the submissions to grade again.")
    regrade = regrades.start(
        services,
        user,
        slug,
        which,
        reason,
        chosen or [],
        every_test=every_test,
        version=int(version) if version else None,
    )
    return rendering.to(f"/regrades/{regrade.id}")
