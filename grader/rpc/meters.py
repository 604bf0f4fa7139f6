"""What the trusted side measures of a sandbox while it talks to it.

Owns the protocol, and what follows from the kernel's count of kills. Reading the kernel's files is
left to `grader.sandbox.cgroup` and `grader.suite.suite_process`.
"""

from typing import Protocol


class Meter(Protocol):
    """Trusted figures of one sandbox, read from the kernel; None where they cannot be read."""

    def oom_kills(self) -> int | None:
        """Processes of the sandbox killed so far for lack of memory."""

    def cpu_s(self) -> float | None:
        """CPU seconds used so far by the whole sandbox."""

    def reset_peak(self) -> bool:
        """Measure the most memory held from now on; False where that cannot be done."""

    def peak_bytes(self) -> int | None:
        """The most memory held by the whole sandbox since then."""


class NoMeter:
    """Where nothing can be measured, or no submitted code has run yet."""

    def oom_kills(self) -> int | None:
        """Unknown."""
        return None

    def cpu_s(self) -> float | None:
        """Unknown."""
        return None

    def reset_peak(self) -> bool:
        """Not possible."""
        return False

    def peak_bytes(self) -> int | None:
        """Unknown."""
        return None


class MemoryWatch:
    """Whether the kernel has killed for lack of memory since this was made.

    The kernel counts before it kills, so whoever sees the end of a process can ask at once; what
    was once seen holds, for the count goes away with the sandbox.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._before = meter.oom_kills()
        self._ran_out = False

    def ran_out(self) -> bool:
        """Whether memory ran out; False where that cannot be read."""
        now = self._meter.oom_kills()
        if now is not None and self._before is not None:
            self._ran_out = self._ran_out or now > self._before
        return self._ran_out
