"""A small table of the database, kept in memory for a second.

Owns how old it may be. What every page needs is so read once and not for each page, and what
another machine changed is seen here soon enough. While the database is away, the last that was
read holds.
"""

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from grader import errors

FRESH_S: Final = 1.0

T = TypeVar("T")


class FreshValue(Generic[T]):
    """What `read` answers, read again when it is older than `fresh_s`."""

    def __init__(self, read: Callable[[], T], fresh_s: float = FRESH_S) -> None:
        self._read = read
        self.fresh_s = fresh_s
        self._lock = threading.Lock()
        self._known: tuple[float, T] | None = None

    def now(self) -> T:
        """The value.

        Raises:
            StoreUnavailable: it was never read, and cannot be.
        """
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > self.fresh_s:
                return self._again()
            return self._known[1]

    def read_again(self) -> None:
        """Take notice of a change at once."""
        with self._lock:
            self._again()

    def _again(self) -> T:
        try:
            value = self._read()
        except errors.StoreUnavailable:
            if self._known is None:
                raise
            value = self._known[1]
        self._known = (time.monotonic(), value)
        return value
