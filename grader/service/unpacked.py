"""The folder in which published versions lie unpacked, as long as somebody needs them.

Owns the folder's names and locks. Which versions are in use is `store.versions`'s; what is in one,
`assignment.bundle`'s.

Theory of operation
    A version lies in a folder called by its SHA-256. Whoever uses it marks it as used, at most once
    a minute; what is not in use and was marked by nobody for an hour is removed, when another one
    is unpacked and every hour. Marking and removing hold one lock, over all processes that share
    the data folder: so nothing is removed that somebody has just taken. A removed one is unpacked
    again from its bundle when it is asked for.
"""

import contextlib
import logging
import os
import re
import shutil
import time
import uuid
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from grader import disk
from grader.assignment import bundle

log = logging.getLogger(__name__)

MARK_EVERY_S: Final = 60.0
UNUSED_S: Final = 3600.0  # far longer than a grading, and than a page may hold a manifest
LOCK: Final = ".lock"


class UnpackedVersions:
    """The folder; safe to use from several threads and processes at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marked: dict[str, float] = {}

    def without_place(self, sha256: str, text: str) -> str:
        """A text with the paths of a version's files as in its zip, not as on this machine."""
        folder = self._folder / sha256
        for place in (folder, folder.resolve()):
            text = text.replace(f"{place}/", "")
        return re.sub(rf"[^\s'\"(]*\b{sha256}/", "", text)  # pytest writes from where it runs

    def use(self, sha256: str) -> Path | None:
        """A version's folder, marked as used; None where it is not unpacked."""
        folder = self._folder / sha256
        if time.monotonic() - self._marked.get(sha256, -MARK_EVERY_S) < MARK_EVERY_S:
            return folder if folder.is_dir() else None
        if not self._folder.is_dir():
            return None
        with self._locked():
            try:
                os.utime(folder)
            except FileNotFoundError:
                return None
        self._marked[sha256] = time.monotonic()
        return folder

    def add(self, sha256: str, files: bundle.Bundle) -> Path:
        """Unpack a version; its folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            folder = self._folder / sha256
            if not folder.is_dir():
                files.write(folder)
            os.utime(folder)
        self._marked[sha256] = time.monotonic()
        return folder

    def forget(self, in_use: Collection[str]) -> int:
        """Remove what is not in use and was not used for an hour; how many were removed."""
        if not self._folder.is_dir():
            return 0
        with self._locked():
            gone = [self._put_away(one) for one in self._unused(in_use)]
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)
        if gone:
            log.info("removed %s unpacked versions of homeworks that nobody uses", len(gone))
        return len(gone)

    def _unused(self, in_use: Collection[str]) -> list[Path]:
        before = time.time() - UNUSED_S
        folders = [one for one in self._folder.iterdir() if one.is_dir() and one.name not in in_use]
        return [one for one in folders if one.stat().st_mtime < before]

    def _put_away(self, folder: Path) -> Path:
        """Take a folder's name away at once: a reader finds all of it or nothing."""
        away = self._folder / f".old-{uuid.uuid4().hex}"
        folder.rename(away)
        self._marked.pop(folder.name, None)
        return away

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        fd = disk.lock(self._folder / LOCK)
        try:
            yield
        finally:
            os.close(fd)
