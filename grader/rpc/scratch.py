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


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a new folder and make it the current one, from which modules are imported."""
    targets = {folder / name: content for name, content in files.items()}
    for parent in {folder, *(target.parent for target in targets)}:
        parent.mkdir(parents=True, exist_ok=True)
    for target, content in targets.items():
        target.write_bytes(content)
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
