"""Scores that were or will be sent to an LMS: what, when, and what it answered.

Owns this page's routes. What is sent is `grader.service.lti_scores`'s.
"""

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import lti_scores
from grader.web import rendering

router = rendering.router_for_markers()

STATES = {
    "waiting": "waits",
    "sent": "sent",
    "overtaken": "replaced by a newer score",
    "refused": "refused",
}


@router.get("/assignments/{slug}/sent-scores")
def sent_scores(
    slug: str,
    request: Request,
    services: dependencies.Services,
    open_only: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """Scores of a homework, the newest first."""
    return rendering.render(
        request,
        "sent_scores.html",
        section="sent-scores",
        assignment=services.course.load(slug).manifest,
        scores=lti_scores.sent(services, slug, open_only=open_only),
        held_back=lti_scores.held_back(services, slug),
        open_only=open_only,
        states=STATES,
    )


@router.post("/assignments/{slug}/sent-scores", dependencies=[rendering.OwnForm])
def send_again(slug: str, services: dependencies.Services, user: rendering.Instructor) -> Response:
    """Send what was refused or waits at once."""
    lti_scores.send_again(services, user, slug)
    return rendering.to(f"/assignments/{slug}/sent-scores")
