"""What a regrade changed: two reports of one submission, test by test. Pure.

Owns what counts as a change: another verdict or other points. Messages may differ between two
gradings of equal bytes (times, addresses) and do not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from grader import models


@dataclass(frozen=True, slots=True)
class Side:
    """One test in one report."""

    verdict: models.Verdict
    score: Fraction
    max_score: Fraction
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """A test that says something else now; None where the report has no such test."""

    name: str
    task: str
    old: Side | None
    new: Side | None


def between(old: models.Report | None, new: models.Report | None) -> tuple[Change, ...]:
    """The tests that differ, in the order of the new report, then those that are gone."""
    before = {test.name: test for test in old.tests} if old else {}
    after = {test.name: test for test in new.tests} if new else {}
    names = [*after, *(name for name in before if name not in after)]
    changes = (
        Change(
            name, (after.get(name) or before[name]).task, _side(before, name), _side(after, name)
        )
        for name in names
    )
    return tuple(change for change in changes if _differs(change))


def _side(tests: Mapping[str, models.TestResult], name: str) -> Side | None:
    test = tests.get(name)
    return Side(test.verdict, test.score, test.max_score, test.message) if test else None


def _differs(change: Change) -> bool:
    if change.old is None or change.new is None:
        return True
    old, new = change.old, change.new
    return (old.verdict, old.score, old.max_score) != (new.verdict, new.score, new.max_score)
