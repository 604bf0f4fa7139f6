"""Which guest a test meets: the one in use, or a fresh one where hidden inputs were seen.

Owns that choice, and the rehearsal of notebooks in each new guest. Where guests come from is a
`run_terms.GuestSource`'s, what a test does with one `student_process`'s.

Theory of operation
    A kernel counts: what a process leaves in such numbers (of processes, for one) outlives it. So a
    test whose output a student reads meets no guest that a hidden test has used, nor one whose
    notebooks were rehearsed while a hidden test may have run in another process of the run.
"""

import contextlib
import time
from collections.abc import Callable

from grader.rpc import host, supervision, wire
from grader.suite import events, run_terms


class Guests:
    """The guests of one run's tests, one after the other.

    Args:
        pause: hears the seconds of a rehearsal, for which no test pays.
    """

    def __init__(self, terms: run_terms.RunTerms, pause: Callable[[float], None]) -> None:
        self._terms, self._pause = terms, pause
        self._source = terms.sandboxes
        self._mixed = bool(terms.options.likely)  # a mutant's run, which no student reads
        self._shared = terms.turns is not None  # other processes run tests of it meanwhile
        self._hidden_seen = False  # by the guest in use
        self._rehearsed: supervision.Guest | None = None  # the last guest that ran the notebooks
        self._skipped: tuple[wire.Skipped, ...] | None = None  # of their statements
        # While no hidden test ran, in any process of the run.
        self.rehearsed_apart = not self._shared

    def for_test(self, *, hidden: bool) -> supervision.Guest:
        """The guest for a test.

        Raises:
            NoMoreSandboxes: the submission has lost too many.
            GuestLost: it ended while it rehearsed.
        """
        seen = self._hidden_seen or not self.rehearsed_apart
        if seen and not hidden and not self._mixed:
            self._source.renew()
            self._hidden_seen = False
            if not self.rehearsed_apart:  # what was found then may tell of a hidden test
                self._skipped = None
        self._hidden_seen = self._hidden_seen or hidden
        guest = self._source.guest()
        if guest is not self._rehearsed:
            self._rehearse(guest, hidden=hidden)
        return guest

    def rehearse_ahead(self) -> None:
        """Rehearse before the first test."""
        with contextlib.suppress(host.GuestLost):  # the first test will meet the same
            self._rehearse(self._source.guest(), hidden=False)

    def lost(self, loss: host.GuestLost) -> None:
        """The guest in use is gone; may be said twice."""
        self._source.lost(loss)

    def _rehearse(self, guest: supervision.Guest, *, hidden: bool) -> None:
        """Have a new guest run notebooks once; what was found in another is not asked again."""
        began = time.monotonic()
        if self._skipped is None and self._shared:
            self.rehearsed_apart = not hidden
        skipped = guest.rehearse(self._terms.bounds, self._skipped)
        if skipped and self._skipped is None:
            self._terms.emit(events.StatementsSkipped(skipped))
        self._skipped, self._rehearsed = skipped, guest
        self._pause(time.monotonic() - began)
