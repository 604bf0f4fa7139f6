"""How far a long command is, on the terminal's error stream.

Owns a bar for people and sparse plain lines for logs. Does not own what is being counted.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TextIO

import rich.console
import rich.progress

LINE_EVERY_S = 30.0  # where there is no terminal

Advance = Callable[[int, int], None]  # done, total; from any thread


@contextlib.contextmanager
def shown(title: str, stream: TextIO | None = None) -> Iterator[Advance]:
    """A function that tells how many of how many are done, while the block runs.

    Args:
        title: what is being done, such as "Grading".
        stream: standard error unless given.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield _lines(title, stream)
        return
    columns = (
        *(rich.progress.TextColumn("{task.description}"), rich.progress.BarColumn()),
        *(rich.progress.MofNCompleteColumn(), rich.progress.TimeElapsedColumn()),
    )
    console = rich.console.Console(file=stream)
    with rich.progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(title: str, stream: TextIO) -> Advance:
    last = time.monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_EVERY_S:
            last = time.monotonic()
            print(f"{title}: {done} of {total}", file=stream, flush=True)

    return advance
