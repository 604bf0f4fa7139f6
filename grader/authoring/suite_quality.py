"""What a check of a suite found: who failed, which mutants survive, what is to be complained of.

Owns the findings as values, in words and as JSON. The check that makes them is
`authoring.suite_check`.
"""

import collections
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from grader import models, wording
from grader.authoring import named_mutants, prices

MIN_GENERATED_KILLED = 0.95  # of the machine-made ones that are not listed as equivalent


@dataclass(frozen=True, slots=True)
class Kill:
    """How one mutant fared.

    Attributes:
        failed: names of the tests that failed on it.
        lost: tasks of which a test failed, and which so lost points.
        cost: points lost, by task.
        unfair: tasks where the cost is not what a person would take, in words.
    """

    spec: named_mutants.NamedMutant
    failed: frozenset[str]
    lost: frozenset[str]
    cost: prices.Cost = field(default_factory=dict)
    unfair: tuple[str, ...] = ()

    @property
    def complaint(self) -> str:
        """Why the mutant counts as a survivor; empty when it was killed on the right tasks."""
        if not self.failed:
            return f"{self.spec.name}: every test passes"
        missed = set(self.spec.tasks) - self.lost
        if missed:
            others = f", but on {wording.listed(sorted(self.lost))}" if self.lost else ""
            return f"{self.spec.name}: loses nothing on {wording.listed(sorted(missed))}{others}"
        return ""


@dataclass(frozen=True, slots=True)
class Generated:
    """How the sampled machine-made mutants fared, those listed as equivalent or uncalled left out.

    Attributes:
        equivalent: how many are listed as such.
        uncalled: how many are in functions listed as such, and not listed as equivalent.
        possible: how many there are in all, those left out included.
        stale: entries of the list of equivalents that mean no mutant.
        called: functions listed as uncalled without which a test fails.
    """

    killed: int = 0
    total: int = 0
    survivors: tuple[str, ...] = ()
    equivalent: int = 0
    uncalled: int = 0
    possible: int = 0
    stale: tuple[str, ...] = ()
    called: tuple[str, ...] = ()

    @property
    def complaints(self) -> list[str]:
        """What is wrong, as sentences."""
        found = [f"listed as equivalent, but no such mutant is made: {text}" for text in self.stale]
        found += [f"listed as uncalled, but a test needs it: {text}" for text in self.called]
        if self.killed < MIN_GENERATED_KILLED * self.total:
            found += [f"machine-made mutant survives: {text}" for text in self.survivors]
        return found

    def to_json(self) -> dict[str, Any]:
        """Its part of `Quality.to_json`."""
        return {
            "killed": self.killed,
            "total": self.total,
            "survivors": list(self.survivors),
            "equivalent": self.equivalent,
            "uncalled": self.uncalled,
            "possible": self.possible,
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """What a check of a suite found.

    Where the reference fails a test, no mutant is graded: it would fail the same test, and so
    count as found.
    """

    reference: models.Report
    template: models.Report
    named: tuple[Kill, ...] = ()
    generated: Generated = Generated()
    sampled: bool = False  # not every named mutant was graded
    starters: Mapping[str, models.Report] = field(default_factory=dict)  # by what they do
    sources: tuple[str, ...] = ()  # what the files show without a run, in words

    @property
    def reference_fails(self) -> bool:
        """Whether a test fails on the reference, so that the mutants are left alone."""
        return bool(failed(self.reference))

    @property
    def survivors(self) -> list[str]:
        """Mutants that a student could submit without losing the right points."""
        return [kill.complaint for kill in self.named if kill.complaint]

    @property
    def never_failing(self) -> list[str]:
        """Tests that fail on no mutant; none where not every mutant was graded."""
        if self.sampled or self.reference_fails:
            return []
        failing = frozenset[str]().union(*(kill.failed for kill in self.named))
        return [test.name for test in self.reference.tests if test.name not in failing]

    @property
    def passing_on_template(self) -> list[str]:
        """Tests that an untouched template passes."""
        return _passed(self.template)

    @property
    def passing_on_starters(self) -> dict[str, list[str]]:
        """Tests that other courses' kinds of untouched starter pass, by what these do."""
        return {name: _passed(report) for name, report in self.starters.items()}

    def _passed_by_starters(self) -> dict[str, list[str]]:
        """Tests that some untouched starter passes, and which ones do, in words."""
        found = collections.defaultdict[str, list[str]](list)
        for name in self.passing_on_template:
            found[name].append("the untouched template")
        for does, names in self.passing_on_starters.items():
            for name in names:
                found[name].append(f"a starter that {does}")
        return found

    @property
    def unfair(self) -> list[str]:
        """Named mutants that cost what no person would take."""
        return [text for kill in self.named for text in kill.unfair]

    @property
    def complaints(self) -> list[str]:
        """Everything that keeps the suite from being good, as sentences."""
        found = list(self.sources)
        found += [
            f"reference fails {t.name}: {t.fault or t.message}"
            for t in self.reference.tests
            if t.verdict is not models.Verdict.PASSED
        ]
        found += [
            f"{name} passes on {wording.listed(by)}"
            for name, by in self._passed_by_starters().items()
        ]
        found += [f"unfair price: {text}" for text in self.unfair]
        found += [f"mutant survives: {text}" for text in self.survivors]
        found += [f"no mutant fails {name}" for name in self.never_failing]
        return found + self.generated.complaints

    def to_json(self) -> dict[str, Any]:
        """The contract of `grader suite check --json`."""
        return {
            "suite_version": self.reference.suite_version,
            "reference": _points(self.reference),
            "template": _points(self.template),
            "starters": {does: _points(report) for does, report in self.starters.items()},
            "mutants": {"named": self._named_json(), "generated": self.generated.to_json()},
            "sources": list(self.sources),
            "tests_never_failing": self.never_failing,
            "tests_passing_on_template": self.passing_on_template,
            "tests_passing_on_starters": self.passing_on_starters,
            "unfair": self.unfair,
            "costs": {kill.spec.name: _floats(kill.cost) for kill in self.named},
            "matrix": {kill.spec.name: sorted(kill.failed) for kill in self.named},
        }

    def _named_json(self) -> dict[str, Any]:
        tests = self.reference.tests
        visible = {t.name for t in tests if t.visibility is models.Visibility.VISIBLE}
        return {
            "killed": sum(not kill.complaint for kill in self.named),
            "total": len(self.named),
            "survivors": self.survivors,
            "killed_by_public": sum(bool(kill.failed & visible) for kill in self.named),
            "killed_by_hidden": sum(bool(kill.failed - visible) for kill in self.named),
        }


def _passed(report: models.Report) -> list[str]:
    return [test.name for test in report.tests if test.verdict is models.Verdict.PASSED]


def _floats(cost: Mapping[str, Fraction]) -> dict[str, float]:
    return {task: round(float(points), 3) for task, points in cost.items()}


def _points(report: models.Report) -> dict[str, float]:
    return {"score": float(report.score or 0), "max": float(report.max_score)}


def failed(report: models.Report) -> frozenset[str]:
    """Names of the tests of a report that did not pass."""
    return frozenset(t.name for t in report.tests if t.verdict is not models.Verdict.PASSED)
