"""What the trusted side measures of a sandbox while it talks to it.

Owns the protocol alone; reading the kernel's files is `grader.sandbox.cgroup`' and
`grader.suite.suite_process`'s.
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
