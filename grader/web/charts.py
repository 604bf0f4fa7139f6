"""Plots of an assignment's figures, as SVG made by matplotlib. Pure.

Owns what a plot looks like: in light and dark, wide and narrow (for phones). What the figures mean
is `grader.store.statistics`'s. Each page has the same numbers as a table, for those who cannot see
the plot; the plot is the picture of it.

matplotlib's `Figure` is used without pyplot, which keeps figures in global state.
"""

import io
import statistics as arithmetic
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader import wording
from grader.store import statistics
from grader.web import score_table

BARS: Final = 25  # of a plot with a bar for each test; the table has all
BINS: Final = 20
WIDE_IN, NARROW_IN = 9.0, 4.6  # at 72 points an inch
LABEL_WIDE, LABEL_NARROW = 52, 24  # characters of a test's name
SETTINGS: Final = {"svg.fonttype": "none", "svg.hashsalt": "grader", "font.family": "sans-serif"}
_settings_lock = threading.Lock()  # matplotlib's settings are global


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and size of a plot; contrast is at least 3 to 1 for bars, 4.5 to 1 for text."""

    text: str
    grid: str
    bar: str
    weak: str
    narrow: bool

    @property
    def width(self) -> float:
        """In inches."""
        return NARROW_IN if self.narrow else WIDE_IN


def look(*, dark: bool, narrow: bool) -> Look:
    """The look for a colour scheme and a width."""
    if dark:
        return Look("#d8dde6", "#3b4558", "#5fa8e8", "#e8a15f", narrow)
    return Look("#2b3342", "#d5dae2", "#1f6fb2", "#b3541e", narrow)


def draw(name: str, figures: statistics.Statistics, chosen: Look) -> bytes | None:
    """The plot of that name as SVG; None when there is none of that name."""
    plot = PLOTS.get(name)
    return plot(figures, chosen) if plot else None


def _scores(figures: statistics.Statistics, chosen: Look) -> bytes:
    points = [score.points for score in figures.scores if score.points is not None]
    maximum = max((score.maximum for score in figures.scores), default=1.0) or 1.0
    figure, axes = _blank(chosen, 3.0)
    axes.hist(points, bins=BINS, range=(0, maximum), color=chosen.bar, edgecolor="none", rwidth=0.9)
    if points:
        middle = arithmetic.median(points)
        label = f"median {score_table.number(middle)}"
        axes.axvline(middle, color=chosen.weak, linewidth=2, label=label)
        axes.legend(frameon=False, labelcolor=chosen.text)
    axes.set_xlabel("points")
    axes.set_ylabel("submissions")
    axes.yaxis.get_major_locator().set_params(integer=True)
    return _svg(figure, "Score distribution")


def _rates(figures: statistics.Statistics, chosen: Look) -> bytes:
    tests = sorted(figures.tests, key=lambda test: test.rate)[:BARS]
    values = [100 * test.rate for test in tests]
    figure, axes = _bars(tests, values, chosen)
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of submissions that pass")
    return _svg(figure, "Tests that the fewest submissions pass")


def _times(figures: statistics.Statistics, chosen: Look) -> bytes:
    measured = [test for test in figures.tests if test.wall_s is not None]
    tests = sorted(measured, key=lambda test: -(test.wall_p95_s or 0))[:BARS]
    values = [test.wall_s or 0 for test in tests]
    figure, axes = _bars(tests, values, chosen)
    ends = [test.wall_p95_s or 0 for test in tests]
    axes.scatter(
        ends, range(len(tests)), marker="|", s=60, color=chosen.weak, label="95% are below"
    )
    _legend(axes, chosen, tests)
    axes.set_xlabel("seconds (bar: median)")
    return _svg(figure, "Slowest tests")


def _memory(figures: statistics.Statistics, chosen: Look) -> bytes:
    measured = [test for test in figures.tests if test.memory_bytes is not None]
    tests = sorted(measured, key=lambda test: -(test.memory_max_bytes or 0))[:BARS]
    figure, axes = _bars(tests, [(test.memory_bytes or 0) / wording.MB for test in tests], chosen)
    ends = [(test.memory_max_bytes or 0) / wording.MB for test in tests]
    axes.scatter(ends, range(len(tests)), marker="|", s=60, color=chosen.weak, label="maximum")
    _legend(axes, chosen, tests)
    axes.set_xlabel("MB (bar: median)")
    return _svg(figure, "Tests that need the most memory")


PLOTS: Final[Mapping[str, Callable[[statistics.Statistics, Look], bytes]]] = {
    "scores": _scores,
    "rates": _rates,
    "times": _times,
    "memory": _memory,
}


def _bars(
    tests: Sequence[statistics.TestStatistics], values: Sequence[float], chosen: Look
) -> tuple[Any, Any]:
    """A bar for each test, the first on top."""
    figure, axes = _blank(chosen, 1.0 + 0.24 * max(len(tests), 2))
    axes.barh(range(len(tests)), values, color=chosen.bar, height=0.7)
    axes.set_yticks(range(len(tests)), [_label(test, chosen) for test in tests])
    axes.invert_yaxis()
    axes.grid(axis="x", color=chosen.grid)
    return figure, axes


def _legend(axes: Any, chosen: Look, tests: Sequence[statistics.TestStatistics]) -> None:
    if tests:
        axes.legend(frameon=False, labelcolor=chosen.text, loc="lower right")


def _label(test: statistics.TestStatistics, chosen: Look) -> str:
    most = LABEL_NARROW if chosen.narrow else LABEL_WIDE
    name = f"{test.task} {test.name.rpartition('::')[2].removeprefix('test_')}"
    short = name if len(name) <= most else f"{name[: most - 1]}…"
    return short.replace("$", r"\$")  # matplotlib would read formulas


def _blank(chosen: Look, height: float) -> tuple[Any, Any]:
    """A figure and its axes in the look."""
    from matplotlib import figure as drawing  # here: half a second, and only staff need it

    made = drawing.Figure(figsize=(chosen.width, height), layout="constrained")
    made.patch.set_alpha(0)
    axes = made.subplots()
    axes.patch.set_alpha(0)
    axes.set_axisbelow(True)
    axes.tick_params(colors=chosen.text, length=0)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(chosen.grid)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(chosen.text)
    return made, axes


def _svg(figure: Any, title: str) -> bytes:
    """The figure as SVG with text as text."""
    import matplotlib

    sink = io.BytesIO()
    with _settings_lock, matplotlib.rc_context(SETTINGS):  # type: ignore[arg-type]  # any mapping
        figure.savefig(sink, format="svg", metadata={"Date": None, "Title": title})
    return sink.getvalue()
