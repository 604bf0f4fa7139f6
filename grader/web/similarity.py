"""The page of similarity: which submissions of an assignment are alike.

Owns this page's routes. Comparing is done in the background by `service.similarity`; two works side
by side are in `pair`.
"""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.web import rendering

router = rendering.router_for_markers()


@router.get("/assignments/{slug}/similarity")
def similarity_page(
    slug: str,
    request: Request,
    services: dependencies.Services,
    comparisons: dependencies.Comparisons,
) -> HTMLResponse:
    """The pairs that are alike, the most alike first."""
    assignment = services.course.load(slug)
    state = comparisons.state(assignment)
    return rendering.render(
        request,
        "similarity.html",
        section="similarity",
        assignment=assignment.manifest,
        state=state,
        report=state.kept.report if state.kept else None,
    )


@router.post("/assignments/{slug}/similarity", dependencies=[rendering.OwnForm])
def compare(
    slug: str,
    services: dependencies.Services,
    comparisons: dependencies.Comparisons,
    _user: rendering.Instructor,
) -> Response:
    """Compare again in the background."""
    comparisons.start(services.course.load(slug))
    return rendering.to(f"/assignments/{slug}/similarity")
