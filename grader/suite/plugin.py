"""The pytest plugin: the `student` fixture, points at collection, one outcome per test.

Owns how pytest's life of a test becomes `TestCase` and `Outcome`. It writes nothing
that pytest prints: assertion texts of pytest repeat hidden values. Does not own on what terms a
suite runs (`run_terms`), which guest a test meets (`guests`), nor how pytest is called
(`pytest_run`).
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from grader import errors, models
from grader.rpc import host, proxy
from grader.suite import (
    blame,
    budgets,
    checking_time,
    containment,
    decorators,
    events,
    explain,
    guests,
    run_terms,
    run_time,
    scheduling,
    student_process,
    uncollected,
)
from grader.suite import kept as kept_files

PUBLIC_FOLDERS = ("public", "public_tests")


@dataclass(slots=True)
class Attempt:
    """One test while it runs."""

    test: str = ""
    slow: bool = False
    hidden: bool = False
    started: float = 0.0  # by `time.monotonic`, moved on by what is no test's time
    failure: BaseException | None = None
    usage: student_process.Usage = field(default_factory=student_process.Usage)


class Plugin:
    """One run of a suite against one submission, or several of tests that are collected once.

    Args:
        suite_dir: test files lie below it; names of tests are relative to it.

    Attributes:
        instead_of_tests: called once the tests are collected, and none is run.
        kept: names of tests that do not run, because an earlier run's outcomes hold.
        fault: what kept the suite from running.
    """

    def __init__(self, suite_dir: Path, terms: run_terms.RunTerms) -> None:
        self._suite_dir = suite_dir
        self._cases: dict[str, models.TestCase] = {}
        self._all: dict[pytest.Item, models.TestCase] = {}
        self._items: list[pytest.Item] = []  # in the order of collection
        self._checking = checking_time.CheckingTime()
        self.instead_of_tests: Callable[[pytest.Session], None] | None = None
        self.begin(terms)

    def begin(self, terms: run_terms.RunTerms) -> None:
        """A run begins, perhaps of tests that were collected before."""
        self._terms = terms
        self._options = terms.options
        self._emit = terms.emit
        self._turns = terms.turns
        self._run_time = run_time.RunTime(terms.run_s)
        self._guests = guests.Guests(terms, self._run_time.pause)
        self._attempt = Attempt()
        self.kept: tuple[str, ...] = ()
        self.fault: BaseException | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Watch the time of the tests' own code, too."""
        config.pluginmanager.register(self._checking)

    # -- collection -------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Give every test its case; bring the tests into the order of their phases."""
        try:
            self._cases = {item.nodeid: self._case(item) for item in items}
        except errors.SuiteError as exc:
            self._give_up(exc)
        self._all = {item: self._cases[item.nodeid] for item in items}
        items[:] = self._in_order()

    def _in_order(self) -> list[pytest.Item]:
        """The tests that run, in their order."""
        without = self._options.without
        chosen = {item: case for item, case in self._all.items() if case.task not in without}
        self._items, cases = list(chosen), list(chosen.values())
        self._cases = {item.nodeid: case for item, case in chosen.items()}
        self.kept = kept_files.left_out(cases, self._terms.kept)
        stages = scheduling.stages(cases, self._options, self.kept)
        items = [self._items[number] for stage in stages for number in stage]
        if self._options.likely:
            items.sort(key=scheduling.by_likelihood(self._options.likely))
        return items

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Report all cases at once. When tests are shared out, they are dealt out upon this, so the
        notebooks are rehearsed before it: nothing hidden runs in another process yet.
        """
        if self._turns is not None and self._items:
            self._guests.rehearse_ahead()
        self._emit(events.Collected(tuple(self._cases.values()), self.kept))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A test file that cannot be imported is the suite author's mistake."""
        if report.failed:
            said = uncollected.reason(report.nodeid, report.longreprtext)
            self._give_up(errors.SuiteError(said))

    def _give_up(self, fault: BaseException) -> NoReturn:
        self.fault = fault
        pytest.exit("the suite or the machine failed", returncode=3)

    def _case(self, item: pytest.Item) -> models.TestCase:
        relative = item.path.relative_to(self._suite_dir)
        name = f"{relative.as_posix()}::{item.nodeid.split('::', 1)[1]}"
        mark = getattr(getattr(item, "function", None), decorators.MARK, None)
        if mark is None:
            raise errors.SuiteError(f"{name}: no @task(...) says which points it earns.")
        public = relative.parts[0] in PUBLIC_FOLDERS
        by_folder = models.Visibility.VISIBLE if public else models.Visibility.HIDDEN
        return models.TestCase(
            name=name,
            function=name.split("[")[0],
            task=mark.task,
            weight=mark.weight,
            visibility=mark.visibility or by_folder,
            hint=mark.hint,
            slow=mark.slow,
            facet=mark.facet,
            cases=mark.cases,
        )

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """When tests are shared out, run those whose turn comes here; else pytest's own loop."""
        if self.instead_of_tests:
            self.instead_of_tests(session)
            return True
        if self._turns is None:
            return None
        self._run_turns(self._turns)
        return True

    def run_collected(self) -> None:
        """Run what was collected before this run began, all of it or by turns."""
        items = self._in_order()
        self.pytest_collection_finish()
        if self._turns:
            self._run_turns(self._turns)
            return
        for item, after in itertools.zip_longest(items, items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)

    def _run_turns(self, turns: scheduling.Turns) -> None:
        number = turns.next()
        self._guests.rehearsed_apart = number in self._opening()
        while number is not None:
            item, following = self._items[number], turns.ahead()
            # What both tests share is not torn down between them.
            after = None if following is None else self._items[following]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            number = turns.next() if following is None else following

    def _opening(self) -> Sequence[int]:
        """The tests of the first stage, if students read them: whoever has the turn of one knows
        that no hidden test has begun.
        """
        cases = list(self._cases.values())
        first = next(iter(scheduling.stages(cases, self._options)), [])
        return first if first and cases[first[0]].readable else []

    # -- one test ---------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start the clock of a test."""
        case = self._cases[item.nodeid]
        self._attempt = Attempt(
            case.name, case.slow, hidden=not case.readable, started=time.monotonic()
        )
        # Of a hidden failure nothing is shown, so nothing need be small.
        decorators.running.shrink = self._options.shrink and case.readable
        decorators.running.read = self._options.shrink
        decorators.running.examples = decorators.Examples()
        decorators.running.restart = decorators.running.begin_again = None
        budgets.running = budgets.BudgetedTest(case.name, self._terms.reference_cpu_s, self._emit)
        bounds = self._terms.bounds_of(slow=case.slow)
        self._checking.begin(checking_time.limit_s(bounds.test_s))
        if self._attempt.hidden:
            self._run_time.begin_hidden()
        if self._run_time.is_over():
            raise host.Stopped(
                models.Verdict.NOT_RUN, "The time for the whole submission was used up before."
            )

    @pytest.fixture
    def student(self) -> Iterator[proxy.Student]:
        """The submission, in a process of its own for this test."""
        try:
            asked = time.monotonic()
            guest = self._guests.for_test(hidden=self._attempt.hidden)
            self._attempt.started += time.monotonic() - asked  # waiting for one is no test's time
            bounds = self._terms.bounds_of(slow=self._attempt.slow)
            process = student_process.StudentProcess(guest, bounds)
            decorators.running.restart = process.restart
            decorators.running.begin_again = process.begin_again
            yield proxy.Student(process.ask, process.cpu_s, self._remark)
            with self._checking.interruptible(False):  # nothing of the process may be left behind
                self._attempt.usage = process.finish()
        except host.GuestLost as loss:
            self._guests.lost(loss)
            raise
        except run_terms.NoMoreSandboxes as exc:
            raise host.Stopped(models.Verdict.NOT_RUN, str(exc)) from exc

    def _remark(self, text: str) -> None:
        """A claim of the submission for the notes; none where hidden inputs may speak from it."""
        if not self._attempt.hidden:
            self._emit(events.Remarked(explain.visible(text), self._attempt.test))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """What this test's fixtures raise at their end is none of the next test's business."""
        containment.contain(item.session)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
        """Keep the first failure of a test; after its last phase, report the outcome."""
        if call.excinfo is not None and self._attempt.failure is None:
            self._attempt.failure = containment.original(call.excinfo.value)
            if isinstance(self._attempt.failure, host.GuestLost):
                self._guests.lost(self._attempt.failure)
        if call.when == "teardown":
            self._checking.end()
            self._report(self._cases[item.nodeid], self._attempt)

    def _report(self, case: models.TestCase, attempt: Attempt) -> None:
        self._run_time.spend(attempt.usage.cpu_s)
        verdict, message, suspicion, file = models.Verdict.PASSED, "", "", ""
        if attempt.failure is not None:
            judged = blame.verdict_of(attempt.failure)
            if judged is None:
                self._give_up(attempt.failure)
            verdict = judged
            message = explain.message_of(attempt.failure, decorators.running.examples)
            file = explain.unimportable(attempt.failure)
            suspicion = blame.suspicion(attempt.failure, self._suite_dir, case.name)
        outcome = models.Outcome(
            test=case.name,
            verdict=verdict,
            message=message,
            output=explain.visible(attempt.usage.output),
            wall_s=time.monotonic() - attempt.started,
            cpu_s=attempt.usage.cpu_s,
            memory_bytes=attempt.usage.memory_bytes,
            unimportable=file,
        )
        self._emit(events.Finished(outcome, suspicion))
