"""Cases of one test function, taken together: one line of a report in place of many. Pure.

Owns what belongs together and the words for how many fail. It looks at one report alone, so a
student is told nothing that their own report does not show. What is folded, and how, is the page's
and the terminal's; JSON, JUnit and Gradescope's file keep one entry for each case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from grader import models


@dataclass(frozen=True, slots=True)
class TestFunction:
    """The cases of one test function, in the order of the report; most functions have one.

    Attributes:
        name: without a case where there are several.
    """

    name: str
    cases: tuple[models.TestResult, ...]

    __test__ = False  # the name is the field's; pytest must not collect the class

    @property
    def failed(self) -> tuple[models.TestResult, ...]:
        """The cases that did not pass."""
        return tuple(t for t in self.cases if t.verdict is not models.Verdict.PASSED)

    @property
    def passed(self) -> tuple[models.TestResult, ...]:
        """The cases that did."""
        return tuple(t for t in self.cases if t.verdict is models.Verdict.PASSED)

    @property
    def score(self) -> Fraction:
        """Points earned by all cases together."""
        return sum((test.score for test in self.cases), Fraction(0))

    @property
    def max_score(self) -> Fraction:
        """The most that they can earn."""
        return sum((test.max_score for test in self.cases), Fraction(0))

    @property
    def count(self) -> str:
        """ "3 of 8 gradients differ", "8 gradients" if all pass; empty where there is one case."""
        if len(self.cases) == 1:
            return ""
        what = self.cases[0].cases or "cases"
        if not self.failed:
            return f"{len(self.cases)} {what}"
        wrong = all(test.verdict is models.Verdict.WRONG_ANSWER for test in self.failed)
        one = len(self.failed) == 1
        verb = ("differs" if one else "differ") if wrong else ("fails" if one else "fail")
        return f"{len(self.failed)} of {len(self.cases)} {what} {verb}"


def functions(tests: Iterable[models.TestResult]) -> list[TestFunction]:
    """The functions of some tests, in their order. Tests of several tasks are never joined."""
    found: dict[tuple[str, str], list[models.TestResult]] = {}
    for test in tests:
        found.setdefault((test.task, function_of(test.name)), []).append(test)
    return [
        TestFunction(name if cases[1:] else cases[0].name, tuple(cases))
        for (_, name), cases in found.items()
    ]


def function_of(name: str) -> str:
    """A test's name without its case: `public/test_a.py::test_b[W1]` -> `public/test_a.py::test_b`.

    A line of the report for a broken rule keeps its brackets: they hold a task.
    """
    return name if name.startswith("rules::") else name.partition("[")[0]


def case_of(name: str) -> str:
    """What stands in the brackets of a test's name; empty for a test without cases."""
    return name.partition("[")[2].removesuffix("]")
