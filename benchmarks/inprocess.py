"""A pytest plugin that answers a suite from the same process: what a cold local pytest would cost.

Owns the fixture `student` of the benchmarks' baselines: no container, no wire, no fork; only arrays
that change hands are copied, and modules are imported anew for each test. The operations are the
guest's own.
"""

import contextlib
import copy
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.rpc import child, host, proxy
from grader.suite import datasets, decorators

SLOW_TOO = "SLOW_TESTS_TOO"  # an environment variable
PLAIN = (type(None), bool, int, float, complex, str, bytes, np.ndarray, np.generic)


class Here:
    """Carries out a suite's questions on the submission in this process."""

    def __init__(self, folder: Path) -> None:
        self._child = child.Child("", folder)

    def ask(self, op: Any, target: str | int, name: str = "", *args: Any, **kwargs: Any) -> Any:
        """One operation; raises `StudentRaised` as the wire would."""
        try:
            operands = [self._local(arg) for arg in args]
            named = {key: self._local(arg) for key, arg in kwargs.items()}
            operation = getattr(self._child, f"_op_{op}")
            result = operation(self._child._target(target), name, *operands, **named)
        except Exception as exc:
            raise host.StudentRaised(self._child._described(0, exc)) from exc
        if op == "put" or (op in ("get", "item") and isinstance(result, dict | list | set)):
            return self._remote(copy.deepcopy(result) if op == "put" else result)
        return self._outside(result)

    def _local(self, value: Any) -> Any:
        """Handles become the objects that they stand for."""
        if isinstance(value, proxy.Remote):
            return self._child.held[proxy.handle_of(value).id]
        if type(value) in (list, tuple):
            return type(value)(self._local(item) for item in value)
        if type(value) is dict:
            return {key: self._local(item) for key, item in value.items()}
        return _copied(value)

    def _outside(self, value: Any) -> Any:
        """Plain values as they are, anything else as a handle."""
        torch = sys.modules.get("torch")
        if isinstance(value, PLAIN) or (torch and isinstance(value, torch.Tensor | torch.dtype)):
            return _copied(value)
        if type(value) in (list, tuple):
            return type(value)(self._outside(item) for item in value)
        if type(value) is dict:
            return {key: self._outside(item) for key, item in value.items()}
        return self._remote(value)

    def _remote(self, value: object) -> proxy.Remote:
        return proxy.Remote(self.ask, self._child._hold(value))


def _copied(value: Any) -> Any:
    """Suites look at arguments and results again after later calls."""
    if isinstance(value, np.ndarray):
        return value.copy()
    torch = sys.modules.get("torch")
    return value.detach().clone() if torch and isinstance(value, torch.Tensor) else value


def pytest_configure() -> None:
    """Make the submission importable, behind the real libraries, and find the data sets."""
    sys.path.append(os.environ["SUBMISSION"])
    os.chdir(os.environ["SUBMISSION"])
    datasets.use(os.environ["DATASETS"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is marked slow, unless the benchmark wants it as well."""
    if SLOW_TOO in os.environ:
        return
    marks_of = {
        item: getattr(getattr(item, "function", None), decorators.MARK, None) for item in items
    }
    items[:] = [item for item, mark in marks_of.items() if mark is None or not mark.slow]


@contextlib.contextmanager
def submission() -> Iterator[proxy.Student]:
    """The submission in this process, for one test."""
    folder = os.environ["SUBMISSION"]
    before = set(sys.modules)
    yield proxy.Student(Here(Path(folder)).ask)
    for name in sys.modules.keys() - before:  # the next test finds modules not yet imported
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(folder):
            del sys.modules[name]


@pytest.fixture
def student() -> Iterator[proxy.Student]:
    """Stands in for the grader's own fixture."""
    with submission() as module:
        yield module
