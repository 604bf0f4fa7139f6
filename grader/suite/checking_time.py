"""How long the test's own code may work: a student's value can keep a loop of it busy for hours.

Owns the limit on the suite's side of one test, as the plugin of pytest that keeps it. Does not own
the limit on the submission's side (`grader.rpc.host.Bounds`), nor whose fault an excess is: it is
in doubt (`grader.suite.blame`), and the reference decides.

Theory of operation
    The kernel counts this process's processor time, in which waiting for the submission or for the
    machine takes no part, and signals when the limit is reached. The handler raises in the middle
    of whatever runs, so it does so only while a test's setup, body or teardown runs, where pytest
    catches everything; a signal that comes between them, or is swallowed, comes again.
"""

import contextlib
import signal
import threading
from collections.abc import Generator, Iterator

import pytest

from grader import models
from grader.rpc import host

LEAST_S = 30.0  # many times what the slowest oracle needs, on a slow machine
AGAIN_S = 1.0


class CheckingTooLong(host.Stopped):
    """The test's own code has used up its time."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            models.Verdict.TIME_LIMIT,
            f"Checking what your code returned took more than {limit_s:g} s of processor time. "
            "Return no more than the task asks for.",
        )


def limit_s(test_s: float) -> float:
    """Processor seconds of a test's own code, by what the submission may take for the test."""
    return max(test_s, LEAST_S)


class CheckingTime:
    """Keeps the limit of one test after the other."""

    def __init__(self) -> None:
        self._limit_s = 0.0
        self._is_interruptible = False

    def begin(self, seconds: float) -> None:
        """A test begins, in its setup."""
        if threading.current_thread() is not threading.main_thread():
            return  # signals are the main thread's
        self._limit_s = seconds
        signal.signal(signal.SIGPROF, self._stop)
        signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN_S)

    def end(self) -> None:
        """The test is over."""
        if threading.current_thread() is threading.main_thread():
            signal.setitimer(signal.ITIMER_PROF, 0)

    @contextlib.contextmanager
    def interruptible(self, yes: bool = True) -> Iterator[None]:
        """Whether the limit may interrupt what runs in this block."""
        before, self._is_interruptible = self._is_interruptible, yes
        try:
            yield
        finally:
            self._is_interruptible = before

    def _stop(self, _signal: int, _frame: object) -> None:
        if self._is_interruptible:
            raise CheckingTooLong(self._limit_s)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        """The fixtures that a test asks for are its own code."""
        with self.interruptible():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """The test itself."""
        with self.interruptible():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        """What its fixtures do at their end."""
        with self.interruptible():
            return (yield)
