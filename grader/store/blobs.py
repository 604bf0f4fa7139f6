"""Uploaded bytes on disk, named by their SHA-256.

Owns the files below one folder. Does not know what they hold. A blob is written whole (temporary
name, fsync, rename, fsync of the folder) before any row names it, and checked when read.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from grader import errors


class Blobs:
    """A folder of blobs; made when missing, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        """Store `content` durably and return its name, 64 hex digits.

        Raises:
            StoreUnavailable: the disk is full or refuses.
        """
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _write_durably(path, content)
        except OSError as exc:
            raise errors.StoreUnavailable(f"The upload cannot be stored: {exc}") from exc
        return name

    def get(self, name: str) -> bytes:
        """The bytes of that name.

        Raises:
            StoreUnavailable: the file is gone, or its content is not what its name says.
        """
        try:
            content = self._path(name).read_bytes()
        except OSError as exc:
            raise errors.StoreUnavailable(f"Upload {name} cannot be read: {exc}") from exc
        if hashlib.sha256(content).hexdigest() != name:
            raise errors.StoreUnavailable(
                f"Upload {name} is damaged on disk; restore it from a backup or ask for it again."
            )
        return content

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]


def _write_durably(path: Path, content: bytes) -> None:
    fd, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parent.parent):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
