"""Is a suite any good: does it pass the reference, fail the template and kill its mutants?

Owns the check that runs the reference, untouched starters, the named mutants and a sample of
machine-made ones through the real pipeline, and what it finds. Does not own grading itself, nor
what the mutants (`authoring.named_mutants`, `authoring.mutants`) and the starters
(`authoring.starters`) are.
"""

import collections
import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader import models, wording
from grader.assignment import lost_tests, public_imports
from grader.assignment import manifest as assignments
from grader.authoring import mutants, named_mutants, prices, relevant_tests, starters
from grader.suite import run_options

# Nobody reads the failing examples, so none is made small.
WHOLE = run_options.RunOptions(shrink=False)
QUICK = run_options.RunOptions(until_failure=True, shrink=False, slow=False)
MIN_GENERATED_KILLED = 0.95  # of the machine-made ones that are not listed as equivalent


@dataclass(frozen=True, slots=True)
class Trial:
    """One tree to grade, and how; by default with every test."""

    tree: models.FileTree
    options: run_options.RunOptions = WHOLE


Grade = Callable[[Trial], models.Report]
Advance = Callable[[int, int], None]  # graded so far, and in all


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
        return bool(_failed(self.reference))

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
        killed = [kill for kill in self.named if not kill.complaint]
        visible = {
            t.name for t in self.reference.tests if t.visibility is models.Visibility.VISIBLE
        }
        return {
            "suite_version": self.reference.suite_version,
            "reference": _points(self.reference),
            "template": _points(self.template),
            "starters": {does: _points(report) for does, report in self.starters.items()},
            "mutants": {
                "named": {
                    "killed": len(killed),
                    "total": len(self.named),
                    "survivors": self.survivors,
                    "killed_by_public": sum(bool(k.failed & visible) for k in self.named),
                    "killed_by_hidden": sum(bool(k.failed - visible) for k in self.named),
                },
                "generated": {
                    "killed": self.generated.killed,
                    "total": self.generated.total,
                    "survivors": list(self.generated.survivors),
                    "equivalent": self.generated.equivalent,
                    "uncalled": self.generated.uncalled,
                    "possible": self.generated.possible,
                },
            },
            "sources": list(self.sources),
            "tests_never_failing": self.never_failing,
            "tests_passing_on_template": self.passing_on_template,
            "tests_passing_on_starters": self.passing_on_starters,
            "unfair": self.unfair,
            "costs": {kill.spec.name: _floats(kill.cost) for kill in self.named},
            "matrix": {kill.spec.name: sorted(kill.failed) for kill in self.named},
        }


def _passed(report: models.Report) -> list[str]:
    return [test.name for test in report.tests if test.verdict is models.Verdict.PASSED]


def _floats(cost: Mapping[str, Fraction]) -> dict[str, float]:
    return {task: round(float(points), 3) for task, points in cost.items()}


def _points(report: models.Report) -> dict[str, float]:
    return {"score": float(report.score or 0), "max": float(report.max_score)}


def check(
    assignment: assignments.Assignment,
    grade: Grade,
    read: Callable[[Path], models.FileTree],
    *,
    named: int = 0,
    generated: int = 0,
    parallel: int = 2,
    advance: Advance = lambda _done, _total: None,
) -> Quality:
    """Grade reference and starters, then every named mutant and a sample of machine-made ones.

    Args:
        grade: grades one file tree as its trial says; called from `parallel` threads.
        read: a folder's files as a validated tree.
        named: how many named mutants with a fair price at most, and how many without, each
            spread evenly over the file; 0 takes all.
        generated: how many machine-made mutants at most.
        advance: called after each graded tree, from the threads.

    Raises:
        SuiteError: `mutants.toml` cannot be read or does not fit the reference and the rubric.
    """
    suite_dir, reference = assignment.suite_dir, read(assignment.reference_dir)
    plan = _plan(assignment, reference, read(assignment.template_dir), named, generated)
    counter = itertools.count(1)

    def run(trial: Trial) -> models.Report:
        report = grade(trial)
        advance(next(counter), len(plan.trials))
        return report

    first = 2 + len(starters.WAYS)
    with ThreadPoolExecutor(parallel) as pool:
        whole, template, *idle = pool.map(run, plan.trials[:first])
        by_way = dict(zip(starters.WAYS, idle, strict=True))
        texts = (*lost_tests.of(suite_dir), *public_imports.beyond_package(suite_dir))
        quality = Quality(whole, template, sampled=bool(named), starters=by_way, sources=texts)
        if quality.reference_fails:
            return quality
        reports = iter(list(pool.map(run, plan.trials[first:])))
    fared = zip(plan.named, itertools.islice(reports, len(plan.named)), strict=True)
    kills = tuple(_kill(spec, report) for spec, report in fared)
    made = _generated(plan, reports) if generated else Generated()
    return dataclasses.replace(quality, named=kills, generated=made)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a check grades; `trials` has the reference and the starters, then these in turn."""

    trials: Sequence[Trial]
    listed: named_mutants.MutantFile
    named: Sequence[named_mutants.NamedMutant]
    edits: Sequence[mutants.Edit]  # every machine-made mutant
    sample: Sequence[mutants.Edit]  # those that are graded


def _plan(
    assignment: assignments.Assignment,
    reference: models.FileTree,
    template: models.FileTree,
    named: int,
    generated: int,
) -> _Plan:
    listed = named_mutants.load(assignment.suite_dir / "mutants.toml")
    named_mutants.check(listed.mutant, reference, assignment.manifest)
    specs = _sample(listed.mutant, named)
    edits = mutants.edits(assignment, reference) if generated else []
    sample = [edit for edit in edits if not listed.leaves_out(edit)][:generated]
    near = functools.partial(relevant_tests.of, assignment, reference)
    trials = [
        Trial(reference),
        Trial(template),
        *(Trial(starters.edited(template, way)) for way in starters.WAYS),
        *(_named(reference, spec, near(spec.file)) for spec in specs),
        *(_gap(reference, entry) for entry in listed.uncalled if generated),
        *(_made(reference, edit, near(edit.file)) for edit in sample),
    ]
    return _Plan(trials, listed, specs, edits, sample)


def _named(
    reference: models.FileTree, spec: named_mutants.NamedMutant, files: tuple[str, ...]
) -> Trial:
    """A named mutant, by every test that it may fail."""
    options = dataclasses.replace(WHOLE, slow=spec.slow, files=files)
    return Trial(named_mutants.mutated(reference, spec), options)


def _made(reference: models.FileTree, edit: mutants.Edit, files: tuple[str, ...]) -> Trial:
    """A machine-made mutant, up to the first test that kills it."""
    tree = mutants.mutated(reference, edit)
    return Trial(tree, dataclasses.replace(QUICK, likely=mutants.names(edit), files=files))


def _gap(reference: models.FileTree, entry: mutants.Uncalled) -> Trial:
    """The reference without what a function does: no quick test may fail on it."""
    body = 'raise AssertionError("listed as uncalled")'
    spec = named_mutants.NamedMutant(
        f"{entry.function} uncalled", entry.file, (), function=entry.function, body=body
    )
    return Trial(named_mutants.mutated(reference, spec), QUICK)


def _generated(plan: _Plan, reports: Iterator[models.Report]) -> Generated:
    """How the functions listed as uncalled and the machine-made mutants fared.

    Args:
        reports: theirs, in the order of `trials`.
    """
    listed = plan.listed
    alive = [not _failed(report) for report in reports]
    uncalled, survived = alive[: len(listed.uncalled)], alive[len(listed.uncalled) :]
    survivors = tuple(e.name for e in itertools.compress(plan.sample, survived))
    equivalent = sum(any(map(edit.is_like, listed.equivalent)) for edit in plan.edits)
    stale = mutants.unknown(listed.equivalent, plan.edits)
    called = (e for e, unneeded in zip(listed.uncalled, uncalled, strict=True) if not unneeded)
    return Generated(
        killed=len(plan.sample) - len(survivors),
        total=len(plan.sample),
        survivors=survivors,
        equivalent=equivalent,
        uncalled=sum(map(listed.leaves_out, plan.edits)) - equivalent,
        possible=len(plan.edits),
        stale=tuple(f"{e.file}: {e.line}  ->  {e.becomes}" for e in stale),
        called=tuple(f"{e.file}: {e.function}" for e in called),
    )


def _failed(report: models.Report) -> frozenset[str]:
    return frozenset(t.name for t in report.tests if t.verdict is not models.Verdict.PASSED)


def _sample(
    specs: Sequence[named_mutants.NamedMutant], most: int
) -> Sequence[named_mutants.NamedMutant]:
    """At most `most` mutants with a fair price and as many without; all for 0."""
    if not most:
        return specs
    priced, others = [s for s in specs if s.fair], [s for s in specs if not s.fair]
    chosen = (*_spread(priced, most), *_spread(others, most))
    return [spec for spec in specs if spec in chosen]


def _spread(
    specs: Sequence[named_mutants.NamedMutant], most: int
) -> Sequence[named_mutants.NamedMutant]:
    """Every n-th mutant, so that at most `most` are left."""
    return specs[:: math.ceil(len(specs) / most) or 1]


def _kill(spec: named_mutants.NamedMutant, report: models.Report) -> Kill:
    failed = _failed(report)
    # By its tests, since a task of no points can lose none.
    lost = frozenset(t.task for t in report.tests if t.name in failed)
    return Kill(spec, failed, lost, prices.cost_of(report), prices.unfair(spec, report))
