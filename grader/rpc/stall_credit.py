"""More time where the machine is too busy to give a submission its share of it.

Owns what is read of the kernel's pressure figures, and how much longer a deadline may be for it.
Limits are wall seconds, because a submission may also sleep; but a student shall not lose points
on a deadline night for what costs none on a quiet one. So seconds in which the kernel kept some
process waiting for a processor count a quarter. That bounds every limit by four times itself, and
changes none on a machine that is not overloaded.
"""

import contextlib
import os
import re
import time
from pathlib import Path
from typing import Final

PRESSURE: Final = Path("/proc/pressure/cpu")
FORGIVEN: Final = 0.75  # of the seconds in which some process waited
STARVED: Final = 0.25  # share of a time in which some process waited
_US_PER_S: Final = 1e6


def stalled_s() -> float:
    """Seconds since the start of the machine in which some process waited for a processor.

    Always 0 where the kernel does not tell: before Linux 4.20, or configured without.
    """
    with contextlib.suppress(OSError):
        if found := re.search(r"^some .*total=(\d+)", PRESSURE.read_text(), re.MULTILINE):
            return int(found[1]) / _US_PER_S
    return 0.0


class Patience:
    """How much longer than planned may be waited, since this was made."""

    def __init__(self) -> None:
        self._started, self._stalled = time.monotonic(), stalled_s()

    def extra_s(self) -> float:
        """Seconds on top of a limit, so far."""
        _passed, stalled = self._so_far()
        return FORGIVEN * stalled

    def is_starved(self) -> bool:
        """Whether lack of processors explains that something took long.

        Where the kernel does not tell how long processes waited, its count of them decides.
        """
        if not PRESSURE.exists():
            return os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
        passed, stalled = self._so_far()
        return stalled > STARVED * passed

    def _so_far(self) -> tuple[float, float]:
        passed = time.monotonic() - self._started
        return passed, min(max(stalled_s() - self._stalled, 0.0), passed)


class Deadline:
    """A moment by which something must have happened; a busy machine puts it off."""

    LEAST_S: Final = 0.001  # a socket takes 0 for "do not wait at all"

    def __init__(self, seconds: float) -> None:
        self._seconds, self._started = seconds, time.monotonic()
        self._patience = Patience()

    def left_s(self) -> float:
        """Seconds that are left, for a socket's time-out.

        Raises:
            TimeoutError: none are.
        """
        passed = time.monotonic() - self._started
        left = self._seconds - passed
        if left <= 0:  # who is on time need not ask the kernel
            left += self._patience.extra_s()
        if left <= 0:
            raise TimeoutError(f"nothing came within {passed:.1f} s")
        return max(left, self.LEAST_S)
