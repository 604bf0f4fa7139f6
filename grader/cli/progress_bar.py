"""How far a long command is, on the terminal's error stream.

Owns a bar for people, a line that changes, and sparse plain lines for logs. Does not own what is
being counted.
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


@contextlib.contextmanager
def of_bytes(title: str, stream: TextIO | None = None) -> Iterator[Advance]:
    """The same for bytes: sent, in all; on a terminal only."""
    columns = (
        *(rich.progress.TextColumn("{task.description}"), rich.progress.BarColumn()),
        *(rich.progress.DownloadColumn(), rich.progress.TransferSpeedColumn()),
    )
    console = rich.console.Console(file=stream or sys.stderr)
    with rich.progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextlib.contextmanager
def changing(stream: TextIO | None = None) -> Iterator[Callable[[str, str], None]]:
    """A function that shows a sentence in the place of the one before, with what it is about.

    In a log a sentence is a line, and only the first of those about one thing is written.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield _first_of_each(stream)
        return
    with rich.console.Console(file=stream).status("") as line:
        yield lambda text, _about: line.update(text)


def _first_of_each(stream: TextIO) -> Callable[[str, str], None]:
    said = set[str]()

    def show(text: str, about: str) -> None:
        if about not in said:
            said.add(about)
            print(text, file=stream, flush=True)

    return show


def _lines(title: str, stream: TextIO) -> Advance:
    last = time.monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_EVERY_S:
            last = time.monotonic()
            print(f"{title}: {done} of {total}", file=stream, flush=True)

    return advance
