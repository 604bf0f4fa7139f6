"""To do: what waits for the staff, each with the page on which it is done.

Owns this page's route. What is counted is `grader.service.waiting`'s; the menu shows the sum.
"""

from fastapi import Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import waiting
from grader.web import rendering

router = rendering.router_for_markers()


@router.get("/waiting")
def waiting_page(
    request: Request, services: dependencies.Services, user: rendering.Marker
) -> HTMLResponse:
    """Failed gradings, mistakes in homeworks, regrades to decide on, submissions to mark."""
    return rendering.render(request, "waiting.html", items=waiting.listed(services, user))
