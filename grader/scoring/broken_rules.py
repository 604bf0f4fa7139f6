"""Rules on source that take points: told once, above all tasks, not under each. Pure.

Owns the reading of a report. It looks at one report alone, so a student is told nothing that
their own report does not show. What a rule costs, and what its lines in the report hold, is
`scoring.points`'s.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from grader import models, wording
from grader.scoring import points


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that takes points.

    Attributes:
        places: sentences with file and line.
        tasks: those that earn nothing for it.
    """

    places: tuple[str, ...]
    tasks: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What it costs."""
        verb = "earn" if self.tasks[1:] else "earns"
        noun = "Tasks" if self.tasks[1:] else "Task"
        return (
            f"{noun} {wording.listed(self.tasks)} {verb} nothing, even where all tests pass: the "
            "code breaks a rule of this assignment."
        )


def of(report: models.Report) -> list[BrokenRule]:
    """The rules, in the order of the report; those found in the same lines are one."""
    tasks: dict[tuple[str, ...], dict[str, None]] = {}
    for test in report.tests:
        if is_rule(test):
            tasks.setdefault(points.places_of(test), {})[test.task] = None
    return [BrokenRule(places, tuple(names)) for places, names in tasks.items()]


def is_rule(test: models.TestResult) -> bool:
    """Whether a line of the report is of a rule, not of a test."""
    return test.verdict is models.Verdict.RULE_BROKEN


def tests_only(tests: Iterable[models.TestResult]) -> list[models.TestResult]:
    """The lines that are of tests."""
    return [test for test in tests if not is_rule(test)]
