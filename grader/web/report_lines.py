"""One line of a report on a page: a test, or all cases of a parametrised one. Pure.

Owns what stands in the line and what opens below it. Which task it belongs to and what the report
adds up to is `report_view`'s.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from grader import models
from grader.assignment import manifest as assignments
from grader.exchange import results
from grader.scoring import import_failures, parametrised
from grader.web import score_table


@dataclass(frozen=True, slots=True)
class TestView:
    """One test, or one case of a parametrised one.

    Attributes:
        name: of a case, what stands in its brackets.
        verdict: one sentence.
        details: what went wrong, several lines.
        above: whether that stands above all tasks, because a file cannot be imported.
    """

    name: str
    verdict: str
    points: str
    details: str
    hint: str
    output: str
    above: bool

    __test__ = False


@dataclass(frozen=True, slots=True)
class TestFunctionView:
    """One line of a report.

    Attributes:
        count: "3 of 8 cases fail"; empty for a test without cases.
    """

    name: str
    count: str
    points: str
    failed: tuple[TestView, ...]
    passed: tuple[TestView, ...]

    __test__ = False

    @property
    def printed(self) -> list[TestView]:
        """Passed cases in which the code printed something."""
        return [test for test in self.passed if test.output]


def of_tests(
    tests: Iterable[models.TestResult], limits: assignments.Limits | None
) -> list[TestFunctionView]:
    """The lines of one task.

    Args:
        limits: of the assignment, to name a figure that was exceeded.
    """
    return [_function(function, limits) for function in parametrised.functions(tests)]


def _function(
    function: parametrised.TestFunction, limits: assignments.Limits | None
) -> TestFunctionView:
    return TestFunctionView(
        name=function.name,
        count=function.count,
        points=_points(function.score, function.max_score),
        failed=tuple(_test(test, limits) for test in function.failed),
        passed=tuple(_test(test, limits) for test in function.passed),
    )


def _test(test: models.TestResult, limits: assignments.Limits | None) -> TestView:
    verdict, details, hint = results.in_words(test.verdict, limits, slow=test.slow), "", ""
    if test.unimportable:
        verdict = import_failures.short(test)
    else:
        details, hint = test.message, test.hint
    return TestView(
        name=parametrised.case_of(test.name) or test.name,
        verdict=verdict,
        points=_points(test.score, test.max_score),
        details=details,
        hint=hint,
        output=test.output,
        above=bool(test.unimportable),
    )


def _points(score: Fraction, maximum: Fraction) -> str:
    if not maximum:
        return ""
    return f"{score_table.number(score)} of {score_table.number(maximum)}"
