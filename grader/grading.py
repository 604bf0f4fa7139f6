"""The story of one submission: a file tree in, a report out.

Owns the order of events between sandbox, suite process and scoring, and the replacement of a lost
sandbox. Does not own intake, storage or retries: a machine fault leaves as an `OperatorError`.
"""

import contextlib
import dataclasses
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from grader import assignment as assignments
from grader import conduct, errors, given, models, scoring
from grader.datasets import files as datasets
from grader.rpc import host
from grader.sandbox import container, policy
from grader.suite import events, runner, template

DATA_SHARE = 0.8  # of the container's memory: a clean MemoryError before the kernel's kill
GRACE_S = 30.0  # beyond run_s, before a suite process is given up
FOLDERS = ("public", "hidden")  # of tests, in the order in which they run
NO_METER = "Not checked on this machine, because it shows no processor time: how fast the code is."

Progress = Callable[[models.Progress], None]


class Sandboxes(Protocol):
    """Where sandboxes come from; each is used for one submission and then destroyed."""

    def lease(self, profile: policy.Profile) -> AbstractContextManager[container.Sandbox]:
        """A ready sandbox for the duration of the block."""

    def was_killed(self, sandbox: container.Sandbox) -> bool:
        """Whether something outside, and not the submission, ended a leased sandbox."""


@dataclass(slots=True)
class Run:
    """What is known of a run while it goes on."""

    cases: tuple[models.TestCase, ...] = ()
    outcomes: tuple[models.Outcome, ...] = ()
    cpu_s: dict[str, float | None] = field(default_factory=dict)  # of each budget
    started: float = field(default_factory=time.monotonic)

    def note(self, event: events.Event, progress: Progress | None) -> None:
        """Take up one event of the suite process and pass it on.

        Raises:
            SuiteError: the suite is wrong.
            OperatorError: the machine failed.
        """
        if isinstance(event, events.Collected):
            self.cases = event.cases
        elif isinstance(event, events.Finished):
            self.outcomes += (event.outcome,)
            if progress:
                progress(self._tested(event.outcome))
        elif isinstance(event, events.PhaseEnded):
            if progress:
                progress(self._ended(event.phase))
        elif isinstance(event, events.Measured):
            self.cpu_s[event.budget] = event.cpu_s
        elif isinstance(event, events.SuiteBroken):
            raise errors.SuiteError(event.message)
        elif isinstance(event, events.MachineFault):
            raise errors.OperatorError(event.message)

    def _tested(self, outcome: models.Outcome) -> models.Tested:
        case = next((case for case in self.cases if case.name == outcome.test), None)
        if case is None:
            raise errors.SuiteError(f"{outcome.test}: an outcome of no collected test.")
        return models.Tested(case, outcome, len(self.outcomes), len(self.cases))

    def _ended(self, phase: models.Phase) -> models.PhaseEnded:
        names = {case.name for case in self.cases if case.phase is phase}
        verdicts = [outcome.verdict for outcome in self.outcomes if outcome.test in names]
        passed = verdicts.count(models.Verdict.PASSED)
        wall_s = time.monotonic() - self.started
        return models.PhaseEnded(phase, passed, len(verdicts), wall_s)


class Grader:
    """Grades submissions; safe to use from several threads at once.

    Args:
        sandboxes: the pool of sandboxes.
        suites: the preloaded template of suite processes.
        image: tag of the sandbox image.
        oci_runtime: runtime of the sandboxes; empty is the engine's default.
        datasets_dir: folder of data sets.
    """

    def __init__(
        self,
        sandboxes: Sandboxes,
        suites: template.SuiteTemplate,
        image: str,
        oci_runtime: str = "",
        datasets_dir: Path = Path("datasets"),
    ) -> None:
        self._sandboxes = sandboxes
        self._suites = suites
        self._image = image
        self._oci_runtime = oci_runtime
        self._datasets_dir = datasets_dir
        self._calibrating = threading.Lock()
        self._reference_cpu_s: dict[str, dict[str, float]] = {}  # by version of the suite

    def profile(self, manifest: assignments.Manifest) -> policy.Profile:
        """The kind of sandbox that an assignment's submissions run in."""
        limits = manifest.limits
        return policy.Profile(
            image=self._image,
            preload=manifest.runtime,
            memory_bytes=limits.memory_bytes,
            pids=limits.pids,
            runtime=self._oci_runtime,
            files_bytes=int(manifest.submission.max_unpacked_mb * assignments.MiB),
            gpus=limits.gpus,
        )

    def grade(
        self,
        assignment: assignments.Assignment,
        tree: models.FileTree,
        *,
        queued_s: float = 0.0,
        progress: Progress | None = None,
        until_failure: bool = False,
        shrink: bool = True,
        slow: bool = True,
        likely: Sequence[str] = (),
    ) -> models.Report:
        """Run the whole suite against one submission.

        Args:
            tree: the validated files.
            queued_s: seconds between upload and this call, for the report.
            progress: called after each test, and when a phase has ended, before the next begins.
            until_failure: run no test after the first that fails; of use for mutants only.
            shrink: make failing public examples small; a check of mutants reads none.
            slow: run tests marked slow; without, the report leaves them out, and its sums are of
                no use.
            likely: names; tests that mention them run first. With `until_failure`.

        Returns:
            The instructor's report.

        Raises:
            UploadRefused: the source breaks a rule that refuses it.
            SuiteError: the suite itself is wrong.
            DatasetMissing: the assignment needs a data set that is not here.
            OperatorError: the machine failed; try again.
        """
        started = time.monotonic()
        remarks = datasets.require(
            self._datasets_dir, assignment.manifest.datasets, assignment.slug
        )
        breaches = conduct.in_source(assignment, tree)
        tree = given.overlay(tree, given.files(assignment))
        request = msgspec.structs.replace(
            self._request(assignment),
            until_failure=until_failure,
            shrink=shrink,
            slow=slow,
            likely=tuple(likely),
            reference_cpu_s=self._figures(assignment),
        )
        run, sandbox_s, tests_s = self._execute(assignment, tree, request, progress)
        timing = models.Timing(queued_s, sandbox_s, tests_s, queued_s + time.monotonic() - started)
        if None in run.cpu_s.values():
            remarks.append(NO_METER)
        breaches += conduct.in_output(assignment, tree, run.cases, run.outcomes)
        notes = (*tree.notes, *remarks)
        report = scoring.score(assignment, run.cases, run.outcomes, timing, notes, breaches)
        return report if slow else _without_slow(report, run.cases)

    def _execute(
        self,
        assignment: assignments.Assignment,
        tree: models.FileTree,
        request: runner.Request,
        progress: Progress | None = None,
    ) -> tuple[Run, float, float]:
        """Run tests against files; what is known then, seconds until the start and of the tests."""
        files = tree.files | given.helpers(assignment)
        started = time.monotonic()
        with contextlib.ExitStack() as stack:
            sandbox = self._sandbox(stack, assignment, files)
            process = stack.enter_context(
                contextlib.closing(self._suites.spawn(request, _fds(stack, sandbox)))
            )
            ready = time.monotonic()
            run = Run()
            # The last test may begin just before run_s is over.
            longest_s = max(request.test_s, request.slow_test_s)
            for event in process.events(request.run_s + longest_s + GRACE_S):
                run.note(event, progress)
                if isinstance(event, events.SandboxLost):
                    self._check_not_killed(sandbox)
                    sandbox = self._sandbox(stack, assignment, files)
                    process.hand_over(_fds(stack, sandbox))
            self._check_not_killed(sandbox)
            return run, ready - started, time.monotonic() - ready

    def _check_not_killed(self, sandbox: container.Sandbox) -> None:
        """Raise when the machine took a sandbox away: no student answers for that."""
        if self._sandboxes.was_killed(sandbox):
            raise errors.SandboxUnavailable(
                "A sandbox was killed from outside in the middle of a run; the run is tried again."
            )

    def _figures(self, assignment: assignments.Assignment) -> dict[str, float]:
        """What the reference needs on this machine under each budget; measured once per suite."""
        paths = _files_with_budgets(assignment.suite_dir)
        if not paths:
            return {}
        version = f"{assignment.slug} {assignment.suite_version()}"
        with self._calibrating:  # a second measurement beside it would slow both
            if version not in self._reference_cpu_s:
                found = assignments.plain_files(assignment.reference_dir)
                names = {p.relative_to(assignment.reference_dir).as_posix(): p for p in found}
                files = {name: path.read_bytes() for name, path in names.items()}
                tree = given.overlay(models.FileTree(files), given.files(assignment))
                request = msgspec.structs.replace(self._request(assignment), folders=paths)
                run, _, _ = self._execute(assignment, tree, request)
                figures = {name: cpu_s for name, cpu_s in run.cpu_s.items() if cpu_s is not None}
                self._reference_cpu_s[version] = figures
            return self._reference_cpu_s[version]

    def _request(self, assignment: assignments.Assignment) -> runner.Request:
        limits = assignment.manifest.limits
        return runner.Request(
            suite_dir=str(assignment.suite_dir.resolve()),
            folders=tuple(name for name in FOLDERS if (assignment.suite_dir / name).is_dir()),
            test_s=limits.test_s,
            slow_test_s=limits.slow_test_s,
            run_s=limits.run_s,
            data_bytes=int(limits.memory_bytes * DATA_SHARE),
            output_bytes=limits.output_kb * 1024,
            datasets_dir=str(self._datasets_dir.resolve()),
        )

    def _sandbox(
        self,
        stack: contextlib.ExitStack,
        assignment: assignments.Assignment,
        files: Mapping[str, bytes],
    ) -> container.Sandbox:
        """A sandbox with the submission in it; no line of it has run yet."""
        sandbox = stack.enter_context(self._sandboxes.lease(self.profile(assignment.manifest)))
        try:
            guest = host.Guest(sandbox.listener, sandbox.control, host.NoMeter())
            guest.load(files)
        except host.GuestLost as exc:
            raise errors.SandboxUnavailable(
                "A fresh sandbox died before any submitted code ran."
            ) from exc
        return sandbox


def _without_slow(report: models.Report, cases: Sequence[models.TestCase]) -> models.Report:
    """A report without the tests that were left out on purpose."""
    left_out = {case.name for case in cases if case.slow}
    kept = tuple(test for test in report.tests if test.name not in left_out)
    return dataclasses.replace(report, tests=kept)


def _files_with_budgets(suite_dir: Path) -> tuple[str, ...]:
    """The test files, relative to the suite, that set CPU budgets."""
    found = (p for name in FOLDERS for p in assignments.plain_files(suite_dir / name))
    tests = [p for p in found if p.suffix == ".py" and re.search(rb"\bbudget\(", p.read_bytes())]
    return tuple(path.relative_to(suite_dir).as_posix() for path in tests)


def _fds(stack: contextlib.ExitStack, sandbox: container.Sandbox) -> list[int]:
    """Listener, control, memory meter, CPU meter; the null device stands for a missing meter."""
    null = os.open(os.devnull, os.O_RDONLY)
    stack.callback(os.close, null)
    memory_fd, cpu_fd = sandbox.meters.memory_fd, sandbox.meters.cpu_fd
    return [
        sandbox.listener.fileno(),
        sandbox.control.fileno(),
        null if memory_fd is None else memory_fd,
        null if cpu_fd is None else cpu_fd,
    ]
