"""Parsing, by one thread at a time. Whatever looks at Python as a tree gets it here.

Python 3.11 counts the depth of all threads' trees in one place, and `ast.parse` fails with a
SystemError when another thread parses meanwhile. What is done about warnings is all threads' as
well; those of other people's source (`"\\d"`) are not ours to tell.
"""

import ast
import os
import threading
import warnings

_one_at_a_time = threading.Lock()
os.register_at_fork(
    before=_one_at_a_time.acquire,
    after_in_parent=_one_at_a_time.release,
    after_in_child=_one_at_a_time.release,
)


def parsed(
    source: str | bytes, filename: str = "<unknown>", feature_version: tuple[int, int] | None = None
) -> ast.Module:
    """`ast.parse` of a module, without warnings.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse` does.
    """
    with _one_at_a_time, warnings.catch_warnings(action="ignore"):
        return ast.parse(source, filename, feature_version=feature_version)


def expression(source: str) -> ast.expr:
    """The same of an expression."""
    with _one_at_a_time, warnings.catch_warnings(action="ignore"):
        return ast.parse(source, mode="eval").body
