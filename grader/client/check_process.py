"""The process in which the tests of a notebook's check run: pytest, and what is right.

Owns its command line (`python -m grader.client.check_process`), which `client.notebook_check`
writes. The notebook answers as the guest (`client.live_guest`); what the tests say goes out as
`grader.suite.events`, a line each.
"""

import argparse
import contextlib
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader import errors
from grader.rpc import host, supervision
from grader.suite import events, local_guest, local_run, plugin, pytest_run, run_terms

START_S = 30.0


class Notebook:
    """The one guest there is: the kernel that asked for the check."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._guest: supervision.Guest | None = None
        self._is_lost = False

    def guest(self) -> supervision.Guest:
        """The kernel.

        Raises:
            NoMoreSandboxes: it has gone.
            OperatorError: it does not connect.
        """
        if self._is_lost:
            raise run_terms.NoMoreSandboxes("The notebook does not answer any more.")
        if self._guest is None:
            control = local_guest.first_connection(self._listener, START_S)
            self._guest = local_guest.LocalGuest(self._listener, control)
        return self._guest

    def lost(self, _loss: host.GuestLost) -> None:
        """There is no other."""
        self._is_lost = True

    def renew(self) -> None:
        """At home nothing is hidden."""


def main() -> None:
    """Run the tests and report them through the pipe."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listener", type=int, required=True, help="descriptor of the socket")
    parser.add_argument("--events", type=int, required=True, help="descriptor of the pipe")
    parser.add_argument("--tests", type=Path, required=True, help="holds public_tests/")
    parser.add_argument("--task", action="append", default=[], help="only its tests")
    chosen = parser.parse_args()

    def emit(event: events.Event) -> None:
        line = memoryview(events.to_line(event))
        while line:
            line = line[os.write(chosen.events, line) :]

    with socket.socket(fileno=chosen.listener) as listener:
        run(Notebook(listener), chosen.tests, chosen.task, emit)


def run(
    notebook: Notebook, tests: Path, tasks: list[str], emit: Callable[[events.Event], None]
) -> None:
    """Run the public tests of some tasks, or all."""
    with tempfile.TemporaryDirectory(prefix="grader-") as scratch:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = scratch
        terms = run_terms.RunTerms(
            notebook,
            host.Bounds(local_run.TEST_S),
            local_run.RUN_S,
            emit,
            slow_test_s=local_run.SLOW_TEST_S,
        )
        suite = plugin.Plugin(tests, terms)
        folders = [name for name in plugin.PUBLIC_FOLDERS if (tests / name).is_dir()]
        left_out = local_run.lacking(tests)
        pytest_run.run(suite, tests, folders, left_out=left_out, tasks=tasks)
    if suite.fault is not None:
        is_suite = isinstance(suite.fault, errors.SuiteError)
        kind = events.SuiteBroken if is_suite else events.MachineFault
        with contextlib.suppress(BrokenPipeError):
            emit(kind(str(suite.fault)))


if __name__ == "__main__":
    main()
