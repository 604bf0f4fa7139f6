"""Files on this machine's disk: walked, written whole, locked.

Owns the list of what tools leave behind in folders, the walk that passes over it, the write that
a crash cannot halve, and the lock between processes. Knows no format and no rule of an upload
(`grader.intake`).
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Added by operating systems, editors and tools, wherever they lie; nobody wrote them.
_LEFTOVERS = frozenset(
    {
        *("__MACOSX", ".DS_Store", "Icon\r", ".Spotlight-V100", ".Trashes", ".fseventsd"),
        *("Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information"),
        *(".directory", ".Trash-1000", "lost+found"),
        *("__pycache__", ".ipynb_checkpoints", ".idea", ".vscode", "node_modules"),
        *(".venv", "venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"),
        *("wandb", "lightning_logs", "mlruns"),  # would also hide the packages of their names
        *(".OTTER_LOG", "__zip_filename__"),  # written by otter's `export` and `check`
    }
)
# .git/, .gitignore, .github/; macOS resource forks; locks of Office and LibreOffice; of NFS
_LEFTOVER_PREFIXES = (".git", "._", "~$", ".~lock.", ".nfs")
_LEFTOVER_SUFFIXES = (".pyc", ".pyo", "~", ".swp", ".egg-info")


def is_leftover(part: str) -> bool:
    """Whether a file or folder of this name is what a tool leaves behind."""
    return (
        part in _LEFTOVERS
        or part.startswith(_LEFTOVER_PREFIXES)
        or part.endswith(_LEFTOVER_SUFFIXES)
    )


def files(folder: Path, *, hidden: bool = False, links: bool = True) -> Iterator[tuple[str, Path]]:
    """Name below the folder, with "/", and path of each file; sorted, without leftovers.

    Args:
        folder: nothing is found in one that does not exist.
        hidden: also those whose name, or a folder's on the way, begins with a dot.
        links: also what links to a file; linked folders are never entered.
    """
    found = list[Path]()
    for top, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _is_wanted(name, hidden)]
        found += [Path(top, name) for name in names if _is_wanted(name, hidden)]
    for path in sorted(found):
        if path.is_file() and (links or not path.is_symlink()):
            yield path.relative_to(folder).as_posix(), path


def changes(folder: Path) -> list[tuple[str, int, int]]:
    """Path, instant of the last change in ns, and size of each of `files`; sorted.

    A page looks at this each time, so it is made without a `Path` for each file.
    """
    found, below = list[tuple[str, int, int]](), [str(folder)]
    while below:
        try:
            with os.scandir(below.pop()) as entries:
                for entry in entries:
                    if not _is_wanted(entry.name, hidden=False):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
                    elif entry.is_file():
                        status = entry.stat()
                        found.append((entry.path, status.st_mtime_ns, status.st_size))
        except OSError:  # there is none, or an editor has just replaced something
            continue
    return sorted(found)


def _is_wanted(part: str, hidden: bool) -> bool:
    return not is_leftover(part) and (hidden or not part.startswith("."))


def write_whole(path: Path, content: bytes) -> None:
    """Put the bytes on the disk, whole or not at all; readable by their owner only.

    What stood there is replaced. The file's own folder is synced, those above it are not.
    """
    with _written(path.parent, content) as new:
        new.replace(path)
    sync_folder(path.parent)


def create_whole(path: Path, content: bytes) -> None:
    """The same, but what another process has put there first stays."""
    with _written(path.parent, content) as new, contextlib.suppress(FileExistsError):
        path.hardlink_to(new)


@contextlib.contextmanager
def _written(folder: Path, content: bytes) -> Iterator[Path]:
    """A temporary file with the bytes, on the disk; gone after the block unless it was moved."""
    fd, name = tempfile.mkstemp(prefix=".new-", dir=folder)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(fd)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk: a new name is lost with the power without it."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def lock(path: Path) -> int:
    """Descriptor that holds this file's lock until it is closed, also by a child that inherits it.

    The file is made if missing. Waits while another descriptor holds the lock.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def try_lock(path: Path) -> int | None:
    """The same without waiting: None if another descriptor holds the lock."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd
