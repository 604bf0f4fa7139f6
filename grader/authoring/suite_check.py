"""Is a suite any good: does it pass the reference, fail the template and kill its mutants?

Owns the check that runs the reference, untouched starters, the named mutants and a sample of
machine-made ones through the real pipeline. Does not own grading itself, nor what the mutants
(`authoring.named_mutants`, `authoring.mutants`) and the starters (`authoring.starters`) are, nor
what is made of the reports (`authoring.suite_quality`).
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader import models
from grader.assignment import lost_tests, public_imports
from grader.assignment import manifest as assignments
from grader.authoring import (
    mutants,
    named_mutants,
    prices,
    relevant_tests,
    starters,
    suite_quality,
)
from grader.suite import run_options

# Nobody reads the failing examples, so none is made small.
WHOLE = run_options.RunOptions(shrink=False)
QUICK = run_options.RunOptions(until_failure=True, shrink=False, slow=False)


@dataclass(frozen=True, slots=True)
class Trial:
    """One tree to grade, and how; by default with every test."""

    tree: models.FileTree
    options: run_options.RunOptions = WHOLE


Grade = Callable[[Trial], models.Report]
Advance = Callable[[int, int], None]  # graded so far, and in all


def check(
    assignment: assignments.Assignment,
    grade: Grade,
    read: Callable[[Path], models.FileTree],
    *,
    named: int = 0,
    generated: int = 0,
    parallel: int = 2,
    advance: Advance = lambda _done, _total: None,
) -> suite_quality.Quality:
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
        quality = suite_quality.Quality(
            whole, template, sampled=bool(named), starters=by_way, sources=texts
        )
        if quality.reference_fails:
            return quality
        reports = iter(list(pool.map(run, plan.trials[first:])))
    fared = zip(plan.named, itertools.islice(reports, len(plan.named)), strict=True)
    kills = tuple(_kill(spec, report) for spec, report in fared)
    made = _generated(plan, reports) if generated else suite_quality.Generated()
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


def _generated(plan: _Plan, reports: Iterator[models.Report]) -> suite_quality.Generated:
    """How the functions listed as uncalled and the machine-made mutants fared.

    Args:
        reports: theirs, in the order of `trials`.
    """
    listed = plan.listed
    alive = [not suite_quality.failed(report) for report in reports]
    uncalled, survived = alive[: len(listed.uncalled)], alive[len(listed.uncalled) :]
    survivors = tuple(e.name for e in itertools.compress(plan.sample, survived))
    equivalent = sum(any(map(edit.is_like, listed.equivalent)) for edit in plan.edits)
    stale = mutants.unknown(listed.equivalent, plan.edits)
    called = (e for e, unneeded in zip(listed.uncalled, uncalled, strict=True) if not unneeded)
    return suite_quality.Generated(
        killed=len(plan.sample) - len(survivors),
        total=len(plan.sample),
        survivors=survivors,
        equivalent=equivalent,
        uncalled=sum(map(listed.leaves_out, plan.edits)) - equivalent,
        possible=len(plan.edits),
        stale=tuple(f"{e.file}: {e.line}  ->  {e.becomes}" for e in stale),
        called=tuple(f"{e.file}: {e.function}" for e in called),
    )


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


def _kill(spec: named_mutants.NamedMutant, report: models.Report) -> suite_quality.Kill:
    failed = suite_quality.failed(report)
    # By its tests, since a task of no points can lose none.
    lost = frozenset(t.task for t in report.tests if t.name in failed)
    return suite_quality.Kill(
        spec, failed, lost, prices.cost_of(report), prices.unfair(spec, report)
    )
