"""Published versions on this machine's disk: unpacked by hash, read-only, from the blobs.

Owns which is in force, and reading one. The folder they are unpacked in is `unpacked`'s; what a
version is, and how one becomes live, `service.versions`'s.
"""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from grader import errors
from grader.assignment import bundle, manifest
from grader.service import folder_versions, fresh, unpacked
from grader.store import blobs, database, version_bundles, versions

log = logging.getLogger(__name__)


class Published:
    """The homeworks of which a version is live; safe to use from several threads at once.

    Args:
        folder: for the unpacked versions; made when needed.
    """

    def __init__(self, store: database.Database, uploads: blobs.Blobs, folder: Path) -> None:
        self._store, self._uploads = store, uploads
        self._unpacked = unpacked.UnpackedVersions(folder)
        self.of_folder = folder_versions.FolderVersions(store, uploads)
        self.live = fresh.FreshValue(lambda: versions.live(store))
        self._lock = threading.Lock()
        self._loaded: dict[str, manifest.Assignment] = {}
        self._faults: dict[str, str] = {}

    def load(self, slug: str) -> manifest.Assignment | None:
        """The live version; None when there is none, or this release cannot read it."""
        version = self.live.now().get(slug)
        if version is None:
            return None
        try:
            loaded = self.open(slug, version.sha256)
        except errors.SuiteError as exc:
            if self._faults.get(slug) != self.shown(version.sha256, str(exc)):
                log.error("version %s of %s cannot be read: %s", version.number, slug, exc)
            self._faults[slug] = self.shown(version.sha256, str(exc))
            return None
        self._faults.pop(slug, None)
        return loaded

    def open(self, slug: str, sha256: str) -> manifest.Assignment:
        """A version, whether or not it is live.

        Raises:
            SuiteError: it cannot be read.
            StoreUnavailable: its bundle cannot be had, or there is no room for it.
        """
        with self._lock:
            try:
                folder = self._unpacked.use(sha256)
                if folder is None:
                    folder = self._unpacked.add(sha256, _bundle(self._uploads.get(sha256)))
                    self.forget_unused()
            except OSError as exc:  # the machine's fault, so that what waits is tried again
                raise errors.StoreUnavailable(f"A version cannot be unpacked: {exc}.") from exc
            if sha256 not in self._loaded:
                self._loaded[sha256] = manifest.load(folder, slug)
            return self._loaded[sha256]

    def shown(self, sha256: str, text: str) -> str:
        """What people read of a version's files: their paths as in its zip, not those on here."""
        return self._unpacked.without_place(sha256, text)

    def forget_unused(self) -> None:
        """Throw away what is unpacked and neither live nor in use."""
        try:
            self._unpacked.forget(version_bundles.in_use(self._store))
        except (errors.StoreUnavailable, OSError) as exc:
            log.warning("unpacked versions could not be tidied up: %s", exc)

    def slugs(self) -> list[str]:
        """The homeworks that have a live version which can be read."""
        return [slug for slug in self.live.now() if self.load(slug)]

    def faults(self) -> Mapping[str, str]:
        """Homework -> why its live version cannot be read."""
        return dict(self._faults)


def _bundle(content: bytes) -> bundle.Bundle:
    """The files of a version; that they cannot be read is no student's fault.

    Raises:
        SuiteError: they cannot.
    """
    try:
        return bundle.read(content)
    except errors.UploadRefused as exc:
        raise errors.SuiteError(" ".join(exc.reasons)) from exc
