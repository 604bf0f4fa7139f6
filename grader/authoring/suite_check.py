"""Is a suite any good: does it pass the reference, fail the template and kill its mutants?

Owns `mutants.toml` (small edits of the reference that stand for real mistakes) and the check that
runs them, and a sample of machine-made ones, through the real pipeline. Does not own grading itself
nor how machines make mutants (`grader.authoring.mutants`).
"""

import ast
import dataclasses
import itertools
import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.authoring import mutants
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


class MutantSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `mutants.toml`: `find` and `replace`, or `function` and `body`.

    Attributes:
        tasks: every one of these must lose points; empty means all tasks of the file.
        find: text that stands exactly once in the reference's file.
        function: name of a function whose body is replaced by `body`.
        slow: tests marked slow are run on it, too; they take time, and most mistakes show without.
    """

    name: str
    file: str
    tasks: tuple[str, ...]
    find: str = ""
    replace: str = ""
    function: str = ""
    body: str = ""
    slow: bool = False


class MutantFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `mutants.toml`."""

    mutant: tuple[MutantSpec, ...] = ()
    equivalent: tuple[mutants.Equivalent, ...] = ()
    uncalled: tuple[mutants.Uncalled, ...] = ()

    def leaves_out(self, edit: mutants.Edit) -> bool:
        """Whether a machine-made mutant does not count."""
        return any(map(edit.is_like, self.equivalent)) or any(map(edit.is_in, self.uncalled))


@dataclass(frozen=True, slots=True)
class Kill:
    """How one mutant fared.

    Attributes:
        failed: names of the tests that failed on it.
        lost: tasks of which a test failed, and which so lost points.
    """

    spec: MutantSpec
    failed: frozenset[str]
    lost: frozenset[str]

    @property
    def complaint(self) -> str:
        """Why the mutant counts as a survivor; empty when it was killed on the right tasks."""
        if not self.failed:
            return f"{self.spec.name}: every test passes"
        missed = set(self.spec.tasks) - self.lost
        if missed:
            return f"{self.spec.name}: loses nothing on {', '.join(sorted(missed))}"
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
    """What a check of a suite found."""

    reference: models.Report
    template: models.Report
    named: tuple[Kill, ...]
    generated: Generated = Generated()
    sampled: bool = False  # not every named mutant was graded

    @property
    def survivors(self) -> list[str]:
        """Mutants that a student could hand in without losing the right points."""
        return [kill.complaint for kill in self.named if kill.complaint]

    @property
    def never_failing(self) -> list[str]:
        """Tests that fail on no mutant; a sample of the mutants cannot tell, so it names none."""
        if self.sampled:
            return []
        failing = frozenset[str]().union(*(kill.failed for kill in self.named))
        return [test.name for test in self.reference.tests if test.name not in failing]

    @property
    def passing_on_template(self) -> list[str]:
        """Tests that an untouched template passes."""
        return [t.name for t in self.template.tests if t.verdict is models.Verdict.PASSED]

    @property
    def complaints(self) -> list[str]:
        """Everything that keeps the suite from being good, as sentences."""
        found = [
            f"reference fails {t.name}: {t.message}"
            for t in self.reference.tests
            if t.verdict is not models.Verdict.PASSED
        ]
        found += [f"the untouched template passes {name}" for name in self.passing_on_template]
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
            "tests_never_failing": self.never_failing,
            "tests_passing_on_template": self.passing_on_template,
            "matrix": {kill.spec.name: sorted(kill.failed) for kill in self.named},
        }


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
    """Grade reference, template, every named mutant and a sample of machine-made ones.

    Args:
        grade: grades one file tree as told; called from `parallel` threads.
        read: a folder's files as a validated tree.
        named: how many named mutants at most, spread evenly over the file; 0 takes all.
        generated: how many machine-made mutants at most.
        advance: told of each graded tree, from the threads.

    Raises:
        SuiteError: `mutants.toml` cannot be read or does not fit the reference.
    """
    reference = read(assignment.reference_dir)
    listed = load(assignment.suite_dir / "mutants.toml")
    specs = _spread(listed.mutant, named)
    edits = mutants.edits(assignment, reference) if generated else []
    sample = [edit for edit in edits if not listed.leaves_out(edit)][:generated]
    gaps = [_gap(reference, entry) for entry in listed.uncalled if generated]
    trials = [Trial(reference), Trial(read(assignment.template_dir))]
    trials += [
        Trial(mutated(reference, spec), dataclasses.replace(WHOLE, slow=spec.slow))
        for spec in specs
    ]
    counter, total = itertools.count(1), len(trials) + len(gaps) + len(sample)

    def run(trial: Trial) -> models.Report:
        report = grade(trial)
        advance(next(counter), total)
        return report

    with ThreadPoolExecutor(parallel) as pool:
        reports = list(pool.map(run, trials))
        called = [bool(_failed(report)) for report in pool.map(run, gaps)]
        edited = (_trial(reference, edit) for edit in sample)
        survived = [not _failed(report) for report in pool.map(run, edited)]
    kills = tuple(_kill(s, r) for s, r in zip(specs, reports[2:], strict=True))
    survivors = [edit.name for edit, alive in zip(sample, survived, strict=True) if alive]
    needed = [f"{e.file}: {e.function}" for e in itertools.compress(listed.uncalled, called)]
    made = _generated(edits, listed, len(sample), survivors, needed) if generated else Generated()
    return Quality(reports[0], reports[1], kills, made, sampled=bool(named))


def _trial(reference: models.FileTree, edit: mutants.Edit) -> Trial:
    """A machine-made mutant, up to the first test that kills it."""
    tree = mutants.mutated(reference, edit)
    return Trial(tree, dataclasses.replace(QUICK, likely=mutants.names(edit)))


def _gap(reference: models.FileTree, entry: mutants.Uncalled) -> Trial:
    """The reference without what a function does: no quick test may fail on it."""
    body = 'raise AssertionError("listed as uncalled")'
    spec = MutantSpec(
        f"{entry.function} uncalled", entry.file, (), function=entry.function, body=body
    )
    return Trial(mutated(reference, spec), QUICK)


def _generated(
    edits: Sequence[mutants.Edit],
    listed: MutantFile,
    total: int,
    survivors: Sequence[str],
    called: Sequence[str],
) -> Generated:
    stale = mutants.unknown(listed.equivalent, edits)
    equivalent = sum(any(map(edit.is_like, listed.equivalent)) for edit in edits)
    return Generated(
        killed=total - len(survivors),
        total=total,
        survivors=tuple(survivors),
        equivalent=equivalent,
        uncalled=sum(map(listed.leaves_out, edits)) - equivalent,
        possible=len(edits),
        stale=tuple(f"{e.file}: {e.line}  ->  {e.becomes}" for e in stale),
        called=tuple(called),
    )


def _failed(report: models.Report) -> frozenset[str]:
    return frozenset(t.name for t in report.tests if t.verdict is not models.Verdict.PASSED)


def _spread(specs: Sequence[MutantSpec], most: int) -> Sequence[MutantSpec]:
    """Every n-th mutant, so that at most `most` are left; all for 0."""
    return specs[:: math.ceil(len(specs) / most)] if most and specs else specs


def _kill(spec: MutantSpec, report: models.Report) -> Kill:
    failed = _failed(report)
    # By its tests, since a task of no points can lose none.
    return Kill(spec, failed, frozenset(t.task for t in report.tests if t.name in failed))


def load(path: Path) -> MutantFile:
    """The named mutants of a suite, and what is known of machine-made ones.

    Raises:
        SuiteError: not TOML, or a wrong key.
    """
    try:
        return msgspec.toml.decode(path.read_bytes(), type=MutantFile)
    except OSError as exc:
        raise errors.SuiteError(f"{path}: cannot be read ({exc}).") from exc
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise errors.SuiteError(f"{path}: {exc}") from exc


def mutated(reference: models.FileTree, spec: MutantSpec) -> models.FileTree:
    """The reference with one mutant's edit.

    Raises:
        SuiteError: the edit does not fit.
    """
    source = reference.files.get(spec.file, b"").decode()
    if spec.function:
        changed = _with_body(source, spec)
    else:
        count = source.count(spec.find) if spec.find else 0
        if count != 1:
            raise errors.SuiteError(
                f"mutant {spec.name!r}: its `find` stands {count} times in {spec.file}, not once."
            )
        changed = source.replace(spec.find, spec.replace)
    if changed == source:
        raise errors.SuiteError(f"mutant {spec.name!r} changes nothing.")
    try:
        ast.parse(changed if spec.file.endswith(".py") else "")
    except SyntaxError as exc:  # it would be killed by every test and prove nothing
        raise errors.SuiteError(f"mutant {spec.name!r} is not valid Python: {exc}.") from exc
    return models.FileTree({**reference.files, spec.file: changed.encode()})


def _with_body(source: str, spec: MutantSpec) -> str:
    """The source with one function's body replaced; nested ones are named `Class.method`."""
    for name, node in _functions(ast.parse(source), ""):
        if name == spec.function:
            lines = source.splitlines(keepends=True)
            first, last = node.body[0], node.body[-1]
            body = textwrap.indent(textwrap.dedent(spec.body).strip(), " " * first.col_offset)
            return "".join([*lines[: first.lineno - 1], body + "\n", *lines[last.end_lineno :]])
    raise errors.SuiteError(f"mutant {spec.name!r}: no function {spec.function} in {spec.file}.")


def _functions(tree: ast.AST, prefix: str) -> Iterable[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
