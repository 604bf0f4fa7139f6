"""How long a run has taken, and whether another test may begin.

Owns the clock of `limits.run_s`. Does not own the limit of a single test (`grader.rpc.host`), nor
when the process of a suite is given up (`grader.grading.executor`).

The clock shows wall seconds, of which those in which a busy machine kept processes waiting count a
quarter (`rpc.stall_credit`). Seconds that the submission spent on the processor count whole,
though: it had them, and a loop without end keeps a machine busy by itself. So no run counts more
seconds than on an idle machine.
"""

import time

from grader.rpc import stall_credit
from grader.suite import scheduling


class RunTime:
    """The time of one run.

    Args:
        run_s: seconds for all tests; hidden ones have some of their own where these are used up.
    """

    def __init__(self, run_s: float) -> None:
        self._hidden_s = scheduling.hidden_s(run_s)  # until the first of them begins
        self._begin(run_s)

    def _begin(self, seconds: float) -> None:
        self._seconds, self._started = seconds, time.monotonic()
        self._patience = stall_credit.Patience()
        self._cpu_s = 0.0

    def begin_hidden(self) -> None:
        """A hidden test begins; before the first one, there is time for them at least."""
        own_s, self._hidden_s = self._hidden_s, 0.0
        if own_s and self._seconds - self._counted_s() < own_s:
            self._begin(own_s)

    def pause(self, seconds: float) -> None:
        """Some seconds passed that are not the tests'."""
        self._seconds += seconds

    def spend(self, cpu_s: float | None) -> None:
        """A test ended; its submission spent this on the processor, where the machine shows it."""
        self._cpu_s += cpu_s or 0.0

    def is_over(self) -> bool:
        """Whether no other test may begin."""
        return self._counted_s() > self._seconds

    def _counted_s(self) -> float:
        passed = time.monotonic() - self._started
        return max(passed - self._patience.extra_s(), min(passed, self._cpu_s))
