"""Where blobs lie: a folder, or an object store by URL.

Owns writing whole or not at all, and the age of what lies there. What the names mean is `blobs`'.
The only user of fsspec; its drivers for S3, Google and Azure are packages of their own.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import fsspec

from grader import disk, errors


class Shelf(Protocol):
    """Named bytes; every method may raise OSError."""

    def renew(self, name: str) -> bool:
        """Whether it is there; if so it is as young as a new one."""

    def write(self, name: str, content: bytes) -> None:
        """Store it durably, whole or not at all."""

    def read(self, name: str) -> bytes:
        """Its bytes."""

    def names(self) -> Iterator[str]:
        """All names."""

    def age_s(self, name: str) -> float:
        """Seconds since it was written or renewed; 0 when it is gone."""

    def delete(self, name: str) -> None:
        """Remove it, if it is there."""

    def free_bytes(self) -> int | None:
        """Room that is left; None where that is not known."""


def at(location: Path | str) -> Shelf:
    """The folder of that path, or the object store of that URL, e.g. `s3://bucket/folder`."""
    return (
        Objects(location) if isinstance(location, str) and "://" in location else Folder(location)
    )


class Folder:
    """A folder; made when missing, readable by its owner only."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def renew(self, name: str) -> bool:
        """Whether it is there; if so it is as young as a new one."""
        try:
            os.utime(self._path(name))
        except FileNotFoundError:
            return False
        return True

    def write(self, name: str, content: bytes) -> None:
        """Temporary name, fsync, rename, fsync of the folders."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        disk.write_whole(path, content)
        disk.sync_folder(self._folder)  # the folder may be new, also

    def read(self, name: str) -> bytes:
        """Its bytes."""
        return self._path(name).read_bytes()

    def names(self) -> Iterator[str]:
        """All names; what a killed writer left half done has one too."""
        for path in self._folder.glob("*/*"):
            yield path.parent.name + path.name

    def age_s(self, name: str) -> float:
        """Seconds since it was written or renewed; 0 when it is gone."""
        with contextlib.suppress(FileNotFoundError):
            return time.time() - self._path(name).stat().st_mtime
        return 0.0

    def delete(self, name: str) -> None:
        """Remove it, if it is there."""
        self._path(name).unlink(missing_ok=True)

    def free_bytes(self) -> int | None:
        """Room on the folder's disk."""
        return shutil.disk_usage(self._folder).free

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]


class Objects:
    """An object store. A single put is whole or not at all on each that fsspec knows.

    Raises:
        OperatorError: no driver for this kind of URL is installed.
    """

    def __init__(self, url: str) -> None:
        try:
            # Typed as Any: fsspec has no types.
            self._files: Any
            self._files, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as exc:
            raise errors.OperatorError(f"Blobs cannot be kept at {url}: {exc}") from exc

    def renew(self, name: str) -> bool:  # noqa: ARG002 - the protocol's
        """Objects have no age that can be set: written anew they are young again."""
        return False

    def write(self, name: str, content: bytes) -> None:
        """One put."""
        path = self._path(name)
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(path, content)

    def read(self, name: str) -> bytes:
        """Its bytes."""
        content: bytes = self._files.cat_file(self._path(name))
        return content

    def names(self) -> Iterator[str]:
        """All names."""
        for path in self._files.find(self._root):
            yield "".join(str(path).split("/")[-2:])

    def age_s(self, name: str) -> float:
        """Seconds since it was written; 0 when it is gone."""
        try:
            written: datetime = self._files.modified(self._path(name))
        except FileNotFoundError:
            return 0.0
        return time.time() - written.timestamp()

    def delete(self, name: str) -> None:
        """Remove it, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._path(name))

    def free_bytes(self) -> int | None:
        """Room on the disk of a mounted folder; an object store tells none."""
        if "file" not in self._files.protocol:
            return None
        self._files.makedirs(self._root, exist_ok=True)
        return shutil.disk_usage(self._root).free

    def _path(self, name: str) -> str:
        return f"{self._root}/{name[:2]}/{name[2:]}"
