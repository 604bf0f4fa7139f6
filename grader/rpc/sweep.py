"""Empty the folders that one test of a submission has written to, for the next test.

Owns the removal of trees that were made to resist it. Runs in the sandbox, in the supervisor;
an error that leaves this module ends the supervisor and with it the container, which is replaced.
"""

import itertools
import secrets
from pathlib import Path


def empty(top: Path) -> None:
    """Remove all that a folder holds: trees of any depth, and locked folders too.

    What lies in a subfolder is moved up until nothing is nested. A walk would need a descriptor
    and a stack frame per level, and a submission chooses how many there are.
    """
    moved, prefix = itertools.count(), secrets.token_hex(8)
    while folders := [path for path in top.iterdir() if not _unlinked(path)]:
        for folder in folders:
            folder.chmod(0o700)
            for path in folder.iterdir():
                if not _unlinked(path):
                    path.chmod(0o700)
                    path.rename(top / f"{prefix}-{next(moved)}")
            folder.rmdir()


def _unlinked(path: Path) -> bool:
    """Remove anything but a folder; whether it is gone."""
    if path.is_dir() and not path.is_symlink():
        return False
    path.unlink()
    return True
