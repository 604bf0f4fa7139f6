"""Grading without the barrier between what a student reads and what is hidden, to see what it does.

Owns the only switch that turns the barrier off. Nothing outside of the benchmarks imports this, and
no setting, environment variable or request leads here.

Theory of operation
    Two places keep the barrier: the worker deals out the tests stage by stage, and a suite process
    asks for another sandbox before a test that a student reads. `dealing` replaces the first while
    its block runs; `SuiteTemplate` starts this module in the place of `suite.suite_template`, which
    replaces the second in its own processes.
"""

import contextlib
import os
import socket
from collections.abc import Collection, Iterator, Sequence
from unittest import mock

from grader import models
from grader.confined import template_process
from grader.grading import turns
from grader.rpc import supervision
from grader.suite import (
    forkserver,
    guests,
    run_options,
    scheduling,
    suite_template,
    version_templates,
)


def _one_stage(
    cases: Sequence[models.TestCase],
    options: run_options.RunOptions = run_options.FOR_STUDENT,
    kept: Collection[str] = (),
) -> list[list[int]]:
    """All tests in one stage: visible ones, hidden ones next to them, and visible slow ones last,
    which find what the hidden ones left.
    """
    numbers = [
        number for number, case in enumerate(cases) if options.runs(case) and case.name not in kept
    ]
    return [sorted(numbers, key=lambda number: (cases[number].slow, not cases[number].readable))]


def _deal(
    dealer: turns.Dealer, cases: Sequence[models.TestCase], options: run_options.RunOptions
) -> None:
    """Deal out all tests at once."""
    (numbers,) = _one_stage(cases, options)
    os.write(dealer._writing, b"".join(map(scheduling.TURN.pack, numbers)))
    dealer._finish()


@contextlib.contextmanager
def dealing() -> Iterator[None]:
    """Shards of the block's runs take any test at any time."""
    with mock.patch.object(turns.Dealer, "deal", _deal):
        yield


class SuiteTemplate(forkserver.SuiteTemplate):
    """Suite processes that use one sandbox for all tests."""

    def __init__(self) -> None:
        template_process.TemplateProcess.__init__(
            self, "benchmarks.unguarded", "HYPOTHESIS_STORAGE_DIRECTORY"
        )
        self._versions = version_templates.VersionTemplates(self)


def serve(requests: socket.socket) -> None:
    """What the template of these processes does."""
    with (
        mock.patch.object(guests.Guests, "for_test", _in_use),
        mock.patch.object(scheduling, "stages", _one_stage),
    ):
        suite_template.serve(requests)


def _in_use(own: guests.Guests, *, hidden: bool) -> supervision.Guest:
    """The guest in use, whatever it has seen."""
    guest = own._source.guest()
    if guest is not own._rehearsed:
        own._rehearse(guest, hidden=hidden)
    return guest
