"""The regrade requests of an assignment, for staff.

Owns this page's route. One submission's are on `web.submission_requests`.
"""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import regrade_requests
from grader.web import rendering

router = rendering.router_for_markers()


@router.get("/assignments/{slug}/requests")
def of_assignment(
    slug: str,
    request: Request,
    services: dependencies.Services,
    closed: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """Requests about an assignment: those that wait for an answer first."""
    return rendering.render(
        request,
        "requests.html",
        section="requests",
        assignment=services.course.load(slug).manifest,
        requests=regrade_requests.of_assignment(services, slug, closed=closed),
        closed=closed,
    )
