"""Which tasks a student's public tests are for, and what to say of one that they do not know.

Owns the sentence. Reads the marks as text, so that no test has to be imported. Which tests run is
`suite.pytest_run`'s.
"""

import ast
import contextlib
import difflib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from grader.source import syntax

SIMILAR = 0.6


def unknown(asked: Collection[str], tests: Iterable[Path]) -> str:
    """Why nothing was run: no test is for the tasks that were asked for.

    Args:
        tests: the files of public tests.
    """
    known = sorted({task for path in tests for task in _tasks_in(path)})
    said = f"No public test is for task {', '.join(asked)}."
    meant = [task for one in asked if (task := _meant(one, known))]
    if meant:
        said += f" Did you mean {', '.join(meant)}?"
    return f"{said} There are tests for: {', '.join(known)}." if known else said


def _meant(asked: str, known: Collection[str]) -> str:
    by_letters = {task.casefold(): task for task in known}
    close = difflib.get_close_matches(asked.casefold(), by_letters, 1, SIMILAR)
    return by_letters[close[0]] if close else ""


def _tasks_in(path: Path) -> Iterator[str]:
    """The first words of a file's `@task("1a", ...)`, from the top down."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        tree = syntax.parsed(path.read_bytes())
        marks = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for mark in sorted(marks, key=lambda node: node.lineno):
            name = getattr(mark.func, "id", getattr(mark.func, "attr", ""))
            if name == "task" and mark.args and isinstance(mark.args[0], ast.Constant):
                yield str(mark.args[0].value)
