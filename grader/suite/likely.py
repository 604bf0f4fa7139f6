"""Which tests are likely to fail when one function is wrong: those that name it.

Owns the order of a run that stops at its first failure, as for a mutant of one function. Does not
own the order of a student's run, which is that of the phases (`grader.suite.plugin`).
"""

import ast
import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest


def rank(names: Sequence[str]) -> Callable[[pytest.Item], tuple[int, int]]:
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
