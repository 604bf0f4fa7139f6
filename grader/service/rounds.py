"""Work that the service does now and then for as long as it runs: one round after the other.

Owns the loop, and that no round that fails ends it. What a round does, and the pause after it, are
its module's.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn

from grader import errors

log = logging.getLogger(__name__)


async def every(period_s: float, work: Callable[[], object], failing: str) -> NoReturn:
    """Do a round and pause, again and again until cancelled.

    Args:
        work: one round; it blocks, so a thread does it.
        failing: what staff read in the log of a round that failed, as "messages wait".
    """
    while True:
        await _one(work, failing)
        await asyncio.sleep(period_s)


async def _one(work: Callable[[], object], failing: str) -> None:
    try:
        await asyncio.to_thread(work)
    except (errors.GraderError, OSError) as exc:
        log.warning("%s: %s", failing, exc)
    except Exception:  # the next round may work; everything else continues
        log.exception("%s, by a mistake of ours", failing)
