"""The process that runs a suite against one submission.

Owns the request that starts one and its life up to its last event. Does not own the worker's end
(`suite.forkserver`), its template (`suite.suite_template`), the fork (`confined.template_process`),
pytest's arguments (`suite.pytest_run`) or sandboxes: it is handed connected sockets.

Theory of operation
    worker --(request, sockets)--> template --fork--> suite process
    worker <--(event lines)-------------------------- suite process
    worker --(sockets of another sandbox)-----------> suite process, after `sandbox_wanted`

A suite process has no file of the submission, no database, no engine and no token: its only ways
out are the guest's sockets and its event line channel, so that a mistake in decoding hostile bytes
has nothing to steal. What it gives up before the first such byte is in `confined.rights`.
"""

import os
import socket
import time
from pathlib import Path

import msgspec
import pytest

from grader import errors, models
from grader.confined import fork_loop, rights
from grader.rpc import host, supervision
from grader.sandbox import cgroup
from grader.suite import (
    checking_time,
    datasets,
    events,
    plugin,
    pytest_run,
    run_options,
    run_terms,
    scheduling,
)
from grader.suite import kept as kept_files

SANDBOX_FDS = 5
MAX_REPLACEMENTS = 3  # sandboxes that one submission may use up beyond its first
GRACE_CPU_S = 60  # on top of the run's wall limit, before the kernel stops a suite process


class CollectRequest(msgspec.Struct, frozen=True, tag="collect"):
    """Which suite a template of its own is to be made of; see `version_process`."""

    suite_dir: str
    folders: tuple[str, ...]
    datasets_dir: str


class SuiteRequest(msgspec.Struct, frozen=True, tag="run"):
    """What a suite process is to do; sockets and meters travel beside it."""

    suite_dir: str
    folders: tuple[str, ...]  # or files, or names of tests; in the order in which they run
    test_s: float
    run_s: float
    data_bytes: int
    output_bytes: int
    options: run_options.RunOptions = run_options.FOR_STUDENT
    reference_cpu_s: dict[str, float] | None = None
    slow_test_s: float = 0.0  # of tests marked slow; 0: like the others
    kept: dict[str, kept_files.KeptFile] = {}  # whose earlier outcomes hold
    datasets_dir: str = ""  # where tests find data sets, the held-back halves too
    only_collect: bool = False  # import the tests and say which there are; needs no sandbox
    attempt_on: str = ""  # run no test, but try what is forbidden, with this folder of the service


class KernelMeter:
    """A sandbox's figures, from open files; a file without them (the null device) is None."""

    def __init__(self, memory_fd: int, cpu_fd: int, peak_fd: int) -> None:
        self._memory_fd = memory_fd
        self._cpu_fd = cpu_fd
        self._peak_fd = peak_fd

    def oom_kills(self) -> int | None:
        """Processes killed so far for lack of memory."""
        return cgroup.oom_kills(self._memory_fd)

    def cpu_s(self) -> float | None:
        """CPU seconds used so far."""
        return cgroup.cpu_seconds(self._cpu_fd)

    def reset_peak(self) -> bool:
        """Measure the most memory held from now on."""
        return cgroup.reset_peak(self._peak_fd)

    def peak_bytes(self) -> int | None:
        """The most memory held since then."""
        return cgroup.peak_bytes(self._peak_fd)


class HandedSandboxes:
    """The guest whose sockets were handed over; asks the worker for another when it is lost."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._guest: supervision.Guest | None = None
        self._lost = 0

    def adopt(self, fds: list[int]) -> None:
        """Take over listener, control connection and meters of a sandbox.

        Raises:
            OperatorError: the worker had no sandbox to hand over.
        """
        if len(fds) != SANDBOX_FDS:
            raise errors.OperatorError("the worker handed over no sandbox")
        listener, control = (socket.socket(fileno=fd) for fd in fds[:2])
        self._guest = supervision.Guest(listener, control, KernelMeter(*fds[2:SANDBOX_FDS]))

    def guest(self) -> supervision.Guest:
        """The guest in use, or another one.

        Raises:
            NoMoreSandboxes: the submission has lost too many.
        """
        if self._guest is None:
            if self._lost > MAX_REPLACEMENTS:
                raise run_terms.NoMoreSandboxes(
                    f"The submission ended its whole sandbox {self._lost} times; "
                    "the remaining tests were not run."
                )
            self._channel.sendall(events.to_line(events.SandboxWanted()))
            self.adopt(fork_loop.receive(self._channel)[1])
        assert self._guest is not None
        return self._guest

    def lost(self, loss: host.GuestLost) -> None:
        """The guest in use is gone, by the submission's doing; said twice, it counts once."""
        self._lost += self._guest is not None
        self._give_back(memory_ran_out=loss.verdict is models.Verdict.MEMORY_LIMIT)

    def renew(self) -> None:
        """Ask for another guest at the next test; the submission has not used one up."""
        self._give_back(memory_ran_out=False)

    def _give_back(self, *, memory_ran_out: bool) -> None:
        if self._guest is not None:
            self._guest = None
            self._channel.sendall(events.to_line(events.SandboxLost(memory_ran_out)))


def work(start: fork_loop.Start, request: SuiteRequest) -> events.Event:
    """Everything that a suite process does; the last event to send."""
    rights.enter(readable(request), start.scratch, cpu_s(request))
    if request.attempt_on:
        return events.Attempted(rights.attempts(request.attempt_on))
    sandboxes, turns = handed(start)
    return run(request, sandboxes, start.channel, turns)


def handed(start: fork_loop.Start) -> tuple[HandedSandboxes, int | None]:
    """The sandbox that came with a request, if there is one, and its pipe of turns."""
    sandboxes = HandedSandboxes(start.channel)
    first, turns = start.fds[:SANDBOX_FDS], start.fds[SANDBOX_FDS:]
    if first:  # else it asks for one when a test needs it
        sandboxes.adopt(first)
    return sandboxes, turns[0] if turns else None


def readable(request: SuiteRequest | CollectRequest) -> list[str]:
    """Files and folders that a process for this suite needs."""
    learnt = os.environ.get("HYPOTHESIS_STORAGE_DIRECTORY", "")
    return [path for path in (request.suite_dir, request.datasets_dir, learnt) if path]


def cpu_s(request: SuiteRequest) -> int:
    """Processor time of the whole process; the last test may begin at the end of the run's."""
    last_s = checking_time.limit_s(max(request.test_s, request.slow_test_s))
    return int(scheduling.most_s(request.run_s) + last_s) + GRACE_CPU_S


def run(
    request: SuiteRequest,
    sandboxes: run_terms.GuestSource,
    channel: socket.socket,
    turns: int | None = None,
) -> events.Event:
    """Run the suite, sending an event for every test; the last event to send.

    Args:
        turns: reading end of the pipe that deals out the tests among several processes.
    """
    suite_dir = Path(request.suite_dir)
    datasets.use(request.datasets_dir)
    suite = plugin.Plugin(suite_dir, terms_of(request, sandboxes, channel, turns))
    status = pytest_run.run(
        suite,
        suite_dir,
        request.folders,
        until_failure=request.options.until_failure,
        only_collect=request.only_collect,
    )
    if status == pytest.ExitCode.NO_TESTS_COLLECTED and suite.kept:
        return events.Ended(time.process_time())  # every outcome holds
    return last_event(suite.fault, status)


def terms_of(
    request: SuiteRequest,
    sandboxes: run_terms.GuestSource,
    channel: socket.socket,
    turns: int | None,
) -> run_terms.RunTerms:
    """What a request means for the plugin."""
    return run_terms.RunTerms(
        sandboxes,
        host.Bounds(request.test_s, request.data_bytes, request.output_bytes),
        request.run_s,
        emit=lambda event: channel.sendall(events.to_line(event)),
        reference_cpu_s=request.reference_cpu_s,
        options=request.options,
        slow_test_s=request.slow_test_s,
        kept=request.kept,
        turns=None if turns is None else scheduling.Turns(turns),
    )


def failed(exc: BaseException) -> events.Event:
    """The last event of a process that could not do its work."""
    return events.MachineFault(f"suite process: {type(exc).__name__}: {exc}")


def last_event(fault: BaseException | None, status: int) -> events.Event:
    """The last event of a run, by its fault and pytest's exit status."""
    if isinstance(fault, errors.SuiteError):
        return events.SuiteBroken(str(fault))
    if fault is not None:
        return events.MachineFault(f"{type(fault).__name__}: {fault}")
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        return events.SuiteBroken("There is no test in the suite's folders public/ and hidden/.")
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return events.SuiteBroken(f"pytest ended with status {status}; see its public suite.")
    return events.Ended(time.process_time())
