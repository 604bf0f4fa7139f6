"""Figures and plots that need not be made twice: remembered until a result changes.

Owns the memory only. A cheap question to the database tells whether anything has changed, so every
page is up to date and only the first one after a change is slow.
"""

import collections
import threading
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from grader.store import database, statistics
from grader.web import charts

T = TypeVar("T")
MOST: Final = 64  # things remembered, plots of some 30 KB mostly


class Remembered:
    """Figures and plots of all assignments; for all threads of a process."""

    def __init__(self) -> None:
        self._known: collections.OrderedDict[Hashable, Any] = collections.OrderedDict()
        self._lock = threading.Lock()

    def figures(
        self, store: database.Database, slug: str, which: statistics.Which
    ) -> statistics.Statistics:
        """The figures of an assignment as they are now."""
        mark = statistics.mark(store, slug)
        return self._once((slug, which, mark), lambda: statistics.of(store, slug, which))

    def plot(
        self,
        store: database.Database,
        slug: str,
        which: statistics.Which,
        name: str,
        look: charts.Look,
    ) -> bytes | None:
        """A plot of these figures as SVG; None when there is none of that name."""
        figures = self.figures(store, slug, which)
        key = (slug, which, figures.mark, name, look)
        return self._once(key, lambda: charts.draw(name, figures, look))

    def _once(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]  # type: ignore[no-any-return]  # made by this call's `make`
        made = make()
        with self._lock:
            self._known[key] = made
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return made
