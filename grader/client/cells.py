"""Cells of a live notebook, as IPython numbers them.

Owns the way from a traceback, and from a function, back to the cell it was written in. Works with
the kernels of hosted notebooks (IPython 7.34 and newer) and without any IPython: then there are no
cells.
"""

import inspect
import linecache
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from grader.rpc import raised, wire

_IN_NAME = re.compile(r"<ipython-input-(\d+)-")


def shell() -> Any:
    """The running IPython, if this is one."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def namespace() -> dict[str, Any]:
    """What the notebook, or the interpreter, has defined."""
    running = shell()
    found: dict[str, Any] = running.user_ns if running else vars(sys.modules["__main__"])
    return found


def label(filename: str) -> str:
    """`cell 3` for the name under which a cell was compiled; empty for any other."""
    if in_name := _IN_NAME.match(filename):
        return f"cell {in_name[1]}"
    numbers: Mapping[str, int] = (
        getattr(getattr(shell(), "compile", None), "_filename_map", None) or {}
    )
    return f"cell {numbers[filename]}" if filename in numbers else ""


def frames(exc: BaseException, prefix: str) -> Iterator[wire.Frame]:
    """The last lines of a traceback that lie in cells, or in files below a folder."""
    own = list[wire.Frame]()
    for entry in traceback.extract_tb(exc.__traceback__):
        file = label(entry.filename)
        if not file and entry.filename.startswith(prefix):
            file = entry.filename.removeprefix(prefix)
        if file:
            line = entry.lineno or 0
            source = linecache.getline(entry.filename, line).strip()
            name, shown = entry.name, source
            limit = raised.MAX_SOURCE_CHARS
            own.append(wire.Frame(file, line, name[:limit], shown[:limit]))
    yield from own[-raised.MAX_FRAMES :]


def unsaved(names_of_file: str, defined: Mapping[str, Any]) -> list[str]:
    """Functions and classes that run here otherwise than they stand in the saved notebook.

    Args:
        names_of_file: the text of all cells, as saved.
        defined: what the notebook has defined.
    """
    saved = _squeezed(names_of_file)
    return sorted(
        name
        for name, value in defined.items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and getattr(value, "__module__", "") == "__main__"
        and (source := _source(value))
        and _squeezed(source) not in saved
    )


def _source(value: Any) -> str:
    try:
        return inspect.getsource(value)
    except (OSError, TypeError):
        return ""


def _squeezed(text: str) -> str:
    """Text whose ends of lines and empty lines do not matter."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())
