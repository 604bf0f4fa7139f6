"""A pytest plugin that answers a suite from the same process: what a cold local pytest would cost.

Owns the fixture `student` for the benchmark's baseline: no container, no wire, no fork.
"""

import importlib
import os
import sys
from typing import Any

import pytest


class Held:
    """A value "living with the student", who lives here."""

    def __init__(self, value: Any) -> None:
        self.held = value

    def value(self) -> Any:
        """The value itself."""
        return self.held


class Module:
    """A module whose functions are called directly; held values are passed as themselves."""

    def __init__(self, name: str) -> None:
        self._module = importlib.import_module(name)

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._module, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            plain = [a.held if isinstance(a, Held) else a for a in args]
            return function(*plain, **kwargs)

        return call


class Student:
    """The submission, imported into this process."""

    def __getattr__(self, name: str) -> Module:
        return Module(name)

    def cpu_s(self) -> None:
        """Not measured: budgets check nothing here."""
        return

    def put(self, value: Any) -> Held:
        """A copy of a value."""
        return Held(value.copy())


@pytest.fixture
def student() -> Student:
    """Stands in for the grader's own fixture."""
    sys.path.insert(0, os.environ["SUBMISSION"])
    return Student()
