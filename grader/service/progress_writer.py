"""What a run tells while it goes on, written to the database a few times a second.

Owns the pace of the writing, and how a run hears that it is another's now. Does not own the
statement (`grader.store.runs`) nor who reads it.

Theory of operation
    A suite tells an outcome every few hundredths of a second. A transaction for each, and a look at
    the database by everybody who follows, took a tenth of the processor time of a grading. So
    `tell` only takes note; a thread waits for more, then writes all of it at once. The end of a
    phase is what readers wait for and is written without that pause.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from grader import errors, models
from grader.store import database, rows, runs

PAUSE_S = 0.25  # the longest that an outcome waits for others; a reader hardly sees it
PATIENCE_S = 60.0  # of a database that restarts
RETRY_S = 0.5
Result = TypeVar("Result")


def patiently(write: Callable[[], Result]) -> Result:
    """Write to the database, again while it is away: a restart of it must not cost a grading.

    Args:
        write: a transaction that may be repeated, since a lost answer does not say whether it was
            committed.

    Raises:
        StoreUnavailable: it was away for longer than `PATIENCE_S`.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return write()
        except errors.DatabaseAway:
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_S)


class LeaseLost(Exception):
    """The run was cancelled, or given to another worker, while it was being graded here."""


class ProgressWriter:
    """Takes down one attempt's progress, inside of its `with` block; `tell` from any thread.

    At the end of the block everything has been written, or what prevented it is raised.
    """

    def __init__(self, store: database.Database, claimed: rows.ClaimedRun) -> None:
        self._store = store
        self._claimed = claimed
        self._news: list[models.Progress] = []
        self._urgent = False
        self._closed = False
        self._failure: Exception | None = None
        self._changed = threading.Condition()
        # As a grading's own thread, it must not keep the process from ending.
        self._thread = threading.Thread(target=self._write_on, name="progress writer", daemon=True)

    def __enter__(self) -> "ProgressWriter":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        if kind is None and self._failure:
            raise self._failure

    def tell(self, news: models.Progress) -> None:
        """Take note; it is written soon.

        Raises:
            LeaseLost: this attempt is no longer the run's.
            StoreUnavailable: what came before could not be written.
        """
        with self._changed:
            if self._failure:
                raise self._failure
            self._news.append(news)
            self._urgent = self._urgent or isinstance(news, models.PhaseEnded)
            self._changed.notify()

    def _write_on(self) -> None:
        try:
            while news := self._gathered():
                if not patiently(lambda: runs.record(self._store, self._claimed, *news)):
                    raise LeaseLost
        except Exception as exc:  # raised where the grading can be ended
            self._failure = exc

    def _gathered(self) -> list[models.Progress]:
        """All that is new after a pause; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._news or self._closed)
            self._changed.wait_for(lambda: self._urgent or self._closed, PAUSE_S)
            news, self._news, self._urgent = self._news, [], False
            return news
