"""One suite run against one submission: sandboxes, suite processes, and what they tell.

Owns the sharing out of a suite's tests among several sandboxes of one submission, the replacement
of a lost sandbox, and the gathering of events into a `Run`. Does not own which files and limits a
run has (`grading.submission_grader`), nor what the outcomes are worth (`scoring.points`).

Theory of operation
    While processors are idle, a submission gets more than one sandbox, each with a suite process
    of its own. All of them collect the same tests in the same order; which process runs which
    test is decided test by test: they read numbers from one pipe (`turns`), and a number read by
    one is read by no other. So a shard that starts late or falls behind takes fewer tests, and one
    that cannot start at all costs nothing.

    Between the stages of a run all wait: no test that a student may read runs while a hidden one
    does, in any sandbox, nor later in a sandbox that a hidden one has used.
"""

import contextlib
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from grader import errors, models
from grader.grading import turns
from grader.rpc import host, meters
from grader.sandbox import container, policy
from grader.suite import events, forkserver, suite_process

GRACE_S = 30.0  # beyond run_s, before a suite process is given up

Progress = Callable[[models.Progress], None]
Lease = AbstractContextManager[container.Sandbox | None]


class Sandboxes(Protocol):
    """Where sandboxes come from; each is used for one submission and then destroyed."""

    def lease(self, profile: policy.Profile) -> AbstractContextManager[container.Sandbox]:
        """A ready sandbox for the duration of the block."""

    def spare(self, profile: policy.Profile) -> Lease:
        """The same if one is ready now; None rather than wait."""

    def was_killed(self, sandbox: container.Sandbox) -> bool:
        """Whether something outside, and not the submission, ended a leased sandbox."""

    def kill(self, sandbox: container.Sandbox) -> None:
        """End every process of a leased sandbox; none is left when this returns."""


@dataclass(slots=True)
class Run:
    """What is known of a run while it goes on; shards note what they hear from their threads."""

    progress: Progress | None = None
    dealer: turns.Turns | None = None  # when tests are shared out
    slow: bool = True  # whether slow tests are run
    cases: tuple[models.TestCase, ...] = ()
    outcomes: tuple[models.Outcome, ...] = ()
    cpu_s: dict[str, float | None] = field(default_factory=dict)  # of each budget
    started: float = field(default_factory=time.monotonic)
    ready_s: float = 0.0  # from the start until the first test could begin
    processes: list[forkserver.SuiteProcess] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, models.TestCase] = field(default_factory=dict)  # the cases by name
    _sizes: Counter[models.Phase] = field(default_factory=Counter)
    _verdicts: dict[models.Phase, list[models.Verdict]] = field(default_factory=dict)

    def note(self, event: events.Event) -> None:
        """Take up one event of a suite process and pass it on.

        Raises:
            SuiteError: the suite is wrong.
            OperatorError: the machine failed.
        """
        with self.lock:
            if isinstance(event, events.Collected):
                self._collect(event.cases)
            elif isinstance(event, events.Finished):
                self._finish(event.outcome)
            elif isinstance(event, events.Measured):
                self.cpu_s[event.budget] = event.cpu_s
            elif isinstance(event, events.SuiteBroken):
                raise errors.SuiteError(event.message)
            elif isinstance(event, events.MachineFault):
                raise errors.OperatorError(event.message)

    def stop(self) -> None:
        """End every shard that still works: no turn is left, and no process."""
        with self.lock:
            if self.dealer:
                self.dealer.stop()
        for process in self.processes:
            process.kill()

    def _collect(self, cases: tuple[models.TestCase, ...]) -> None:
        if not self.cases:  # every shard tells the same
            self.cases = cases
            self._known = {case.name: case for case in cases}
            self._sizes = Counter(case.phase for case in cases)
            if self.dealer:
                self.dealer.deal(cases, slow=self.slow)

    def _finish(self, outcome: models.Outcome) -> None:
        self.outcomes += (outcome,)
        case = self._known.get(outcome.test)
        if case is None:
            raise errors.SuiteError(f"{outcome.test}: an outcome of no collected test.")
        self._verdicts.setdefault(case.phase, []).append(outcome.verdict)
        if self.progress:
            self.progress(models.Tested(case, outcome, len(self.outcomes), len(self.cases)))
            self._tell_end_of(case.phase)
        if self.dealer:
            self.dealer.ended(case.name)

    def _tell_end_of(self, phase: models.Phase) -> None:
        """Tell that a phase is over, once all of its tests are."""
        verdicts = self._verdicts[phase]
        if self.progress and len(verdicts) == self._sizes[phase]:
            passed = verdicts.count(models.Verdict.PASSED)
            wall_s = time.monotonic() - self.started
            self.progress(models.PhaseEnded(phase, passed, len(verdicts), wall_s))


@dataclass(frozen=True, slots=True)
class Plan:
    """What every shard of a run does.

    Attributes:
        files: the submission's, and the suite's helpers beside them.
    """

    profile: policy.Profile
    files: Mapping[str, bytes]
    request: suite_process.Request

    @property
    def most_s(self) -> float:
        """Wall seconds after which a suite process is given up."""
        # The last test may begin just before run_s is over.
        longest_s = max(self.request.test_s, self.request.slow_test_s)
        return self.request.run_s + longest_s + GRACE_S


class Executor:
    """Runs suites; safe to use from several threads at once.

    Args:
        sandboxes: the pool of sandboxes.
        suites: the preloaded template of suite processes.
        processors: shards at once, of all runs together; a run alone may have as many.
    """

    def __init__(
        self, sandboxes: Sandboxes, suites: forkserver.SuiteTemplate, processors: int = 1
    ) -> None:
        self._sandboxes = sandboxes
        self._suites = suites
        self._processors = processors
        self._busy = 0  # shards of runs that are going on
        self._lock = threading.Lock()

    def execute(self, plan: Plan, progress: Progress | None = None, *, alone: bool = False) -> Run:
        """Run the tests.

        Args:
            progress: called after each test and after each phase, by one thread at a time.
            alone: all tests in one sandbox, one after the other.

        Raises:
            SuiteError: the suite itself is wrong.
            OperatorError: the machine failed.
        """
        run = Run(progress, slow=plan.request.slow)
        most = 1 if alone else self._processors
        with self._shards(most) as count:
            if count == 1:
                self._work(plan, run, self._sandboxes.lease(plan.profile))
            else:
                self._share(plan, run, count)
        return run

    @contextlib.contextmanager
    def _shards(self, most: int) -> Iterator[int]:
        """How many shards a run may have now: one, and one more for each idle processor."""
        with self._lock:
            count = max(1, min(most, self._processors - self._busy))
            self._busy += count
        try:
            yield count
        finally:
            with self._lock:
                self._busy -= count

    def _share(self, plan: Plan, run: Run, count: int) -> None:
        """Share the tests out among one leased sandbox and those that are ready anyway."""
        with (
            contextlib.closing(turns.Turns()) as run.dealer,
            futures.ThreadPoolExecutor(count) as pool,
        ):
            leases: list[Lease] = [self._sandboxes.lease(plan.profile)]
            leases += [self._sandboxes.spare(plan.profile) for _ in range(count - 1)]
            works = [pool.submit(self._work, plan, run, lease) for lease in leases]
            try:
                done, _ = futures.wait(works, return_when=futures.FIRST_EXCEPTION)
            finally:
                run.stop()  # when one failed, or this thread was interrupted
            for work in done:
                work.result()

    def _work(self, plan: Plan, run: Run, lease: Lease) -> None:
        """One shard: a sandbox, a suite process, and its events until the last."""
        with contextlib.ExitStack() as stack:
            if (sandbox := stack.enter_context(lease)) is None:
                return
            _load(sandbox, plan.files)
            fds = _fds(stack, sandbox) + ([run.dealer.fd] if run.dealer else [])
            process = self._suites.spawn(plan.request, fds)
            stack.enter_context(contextlib.closing(process))
            run.processes.append(process)
            run.ready_s = run.ready_s or time.monotonic() - run.started
            for event in process.events(plan.most_s):
                run.note(event)
                if isinstance(event, events.SandboxLost):
                    self._check_not_killed(sandbox)
                    self._sandboxes.kill(sandbox)  # what still runs in it has seen hidden inputs
                    sandbox = stack.enter_context(self._sandboxes.lease(plan.profile))
                    _load(sandbox, plan.files)
                    process.hand_over(_fds(stack, sandbox))
            self._check_not_killed(sandbox)

    def _check_not_killed(self, sandbox: container.Sandbox) -> None:
        """Raise when the machine took a sandbox away: no student answers for that."""
        if self._sandboxes.was_killed(sandbox):
            raise errors.SandboxUnavailable(
                "A sandbox was killed from outside in the middle of a run; the run is tried again."
            )


def _load(sandbox: container.Sandbox, files: Mapping[str, bytes]) -> None:
    """Put a submission into a sandbox; no line of it runs yet."""
    try:
        host.Guest(sandbox.listener, sandbox.control, meters.NoMeter()).load(files)
    except host.GuestLost as exc:
        raise errors.SandboxUnavailable(
            "A fresh sandbox died before any submitted code ran."
        ) from exc


def _fds(stack: contextlib.ExitStack, sandbox: container.Sandbox) -> list[int]:
    """Listener, control, three meters; the null device stands for a missing one."""
    null = os.open(os.devnull, os.O_RDONLY)
    stack.callback(os.close, null)
    gauges = (sandbox.meters.memory_fd, sandbox.meters.cpu_fd, sandbox.meters.peak_fd)
    own = [sandbox.listener.fileno(), sandbox.control.fileno()]
    return own + [null if fd is None else fd for fd in gauges]
