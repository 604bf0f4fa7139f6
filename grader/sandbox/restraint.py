"""Fewer starts of sandboxes while the machine has no processor to spare.

Owns when starts are restrained: for a minute after one did not get ready for lack of processors.
Then those that somebody waits for are done one after the other, and none ahead of need; more at
once would only make each of them later. What is started is `grader.sandbox.pool`'s.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Final

from grader import errors

RESTRAINED_S: Final = 60.0


class Restraint:
    """Whose turn it is to start a sandbox. Thread-safe."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether starts are restrained now."""
        return time.monotonic() < self._until

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """The block starts a sandbox: at once, or in its turn while starts are restrained."""
        with self._one_at_a_time if self.is_on else contextlib.nullcontext():
            try:
                yield
            except errors.MachineBusy:
                self._until = time.monotonic() + RESTRAINED_S
                raise
