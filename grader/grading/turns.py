"""Which test is whose: the tests of one run, dealt out stage by stage to several suite processes.

Owns the pipe of numbers and its barrier: no number of a stage is in the pipe before each test of
the stage before has ended, its processes included. Does not own what the stages are, nor the
reading (`suite.scheduling`).
"""

import contextlib
import fcntl
import os
from collections.abc import Sequence
from typing import Final

from grader import models
from grader.suite import run_options, scheduling

MOST_TESTS: Final = 2**16  # of a suite; a number has two bytes


class Dealer:
    """The writing end of a pipe of test numbers. Not thread-safe; `close` may be called again.

    Attributes:
        fd: the reading end, for suite processes; reads from it never block.
        hidden_began: whether a test may have begun whose output no student reads.
    """

    def __init__(self) -> None:
        self.fd, self._writing = os.pipe()
        os.set_blocking(self.fd, False)
        # Room for all: dealing out must never wait for a reader.
        fcntl.fcntl(self._writing, fcntl.F_SETPIPE_SZ, MOST_TESTS * scheduling.TURN.size)
        self._stages: list[set[str]] = []
        self._numbers: dict[str, int] = {}
        self._hidden: set[str] = set()
        self.hidden_began = False

    def deal(self, cases: Sequence[models.TestCase], options: run_options.RunOptions) -> None:
        """Lay out the stages of a run and deal out the first."""
        self._numbers = {case.name: number for number, case in enumerate(cases)}
        self._hidden = {case.name for case in cases if not case.readable}
        stages = scheduling.stages(cases, options)
        self._stages = [{cases[number].name for number in stage} for stage in stages]
        self._deal_next()

    def ended(self, test: str) -> None:
        """Note that a test is over; the last of its stage opens the next stage."""
        if self._stages:
            self._stages[0].discard(test)
            if not self._stages[0]:
                del self._stages[0]
                self._deal_next()

    def stop(self) -> None:
        """No further turn for anybody, those that wait in the pipe included."""
        self._stages = []
        self._finish()
        with contextlib.suppress(BlockingIOError):
            while os.read(self.fd, MOST_TESTS * scheduling.TURN.size):
                pass

    def close(self) -> None:
        """Close both ends of this process."""
        self._finish()
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def _deal_next(self) -> None:
        if not self._stages:
            self._finish()
            return
        self.hidden_began = self.hidden_began or bool(self._stages[0] & self._hidden)
        numbers = sorted(self._numbers[name] for name in self._stages[0])
        os.write(self._writing, b"".join(map(scheduling.TURN.pack, numbers)))

    def _finish(self) -> None:
        """Whoever waits for a turn reads the end."""
        fd, self._writing = self._writing, -1
        if fd >= 0:
            os.close(fd)
