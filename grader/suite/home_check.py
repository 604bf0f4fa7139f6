"""Checking at home: the public tests, and all that is said besides them, whoever shows it.

Owns the one list of sentences that `grader check`, its JSON, notebooks and plain pytest say alike.
What the homework's rules say is `suite.home_rules`'s, what this machine has otherwise
`suite.home_differences`'s. Running the tests is `suite.local_run`'s.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader import errors
from grader.intake import checkpoint_notes, handed_out, source_rules
from grader.rpc import host
from grader.source import notebook_notes
from grader.suite import (
    collect,
    events,
    home_differences,
    home_report,
    home_rules,
    local_run,
    public_tasks,
)

PACKAGES = {"sklearn": "scikit-learn"}  # where they are not called like their module


@dataclass(frozen=True, slots=True)
class HomeCheck:
    """What is said of a student's files: before the tests, at an event of theirs, after them.

    Attributes:
        files: modules in the place of notebooks.
        before: all that is known before a test runs.
        rules: the homework's; None if its package does not say them.
    """

    files: Mapping[str, bytes]
    before: tuple[str, ...]
    rules: source_rules.SourceRules | None
    judgement: home_rules.Judgement

    def during(self, event: events.Event) -> list[str]:
        """What an event says of the student's files."""
        if isinstance(event, events.StatementsSkipped):
            skipped = map(msgspec.structs.astuple, event.statements)
            return notebook_notes.notes(self.files, skipped)
        return [event.text] if isinstance(event, events.Remarked) else []

    def after(self, results: collect.Results) -> list[str]:
        """What is known once the tests have run."""
        said = home_differences.deprecations(outcome.output for outcome in results.outcomes)
        if self.rules is None:
            return said
        ended = results.cases, results.outcomes
        return [*home_rules.printed(self.judgement, self.rules.manifest, *ended), *said]

    def costs(self, results: collect.Results, tasks: Collection[str]) -> bool:
        """Whether points of these tasks (empty: of any) are lost whatever the tests say."""
        if self.rules is None:
            return False
        ended = results.cases, results.outcomes
        return home_rules.costs(self.judgement, self.rules.manifest, ended, tasks)


def of(files: Mapping[str, bytes], tests: Path) -> HomeCheck:
    """What can be said of a student's files before the tests run, and how to go on.

    Args:
        files: as they would be submitted.
        tests: the folder that holds `public_tests/`.
    """
    rules = handed_out.read(tests)
    given = rules.manifest.submission.given if rules else ()
    asked_for = rules.manifest.submission.wanted if rules else tuple(files)
    read = local_run.translated(files, tests)
    judgement = home_rules.judge(files, rules) if rules else home_rules.Judgement()
    said = (
        *home_differences.before(read.files, tests, given),
        *judgement.lines,
        *checkpoint_notes.notes(read.files, asked_for),
        *read.notes,
        *read.reasons,
    )
    return HomeCheck(read.files, tuple(dict.fromkeys(said)), rules, judgement)


# ---- in a terminal ------------------------------------------------------------------------


def check(submission: Path, tests: Path, tasks: Collection[str] = ()) -> int:
    """Run the public tests on a folder, printing as they end; 0 when all pass and cost nothing.

    Args:
        submission: the student's folder.
        tests: the folder that holds `public_tests/`.
        tasks: ids; only their tests run. Empty: all.
    """
    report, absent = home_report.HomeReport(), local_run.lacking(tests)
    _say(_left_out(tests, absent))
    home = of(dict(local_run.read_folder(submission)), tests)
    _say(home.before)

    def show(event: events.Event) -> None:
        _say(home.during(event))
        report.add(event)

    fault = _checked(submission, tests, report.results, show, absent, tasks)
    if fault is not None:
        _say([str(fault)])
        return 3
    results = report.results
    _say(home.after(results))
    sys.stdout.write(f"{results.passed} of {len(results.cases)} public tests pass\n")
    is_costly = home.costs(results, tasks)
    return int(results.passed < len(results.cases) or bool(absent) or is_costly)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stderr.write(f"{line}\n")


def _left_out(tests: Path, absent: Mapping[Path, str]) -> Iterator[str]:
    """One sentence for each file of tests that cannot run here."""
    for path, module in absent.items():
        yield (
            f"{path.relative_to(tests)}: not run, because {module} is not installed here; "
            f"`pip install {PACKAGES.get(module, module)}` adds it."
        )


# ---- without a word -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EndedCheck:
    """A check that has ended.

    Attributes:
        absent: files of tests that were left out, and the module that each lacks here.
        notes: all that `check` prints besides the tests.
        is_costly: whether points are lost whatever the tests say.
    """

    results: collect.Results
    absent: Mapping[Path, str]
    notes: tuple[str, ...]
    is_costly: bool


def outcomes(submission: Path, tests: Path, tasks: Collection[str] = ()) -> EndedCheck:
    """The same without a word.

    Raises:
        SuiteError: the tests cannot be run.
        OperatorError: this machine cannot run them now.
    """
    results, absent = collect.Results(), local_run.lacking(tests)
    home = of(dict(local_run.read_folder(submission)), tests)
    notes = [*home.before]

    def take(event: events.Event) -> None:
        notes.extend(home.during(event))
        results.add(event)

    if fault := _checked(submission, tests, results, take, absent, tasks):
        if isinstance(fault, errors.OperatorError):
            raise fault
        raise errors.SuiteError(str(fault)) from fault
    return finished(home, results, absent, notes, tasks)


def finished(
    home: HomeCheck,
    results: collect.Results,
    absent: Mapping[Path, str],
    notes: Iterable[str],
    tasks: Collection[str],
) -> EndedCheck:
    """A check whose tests have run.

    Args:
        notes: what was said until now.
    """
    said = tuple(dict.fromkeys([*notes, *home.after(results)]))
    return EndedCheck(results, absent, said, home.costs(results, tasks))


def _checked(
    submission: Path,
    tests: Path,
    results: collect.Results,
    emit: Callable[[events.Event], None],
    absent: Mapping[Path, str],
    tasks: Collection[str],
) -> BaseException | None:
    bounds, library = host.Bounds(local_run.TEST_S), local_run.library(tests, absent)
    left_out, run_s = tuple(absent), local_run.RUN_S
    fault = local_run.run(
        submission, tests, bounds, run_s, emit, library, left_out=left_out, tasks=tasks
    )
    if fault is None and tasks and not results.cases:
        return errors.SuiteError(public_tasks.unknown(tasks, local_run.test_files(tests)))
    return fault
