"""An assignment for its staff: submissions, figures and plots, and the quality of its suite.

Owns these pages' routes. The figures are `store.statistics`', the plots `charts`', the lists
`store.listings`'. Batches and regrades have pages of their own in `group_pages`.
"""

import urllib.parse
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import models
from grader.api import dependencies, problems
from grader.assignment import manifest as assignments
from grader.store import listings, statistics
from grader.web import chart_cache, charts, quality, rendering, view_models

router = APIRouter(
    include_in_schema=False, route_class=rendering.Route, dependencies=[Depends(rendering.staff)]
)

SVG_HEADERS: Final = {
    # Opened by itself, a plot may use its own styles and nothing else.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=31536000, immutable",  # its address changes with its figures
}
WHICH_WORDS: Final = {
    "latest": "latest of each student",
    "best": "best of each student",
    "all": "all submissions",
}
PLOT_WORDS: Final = {
    "scores": "Score distribution",
    "rates": "Tests that fewest submissions pass",
    "times": "Slowest tests",
    "memory": "Tests that need most memory",
}


@router.get("/assignments/{slug}/dashboard")
def dashboard(
    slug: str,
    request: Request,
    here: dependencies.Here,
    which: statistics.Which = "latest",
) -> HTMLResponse:
    """The figures of an assignment."""
    assignment = assignments.load(here.course_dir, slug)
    remembered: chart_cache.Remembered = request.app.state.figures
    found = remembered.figures(here.store, slug, which)
    return rendering.render(
        request,
        "dashboard.html",
        here="dashboard",
        assignment=assignment.manifest,
        found=found,
        which=which,
        whiches=WHICH_WORDS,
        plots=PLOT_WORDS,
        summary=view_models.score_summary(found),
        failures=view_models.failures(found.failures),
        words=view_models.STATE_WORDS,
    )


@router.get("/assignments/{slug}/plots/{name}.svg")
def plot(
    slug: str,
    name: str,
    request: Request,
    here: dependencies.Here,
    which: statistics.Which = "latest",
    scheme: Literal["light", "dark"] = "light",
    width: Literal["wide", "narrow"] = "wide",
) -> Response:
    """One plot; its numbers are on the dashboard as a table, too."""
    assignments.load(here.course_dir, slug)
    remembered: chart_cache.Remembered = request.app.state.figures
    look = charts.look(dark=scheme == "dark", narrow=width == "narrow")
    made = remembered.plot(here.store, slug, which, name, look)
    if made is None:
        raise problems.Problem(404, f"There is no plot {name}.")
    return Response(made, media_type="image/svg+xml", headers=SVG_HEADERS)


@router.get("/assignments/{slug}/submissions")
def submissions_page(
    slug: str,
    request: Request,
    here: dependencies.Here,
    sort: Annotated[str, Query(max_length=20)] = "-when",
    state: models.SubmissionState | Literal[""] = "",
    student: Annotated[str, Query(max_length=100)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """All submissions of an assignment, sorted and filtered."""
    assignment = assignments.load(here.course_dir, slug)
    wanted = listings.Wanted(
        sort.lstrip("-"), sort.startswith("-"), str(state), student.replace("\0", ""), number
    )
    return rendering.render(
        request,
        "submissions.html",
        here="submissions",
        assignment=assignment.manifest,
        found=listings.submissions(here.store, slug, wanted),
        wanted=wanted,
        sort=sort,
        words=view_models.STATE_WORDS,
        link=lambda **changes: _link(sort, wanted, changes),
    )


def _link(sort: str, wanted: listings.Wanted, changes: dict[str, object]) -> str:
    """The same list with something changed."""
    values: dict[str, object] = {"sort": sort, "state": wanted.state, "student": wanted.student}
    given = {name: value for name, value in (values | changes).items() if value}
    return "?" + urllib.parse.urlencode(given)


@router.get("/assignments/{slug}/quality")
def quality_page(slug: str, request: Request, here: dependencies.Here) -> HTMLResponse:
    """What the last check of the suite found: mutants by tests."""
    assignment = assignments.load(here.course_dir, slug)
    return rendering.render(
        request,
        "quality.html",
        here="quality",
        assignment=assignment.manifest,
        found=quality.read(assignment),
    )
