"""The headline of a report and the small table below it that adds up to the headline. Pure.

Owns which lines there are and the rounding by which they add up. The sums are
`grader.scoring.final_score`'s and `grader.scoring.redaction`'s.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from grader import models
from grader.scoring import final_score, points
from grader.service import reports

ZERO: Final = Fraction(0)
UNITS: Final = 100  # points are written to the hundredth
MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line of the table; `of` is empty where there is nothing to reach."""

    what: str
    points: str
    of: str


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """What counts, of what, and the lines that add up to it.

    Attributes:
        share: of the points, from 0 to 1.
        open: a sentence on each sum that is not in the headline yet.
    """

    points: str
    of: str
    share: float
    lines: tuple[ScoreLine, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    what: str
    score: Fraction
    maximum: Fraction


def of_report(shown: reports.StudentReport) -> ScoreTable:
    """The table of one report, as its reader may see it."""
    totals = shown.totals
    parts = [*_tests(shown.report), *_by_hand(shown.report.tasks)]
    parts = [part for part in parts if part.maximum]
    maxima = adding_up([part.maximum for part in parts])
    scores = _scores(parts, maxima)
    lines = [
        ScoreLine(part.what, score, maximum)
        for part, score, maximum in zip(parts, scores, maxima, strict=True)
    ]
    if totals.penalty:
        lines.append(_penalty(totals))
    return ScoreTable(
        points=number(totals.score),
        of=number(totals.max_score),
        share=share(totals.score, totals.max_score),
        lines=tuple(lines),
        open=tuple(_still_open(shown)),
    )


def adding_up(parts: Sequence[Fraction]) -> list[str]:
    """Parts in hundredths that add up to their rounded sum.

    The largest remainders are rounded up; of equal ones the last, so that a sum of what is seen
    reads the same next to whatever follows.
    """
    units = [part * UNITS // 1 for part in parts]
    missing = _rounded(sum(parts, ZERO)) - sum(units)
    order = sorted(range(len(parts)), key=lambda n: (units[n] - parts[n] * UNITS, -n))
    for place in order[:missing]:
        units[place] += 1
    return [_text(unit) for unit in units]


def out_of(score: Fraction, maximum: Fraction, shown: str) -> str:
    """A score next to its maximum as shown: all of it reads the same, and none reads more."""
    most = _units(shown)
    return _text(most if score == maximum else min(_rounded(score), most))


@functools.lru_cache(maxsize=4096)  # a page of results shows the same few hundreds of times
def number(value: Fraction | float) -> str:
    """Points as people write them: at most two decimals, none where none are needed."""
    return _text(_rounded(Fraction(value)))


def in_full(value: Fraction | float) -> str:
    """Points as somebody typed them, for a form that sends them again."""
    return f"{float(value):.12g}"


def share(score: Fraction, maximum: Fraction) -> float:
    """Points as a part of those there are, from 0 to 1."""
    return float(score / maximum) if maximum else 0.0


def _scores(parts: Sequence[_Part], maxima: Sequence[str]) -> list[str]:
    """Scores in hundredths that add up to their rounded sum. All of a part reads as its maximum,
    nothing as 0, and none as more than there is; so the sum may be a hundredth off where no other
    part has some of its points.
    """
    most = [_units(text) for text in maxima]
    units = [
        most[n] if part.score == part.maximum else part.score * UNITS // 1
        for n, part in enumerate(parts)
    ]
    spare = _rounded(sum((part.score for part in parts), ZERO)) - sum(units)
    some = [n for n, part in enumerate(parts) if 0 < part.score < part.maximum]
    some.sort(key=lambda n: (units[n] - parts[n].score * UNITS, -n))
    step = 1 if spare > 0 else -1
    for place in (some if spare > 0 else some[::-1])[: abs(spare)]:
        units[place] = max(0, min(most[place], units[place] + step))
    return [_text(unit) for unit in units]


def _units(text: str) -> int:
    return int(Fraction(text) * UNITS)


def _rounded(value: Fraction) -> int:
    return round(value * UNITS)


def _text(units: int) -> str:
    whole, rest = divmod(abs(units), UNITS)
    decimals = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{MINUS if units < 0 else ''}{whole}{decimals}"


def _penalty(totals: final_score.Totals) -> ScoreLine:
    lost = _rounded(totals.score) - _rounded(totals.raw)
    return ScoreLine(f"Late penalty ({number(totals.penalty * 100)}%)", _text(lost), "")


def _tests(report: models.Report) -> list[_Part]:
    """Visible and hidden tests; staff, who see all of them, find the same two lines."""
    if report.hidden is None:
        visible = [t for t in report.tests if t.visibility is models.Visibility.VISIBLE]
        others = [t for t in report.tests if t.visibility is not models.Visibility.VISIBLE]
        hidden = models.HiddenTotal(len(others), *points.sums(others))
    else:
        visible, hidden = list(report.tests), report.hidden
    passed = sum(test.verdict is models.Verdict.PASSED for test in visible)
    label = f"Visible tests ({passed} of {len(visible)} passed)"
    parts = [_Part(label, *points.sums(visible))]
    if hidden.tests and hidden.score is not None:
        parts.append(_Part(f"Hidden tests ({hidden.tests})", hidden.score, hidden.max_score))
    return parts


def _by_hand(tasks: Iterable[models.TaskScore]) -> list[_Part]:
    manual = [task for task in tasks if task.kind is models.TaskKind.MANUAL]
    score = sum((task.score or ZERO for task in manual), ZERO)
    waiting = [task.id for task in manual if task.score is None and task.max_score]
    label = f"Graded by hand (not graded yet: {', '.join(waiting)})" if waiting else ""
    return [
        _Part(label or "Graded by hand", score, sum((task.max_score for task in manual), ZERO)),
    ]


def _still_open(shown: reports.StudentReport) -> Iterable[str]:
    hidden = shown.report.hidden
    if hidden and hidden.tests and hidden.score is None:
        tests = f"{hidden.tests} hidden test{'s' if hidden.tests > 1 else ''}"
        yield f"{number(hidden.max_score)} more points come from {tests}, not included here."
    if shown.late_days:
        yield f"{shown.late_days} late day{'s' if shown.late_days > 1 else ''} used."
