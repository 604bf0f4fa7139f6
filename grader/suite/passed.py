"""Which arrays of an example a test has passed to the submission.

Owns telling them apart, so that a report does not show a student what their code was never given:
a case holds everything that the tests of a layer need, and the test of its forward pass leaves the
gradient alone. Does not own the words (`grader.suite.explain`).

An array counts as passed if it, a view of it, or an array of the same numbers in another shape or
type was an argument. What has another form stays visible: a number may have shaped what was passed.
"""

import dataclasses
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from grader.suite import operands

COMPARED_ELEMENTS = 4096  # larger arrays are told apart by their size alone
MAX_DEPTH = 4  # of containers around an argument

# Elements and a checksum of them, or None for what is too large.
Mark: TypeAlias = tuple[int, int | None]


class Passed:
    """Arguments that have crossed to the submission in one example."""

    def __init__(self) -> None:
        self._marks: set[Mark] = set()

    def note(self, value: object) -> None:
        """One argument, or a container of them."""
        self._marks.update(_mark(array) for array in _arrays(value))

    def unused(self, example: Mapping[str, Any]) -> frozenset[str]:
        """Fields of the example's cases that hold an array which was not passed.

        Where no array of a case was passed, its fields are what the arguments were made from.
        """
        found = set[str]()
        for value in example.values():
            fields = {name: _mark(array) for name, array in _fields_with_arrays(value)}
            if any(mark in self._marks for mark in fields.values()):
                found |= {name for name, mark in fields.items() if mark not in self._marks}
        return frozenset(found)


def _fields_with_arrays(value: object) -> Iterator[tuple[str, operands.Array]]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            for array in _own_array(getattr(value, field.name)):
                yield field.name, array


def _own_array(value: object) -> Iterator[operands.Array]:
    if operands.is_tensor(value):
        yield operands.as_numpy(value)
    elif isinstance(value, np.ndarray):
        yield value


def _arrays(value: object, depth: int = 0) -> Iterator[operands.Array]:
    yield from _own_array(value)
    if depth < MAX_DEPTH and isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _arrays(inner, depth + 1)


def _mark(array: operands.Array) -> Mark:
    """The order of the elements is left out: a transposed argument is the same array."""
    if array.size > COMPARED_ELEMENTS or array.dtype.kind not in "biuf":
        return array.size, None
    numbers = np.sort(array, axis=None).astype(np.float32)
    return array.size, zlib.crc32(numbers.tobytes())
