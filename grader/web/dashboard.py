"""The dashboard of an assignment: its figures, plots and most common failures.

Owns this page's routes and its figures in words. The figures themselves are `store.statistics`',
the plots `charts`'.
"""

import statistics as arithmetic
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from grader.http import dependencies, problems
from grader.store import statistics
from grader.web import chart_cache, charts, rendering, score_table, view_models

router = rendering.router_for_markers()

SHOWN_FAILURES: Final = 20

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
    "rates": "Tests that the fewest submissions pass",
    "times": "Slowest tests",
    "memory": "Tests that need the most memory",
}


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """A distribution in a few numbers, and in bins for those who cannot see the plot.

    Attributes:
        top: the points that tests can give.
        bins: range of points -> how many submissions.
    """

    count: int
    mean: str
    median: str
    lowest: str
    highest: str
    top: str
    bins: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SharedFailure:
    """A way to fail that several tests of a task may share."""

    count: int
    task: str
    tests: tuple[str, ...]
    verdict: str
    message: str


@router.get("/assignments/{slug}/dashboard")
def dashboard(
    slug: str,
    request: Request,
    services: dependencies.Services,
    which: statistics.Which = "latest",
) -> HTMLResponse:
    """The figures of an assignment."""
    manifest = services.course.load(slug).manifest
    figures = _remembered(request).figures(services.store, slug, which)
    return rendering.render(
        request,
        "dashboard.html",
        section="dashboard",
        assignment=manifest,
        figures=figures,
        which=which,
        whiches=WHICH_WORDS,
        plots=PLOT_WORDS,
        summary=score_summary(figures),
        failures=failures(figures.failures),
        words=view_models.STATE_WORDS,
    )


@router.get("/assignments/{slug}/plots/{name}.svg")
def plot(
    slug: str,
    name: str,
    request: Request,
    services: dependencies.Services,
    which: statistics.Which = "latest",
    scheme: Literal["light", "dark"] = "light",
    width: Literal["wide", "narrow"] = "wide",
) -> Response:
    """One plot; its numbers are on the dashboard as a table, too."""
    services.course.load(slug)
    look = charts.look(dark=scheme == "dark", narrow=width == "narrow")
    svg = _remembered(request).plot(services.store, slug, which, name, look)
    if svg is None:
        raise problems.Problem(404, f"There is no plot {name}.")
    return Response(svg, media_type="image/svg+xml", headers=SVG_HEADERS)


def _remembered(request: Request) -> chart_cache.Remembered:
    remembered: chart_cache.Remembered = request.app.state.figures
    return remembered


def score_summary(figures: statistics.Statistics, bins: int = 10) -> ScoreSummary | None:
    """The points of an assignment in words; None when there are none."""
    points = sorted(score.points for score in figures.scores if score.points is not None)
    if not points:
        return None
    top = max((score.maximum for score in figures.scores), default=0.0) or 1.0
    counts = [0] * bins
    for value in points:
        counts[min(int(value / top * bins), bins - 1)] += 1
    edges = [score_table.number(top * step / bins) for step in range(bins + 1)]
    return ScoreSummary(
        count=len(points),
        mean=score_table.number(sum(points) / len(points)),
        median=score_table.number(arithmetic.median(points)),
        lowest=score_table.number(points[0]),
        highest=score_table.number(points[-1]),
        top=score_table.number(top),
        bins=tuple((f"{edges[i]} to {edges[i + 1]}", count) for i, count in enumerate(counts)),
    )


def failures(counted: Iterable[statistics.Failure]) -> list[SharedFailure]:
    """Failures, those of a task that say the same to as many submissions as one."""
    alike: dict[tuple[int, str, str, str], list[str]] = {}
    for one in counted:
        verdict = one.verdict.value.replace("_", " ")
        key = (one.count, one.task, verdict, one.message)
        alike.setdefault(key, []).append(one.test.rpartition("::")[2])
    return [
        SharedFailure(count, task, tuple(tests), verdict, message)
        for (count, task, verdict, message), tests in alike.items()
    ][:SHOWN_FAILURES]
