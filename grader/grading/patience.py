"""Waiting for a machine that has no processor to spare, where no queue does it.

Owns how long `grader grade`, `batch` and `suite check` wait and try again. In the service the
queue waits (`grader.service.jobs`).
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from grader import errors

log = logging.getLogger(__name__)

PAUSES_S = (5.0, 10.0, 20.0, 40.0, *(60.0,) * 25)  # half an hour in all, besides the tries

Result = TypeVar("Result")


def patiently(grade: Callable[[], Result], sleep: Callable[[float], None] = time.sleep) -> Result:
    """Call again, after longer and longer pauses, while the machine is too busy.

    Raises:
        MachineBusy: it still is after half an hour.
    """
    for pause_s in PAUSES_S:
        try:
            return grade()
        except errors.MachineBusy as exc:
            log.warning("waiting %g s, then trying again: %s", pause_s, exc)
            sleep(pause_s)
    return grade()
