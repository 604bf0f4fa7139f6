"""Workers that share one engine: each has a folder for its sockets and an owner's name of its own.

Owns the shared folder: `id`, and `w0`, `w1`, ... with a `lock` in each.

Theory of operation
    A worker takes the lowest slot whose lock is free and keeps the lock for its life; the kernel
    lets go of it however the worker dies. Sandboxes bear the slot's name as their owner, so the
    next worker in that slot finds and removes what the one before left. The `id` keeps two
    services on one engine apart, whose shared folders may have the same path in their containers.
"""

import contextlib
import itertools
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader import disk, errors


@dataclass(frozen=True, slots=True)
class Slot:
    """One worker's part of the shared folder.

    Attributes:
        folder: for its sockets.
        owner: label of its sandboxes.
    """

    folder: Path
    owner: str


@contextlib.contextmanager
def claimed(shared: Path) -> Iterator[Slot]:
    """The lowest free slot, held for the length of the block.

    Raises:
        SandboxUnavailable: the folder cannot be written to.
    """
    with contextlib.ExitStack() as stack:
        try:
            shared.mkdir(mode=0o700, parents=True, exist_ok=True)
            service = _identity(shared)
            name = next(name for name in _names() if _locked(shared / name, stack))
        except OSError as exc:
            raise errors.SandboxUnavailable(
                f"The folder for the sandboxes' sockets, {shared}, cannot be used: {exc}. "
                "Let the worker's user write there, or name another by GRADER_RUN_DIR."
            ) from exc
        yield Slot(shared / name, f"serve-{service}-{name}")


def abandoned(shared: Path, own: Slot) -> Iterator[Slot]:
    """Slots of workers that have ended, each held while it is looked at."""
    for folder in sorted(shared.glob("w*")):
        with contextlib.ExitStack() as stack:
            if folder != own.folder and _locked(folder, stack):
                yield Slot(folder, f"{own.owner.rpartition('-')[0]}-{folder.name}")


def _names() -> Iterator[str]:
    return (f"w{number}" for number in itertools.count())


def _identity(shared: Path) -> str:
    """A random name of this shared folder, the same for all who come."""
    path = shared / "id"
    disk.create_whole(path, secrets.token_hex(6).encode())
    return path.read_text()


def _locked(folder: Path, stack: contextlib.ExitStack) -> bool:
    """Whether the folder's lock is ours now, until the stack unwinds."""
    folder.mkdir(mode=0o700, exist_ok=True)
    fd = disk.try_lock(folder / "lock")
    if fd is not None:
        stack.callback(os.close, fd)
    return fd is not None
