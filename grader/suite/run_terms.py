"""On what terms a suite runs against one submission: its guests, limits and listeners.

Owns the value that the plugin is handed for each run, and what a source of guests must do: those
are `suite_process`'s, `local_run`'s and `client.check_process`'. What a caller may choose of a run
is `run_options`', how it is run `plugin`'s.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from grader.rpc import host, supervision
from grader.suite import events, run_options, scheduling
from grader.suite import kept as kept_files


class GuestSource(Protocol):
    """Where the guest of the next test comes from."""

    def guest(self) -> supervision.Guest:
        """The guest in use, or a new one when the last was lost; raises `NoMoreSandboxes`."""

    def lost(self, loss: host.GuestLost) -> None:
        """The guest in use is gone."""

    def renew(self) -> None:
        """The guest in use has seen what the next test's must not; the next is another one."""


class NoMoreSandboxes(Exception):  # ends the remaining tests, not the run
    """The submission has used up its replacements."""


@dataclass(frozen=True, slots=True)
class RunTerms:
    """The terms of one run.

    Attributes:
        sandboxes: where the guest of each test comes from.
        bounds: what one test may use.
        run_s: wall seconds of the whole run; later tests are `not_run`. The hidden ones have
            `scheduling.hidden_s` of their own.
        emit: receives each event as it happens.
        reference_cpu_s: the reference's figure for each budget; None while they are measured.
        options: what the caller chose; what it leaves out is collected in any case, but for
            tasks that a person marks.
        slow_test_s: seconds of a test marked slow; 0 gives it those of `bounds`.
        kept: files of which an earlier run's outcomes hold; their tests do not run.
        turns: deals out the numbers of the tests to run, in the order of collection; None runs
            all.
    """

    sandboxes: GuestSource
    bounds: host.Bounds
    run_s: float
    emit: Callable[[events.Event], None]
    reference_cpu_s: Mapping[str, float] | None = None
    options: run_options.RunOptions = run_options.FOR_STUDENT
    slow_test_s: float = 0.0
    kept: Mapping[str, kept_files.KeptFile] = field(default_factory=dict)
    turns: scheduling.Turns | None = None

    def bounds_of(self, *, slow: bool) -> host.Bounds:
        """What a test may use, marked slow or not."""
        if not (slow and self.slow_test_s):
            return self.bounds
        return dataclasses.replace(self.bounds, test_s=self.slow_test_s)
