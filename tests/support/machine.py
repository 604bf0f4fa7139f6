"""How slow the machine is at the moment, for bounds that catch what hangs or explodes.

Such a bound stands in seconds of a quiet machine and is multiplied by `slowness()`, which is
measured beside what it bounds; else a busy machine fails a test that is right. Speed itself is
shown in `benchmarks/`.
"""

import ast
import time
from collections.abc import Callable

_TEXT = "x = 1\n" * 5000
USUAL_S = 0.025  # to parse it on a quiet machine


def slowness(clock: Callable[[], float] = time.process_time) -> float:
    """How many times longer a fixed piece of work takes now than on a quiet machine; 1 at least.

    Args:
        clock: seconds, of the same kind as those that are bounded.
    """
    started = clock()
    ast.parse(_TEXT)
    return max(1.0, (clock() - started) / USUAL_S)
