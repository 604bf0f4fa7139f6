"""A suite's own template: tests collected, examples drawn, fixed values computed, once for all.

Owns what such a process does: it is forked from the template of suite processes, and suite
processes of that one suite from it. The worker's end, and how long it lives, is
`suite.version_templates`'.

Theory of operation
    template --fork--> a suite's template --fork--> suite process, for one submission
                       pytest has collected the tests and is where it would run them: there it
                       draws examples, calls what the suite caches (`compute`), and forks; a fork
                       continues from there

It meets no submission and gives up the same as a suite process before it imports the suite; each
fork gives up the rest again: a scratch folder of its own, a limit of its own. Examples of hidden
tests are in it and its forks only. It ends when the worker hangs up, and also when the suite cannot
be collected: then suite processes do it themselves and say what is wrong.
"""

import contextlib
import functools
import inspect
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeGuard

import msgspec
import pytest

from grader.confined import fork_loop, rights
from grader.rpc import host, supervision
from grader.suite import (
    datasets,
    decorators,
    drawn_examples,
    events,
    plugin,
    pytest_run,
    run_terms,
    suite_process,
)

CPU_S = 100_000  # a fork takes milliseconds; its own limit is lower


class NoSandbox:
    """Nothing is run by a template itself."""

    def guest(self) -> supervision.Guest:
        """There is none."""
        raise run_terms.NoMoreSandboxes

    def lost(self, _loss: host.GuestLost) -> None:
        """There was none."""

    def renew(self) -> None:
        """There is none to come."""


def work(start: fork_loop.Start, request: suite_process.CollectRequest) -> None:
    """Collect, draw, and fork suite processes until the worker hangs up.

    Args:
        start: its one descriptor is the socket of requests.
    """
    rights.enter(suite_process.readable(request), start.scratch, CPU_S)
    requests = socket.socket(fileno=start.fds[0])
    suite_dir = Path(request.suite_dir)
    datasets.use(request.datasets_dir)
    terms = run_terms.RunTerms(NoSandbox(), host.Bounds(1.0), 1.0, emit=lambda _event: None)
    suite = plugin.Plugin(suite_dir, terms)
    suite.instead_of_tests = functools.partial(_serve, requests, start.channel, suite, suite_dir)
    pytest_run.run(suite, suite_dir, request.folders)


def _serve(
    requests: socket.socket,
    own: socket.socket,
    suite: plugin.Plugin,
    suite_dir: Path,
    session: pytest.Session,
) -> None:
    for item in session.items:
        _draw(item)
    compute(suite_dir)
    suite.instead_of_tests = None

    def work_as_fork(start: fork_loop.Start) -> None:
        own.close()
        try:
            last = _run(start, suite)
        except BaseException as exc:  # the worker must hear of it, whatever it is
            last = suite_process.failed(exc)
        start.channel.sendall(events.to_line(last))

    fork_loop.serve(requests, work_as_fork)


def _draw(item: pytest.Item) -> None:
    """Draw the examples of a test, if it is a property that allows it."""
    made = getattr(getattr(item, "function", None), decorators.PROPERTY, None)
    if made is None:
        return
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    fixtures = set(getattr(item, "fixturenames", ())) - set(parameters)
    drawn_examples.draw(made, fixtures, decorators.settings(made.max_examples, shrink=False))


def compute(suite_dir: Path) -> None:
    """Call the functions of a suite's files that take nothing and keep what they return.

    With `functools.cache` an author says that the value never changes: expected values of fixed
    inputs, a large array. What raises here raises again in the test that calls it.

    Args:
        suite_dir: the suite's folder; cached functions of libraries are not called.
    """
    for module in list(sys.modules.values()):
        if Path(getattr(module, "__file__", None) or "/").is_relative_to(suite_dir):
            for value in list(vars(module).values()):
                if _is_fixed(value, module.__name__):
                    with contextlib.suppress(Exception):
                        value()


def _is_fixed(value: Any, module: str) -> TypeGuard[Callable[[], object]]:
    """Whether it is a function of this module that caches and takes nothing."""
    return (
        isinstance(value, functools._lru_cache_wrapper)
        and value.__module__ == module
        and not inspect.signature(value).parameters
    )


def _run(start: fork_loop.Start, suite: plugin.Plugin) -> events.Event:
    """What a fork does: the run of a suite process, whose tests are collected already."""
    request = msgspec.json.decode(start.request, type=suite_process.SuiteRequest)
    Path(start.scratch).mkdir(mode=0o700)
    tempfile.tempdir = None  # where it is may have been looked up before
    rights.enter(suite_process.readable(request), start.scratch, suite_process.cpu_s(request))
    if request.attempt_on:
        return events.Attempted(rights.attempts(request.attempt_on))
    sandboxes, turns = suite_process.handed(start)
    suite.begin(suite_process.terms_of(request, sandboxes, start.channel, turns))
    with contextlib.suppress(pytest.exit.Exception):  # the plugin gives up; why is its fault
        suite.run_collected()
    return suite_process.last_event(suite.fault, pytest.ExitCode.OK)
