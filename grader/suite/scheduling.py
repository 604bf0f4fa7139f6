"""Which test comes next: by turns among several processes, or by what it is likely to tell.

Owns the stages of a student's run, the reading of the pipe of turns (`grading.turns` fills it), and
the order of a run that stops at its first failure, as for a mutant of one function.
"""

import ast
import fcntl
import functools
import itertools
import os
import re
import select
import struct
import termios
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

import pytest

from grader import models
from grader.source import syntax
from grader.suite import run_options

TURN: Final = struct.Struct("=H")
PLENTY: Final = 8  # more turns that wait than other processes that might want one


def stages(
    cases: Sequence[models.TestCase],
    options: run_options.RunOptions = run_options.FOR_STUDENT,
    kept: Collection[str] = (),
) -> list[list[int]]:
    """Numbers of the tests in the order in which they run; one stage ends before the next begins.

    Whatever a student reads ends before the first hidden test begins: what both could see, the
    kernel's counters for example, would carry hidden inputs to the student.

    Args:
        cases: in the order of collection; a number is a place in it.
        options: say which of them run.
        kept: names of tests that need not, because their outcome is known.
    """
    known = frozenset(kept)
    numbers = [
        number for number, case in enumerate(cases) if options.runs(case) and case.name not in known
    ]
    numbers.sort(key=lambda number: _stage(cases[number]))
    by_stage = itertools.groupby(numbers, key=lambda number: _stage(cases[number]))
    return [list(group) for _, group in by_stage]


def _stage(case: models.TestCase) -> tuple[bool, int]:
    return not case.readable, list(models.Phase).index(case.phase)


def hidden_s(run_s: float) -> float:
    """Wall seconds that the hidden tests of a run have, even where the visible ones used up its
    time: those come first, slow ones included.
    """
    return run_s / 2


def most_s(run_s: float) -> float:
    """Wall seconds after which no test of a run begins."""
    return run_s + hidden_s(run_s)


class Turns:
    """Numbers of tests from a pipe that other processes read, too: each is read by one only.

    Args:
        fd: reading end of the pipe; reads from it never block.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)

    def next(self) -> int | None:
        """The next number, which may take until a stage has ended; None after the last."""
        while True:
            self._poll.poll()
            try:
                number = os.read(self._fd, TURN.size)
            except BlockingIOError:  # another process was faster
                continue
            return TURN.unpack(number)[0] if number else None

    def ahead(self) -> int | None:
        """A further number while there are plenty; None where an idle process may want it."""
        waiting = fcntl.ioctl(self._fd, termios.FIONREAD, bytes(4))
        return self.next() if int.from_bytes(waiting, "little") >= PLENTY * TURN.size else None


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
    functions = (n for n in ast.walk(syntax.parsed(text)) if isinstance(n, ast.FunctionDef))
    return {node.name: ast.get_source_segment(text, node) or "" for node in functions}
