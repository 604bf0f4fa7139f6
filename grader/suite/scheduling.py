"""Which test comes next: by turns among several processes, or by what it is likely to tell.

Owns the reading of the shared file of turns (`grading.executor` makes it), and the order of a run
that stops at its first failure, as for a mutant of one function. Does not own the order of a
student's run, which is that of the phases (`grader.suite.plugin`).
"""

import ast
import functools
import os
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

TURN = struct.Struct("=H")


def turns(fd: int) -> Iterator[int]:
    """Numbers of an open file whose offset other processes share: each is read by one only."""
    while len(number := os.read(fd, TURN.size)) == TURN.size:
        yield TURN.unpack(number)[0]


def by_likelihood(names: Sequence[str]) -> Callable[[pytest.Item], tuple[int, int]]:
    """A sort key: tests that name most of `names` first, then those of a file that does."""

    def key(item: pytest.Item) -> tuple[int, int]:
        function = getattr(item, "originalname", item.name)
        own = _functions(item.path).get(function, "")
        return -_named(names, own), -_named(names, _text(item.path))

    return key


def _named(names: Sequence[str], text: str) -> int:
    return sum(bool(re.search(rf"\b{re.escape(name)}\b", text)) for name in names)


@functools.cache
def _text(path: Path) -> str:
    return path.read_text()


@functools.cache
def _functions(path: Path) -> dict[str, str]:
    """The source of each function of a test file."""
    text = _text(path)
    found = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef))
    return {node.name: ast.get_source_segment(text, node) or "" for node in found}
