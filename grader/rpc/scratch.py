"""The folder of one test: filled with fresh copies of the files, and emptied for the next test.

Owns the laying out of a submission for a process, and the removal of trees that were made to
resist it. Runs in the sandbox; an error of the removal ends the supervisor and with it the
container, which is replaced.
"""

import itertools
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path


def lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder of their own.

    Raises:
        OSError: there is no room for them.
    """
    top = str(folder)
    for parent in sorted({os.path.dirname(f"{top}/{name}") for name in files} | {top}):  # noqa: PTH120
        os.makedirs(parent, exist_ok=True)  # noqa: PTH103  # a `Path` for each takes twice as long
    for name, content in files.items():
        with open(f"{top}/{name}", "wb", buffering=0) as file:  # noqa: PTH123  # likewise
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]


def enter(folder: Path) -> None:
    """Make a folder the current one, from which modules are imported."""
    os.chdir(folder)
    # Behind the real libraries: a submitted numpy.py shadows nothing.
    sys.path.append(str(folder))


def empty(top: Path) -> None:
    """Remove all that a folder holds: trees of any depth, and locked folders too.

    What lies in a subfolder is moved up until nothing is nested. A walk would need a descriptor
    and a stack frame per level, and a submission chooses how many there are.
    """
    moved, prefix = itertools.count(), secrets.token_hex(8)
    while folders := _folders_left(top):
        for folder in folders:
            folder.chmod(0o700)
            for path in _folders_left(folder):
                path.chmod(0o700)
                path.rename(top / f"{prefix}-{next(moved)}")
            folder.rmdir()


def _folders_left(folder: Path) -> list[Path]:
    """Remove everything in a folder but its folders, and name these."""
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)  # noqa: PTH108  # a `Path` for each costs as much again
    return [Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False)]
