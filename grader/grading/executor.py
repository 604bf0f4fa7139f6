"""One suite run against one submission: sandboxes, suite processes, and what they tell.

Owns the sharing out of a suite's tests among several sandboxes of one submission, the replacement
of a lost sandbox. Does not own which files and limits a run has (`grading.submission_grader`), what
is made of its events (`suite.collect`), nor what the outcomes are worth (`scoring.points`).

Theory of operation
    While processors are idle, a submission gets more than one sandbox, each with a suite process
    of its own. All of them collect the same tests in the same order; which process runs which
    test is decided test by test: they read numbers from one pipe (`turns`), and a number read by
    one is read by no other. So a shard that starts late or falls behind takes fewer tests, and one
    that cannot start at all costs nothing.

    Between the stages of a run all wait: no test that a student may read runs while a hidden one
    does, in any sandbox, nor after one. A sandbox that does
    not answer is killed before the end of its test counts as an end. What a rehearsal of notebooks
    says once hidden tests have begun is not listened to.
"""

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from grader import errors, models
from grader.grading import turns
from grader.rpc import host, meters, supervision
from grader.sandbox import container, policy
from grader.suite import (
    checking_time,
    collect,
    events,
    forkserver,
    run_options,
    scheduling,
    suite_process,
)

GRACE_S = 30.0  # beyond run_s, before a suite process is given up

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
    """What is known of a run while it goes on; its shards add to it from their threads.

    Attributes:
        options: say which of the collected tests run.
        dealer: when tests are shared out.
        ready_s: seconds from the start until the first test could begin.
        load_s: seconds that loading the submission into its first sandbox took.
        tests_s: seconds that the shard which took longest worked, without waiting for sandboxes.
    """

    results: collect.Results
    options: run_options.RunOptions = run_options.FOR_STUDENT
    dealer: turns.Dealer | None = None
    ready_s: float = 0.0
    load_s: float = 0.0
    tests_s: float = 0.0
    processes: list[forkserver.SuiteProcess] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, event: events.Event) -> None:
        """Take up one event of a suite process, and deal out what may run after it.

        Raises:
            SuiteError: the suite is wrong.
            OperatorError: the machine failed.
        """
        with self.lock:
            is_first = not self.results.cases  # every shard collects the same
            if isinstance(event, events.StatementsSkipped) and self._is_too_late():
                return
            self.results.add(event)
            if self.dealer and isinstance(event, events.Finished):
                self.dealer.ended(event.outcome.test)
            elif self.dealer and is_first and isinstance(event, events.Collected):
                self.dealer.deal(event.cases, self.options)

    def _is_too_late(self) -> bool:
        """Whether what a rehearsal says may come from a hidden test that runs next to it: students
        read it, and its words are the submission's.
        """
        return self.dealer is not None and self.dealer.hidden_began

    def stop(self) -> None:
        """End every shard that still works: no turn is left, and no process."""
        with self.lock:
            if self.dealer:
                self.dealer.stop()
        for process in self.processes:
            process.kill()


@dataclass(frozen=True, slots=True)
class Plan:
    """What every shard of a run does.

    Attributes:
        files: the submission's, and the suite's helpers beside them.
        version: of the suite and what its collection reads; empty for parts of a suite.
        kept: outcomes of an earlier run, by test, of the files that the request says to keep.
    """

    profile: policy.Profile
    files: Mapping[str, bytes]
    request: suite_process.SuiteRequest
    version: str = ""
    kept: Mapping[str, models.Outcome] = field(default_factory=dict)

    @property
    def most_s(self) -> float:
        """Wall seconds after which a suite process is given up."""
        # The last test may begin just before the time is over.
        longest_s = max(self.request.test_s, self.request.slow_test_s)
        run_s = scheduling.most_s(self.request.run_s)
        work_s = run_s + longest_s + checking_time.limit_s(longest_s)
        return work_s + supervision.REHEARSAL_DEADLINE_S + GRACE_S


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

    def execute(
        self, plan: Plan, on_progress: collect.OnProgress | None = None, *, alone: bool = False
    ) -> Run:
        """Run the tests.

        Args:
            on_progress: called after each test and after each phase, by one thread at a time.
            alone: all tests in one sandbox, one after the other.

        Raises:
            SuiteError: the suite itself is wrong.
            OperatorError: the machine failed.
        """
        results = collect.Results(on_progress, keep_doubtful=True, kept=plan.kept)
        run = Run(results, plan.request.options)
        most = 1 if alone or plan.kept else self._processors
        with self._shards(most) as count:
            if plan.kept:
                self._work_if_needed(plan, run)
            elif count == 1:
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
            contextlib.closing(turns.Dealer()) as run.dealer,
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
            loading = time.monotonic()
            _load(sandbox, plan.files)
            run.load_s = run.load_s or time.monotonic() - loading
            fds = _fds(stack, sandbox) + ([run.dealer.fd] if run.dealer else [])
            process = self._suites.spawn(plan.request, fds, plan.version)
            stack.enter_context(contextlib.closing(process))
            run.processes.append(process)
            run.ready_s = run.ready_s or time.monotonic() - run.results.started
            self._follow(plan, run, sandbox, process, stack)

    def _work_if_needed(self, plan: Plan, run: Run) -> None:
        """The same without a sandbox, until a test asks for one."""
        with contextlib.ExitStack() as stack:
            process = self._suites.spawn(plan.request, [], plan.version)
            stack.enter_context(contextlib.closing(process))
            self._follow(plan, run, None, process, stack)

    def _follow(
        self,
        plan: Plan,
        run: Run,
        sandbox: container.Sandbox | None,
        process: forkserver.SuiteProcess,
        stack: contextlib.ExitStack,
    ) -> None:
        """Take up a suite process's events, and give it another sandbox when it asks for one."""
        began, waited_s = time.monotonic(), 0.0
        for event in process.events(plan.most_s):
            run.add(event)
            lost = time.monotonic()
            if isinstance(event, events.SandboxLost) and sandbox:
                self._end(sandbox, memory_ran_out=event.memory_ran_out)
                sandbox = None
            elif isinstance(event, events.SandboxWanted):
                sandbox = stack.enter_context(self._sandboxes.lease(plan.profile))
                _load(sandbox, plan.files)
                process.hand_over(_fds(stack, sandbox))
                run.ready_s = run.ready_s or time.monotonic() - run.results.started
            waited_s += time.monotonic() - lost
        if sandbox:
            self._check_not_killed(sandbox)
        run.tests_s = max(run.tests_s, time.monotonic() - began - waited_s)

    def _end(self, sandbox: container.Sandbox, *, memory_ran_out: bool) -> None:
        """End all of a lost sandbox: what still runs in it may have seen hidden inputs, and the
        end of its test, which comes next, may open a stage that a student reads.
        """
        # An engine may hear of the end of a first process before it hears of the memory.
        if not memory_ran_out:
            self._check_not_killed(sandbox)
        self._sandboxes.kill(sandbox)

    def _check_not_killed(self, sandbox: container.Sandbox) -> None:
        """Raise when the machine took a sandbox away: no student answers for that."""
        if self._sandboxes.was_killed(sandbox):
            raise errors.SandboxUnavailable(
                "A sandbox was killed from outside in the middle of a run; the run is tried again."
            )


def _load(sandbox: container.Sandbox, files: Mapping[str, bytes]) -> None:
    """Put a submission into a sandbox; no line of it runs yet."""
    try:
        supervision.Guest(sandbox.listener, sandbox.control, meters.NoMeter()).load(files)
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
