"""Empty the folders that one test of a submission has written to, for the next test.

Owns the removal of trees that were made to resist it. Runs in the sandbox, in the supervisor;
an error that leaves this module ends the supervisor and with it the container, which is replaced.
"""

import itertools
import os
import secrets
from pathlib import Path


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
