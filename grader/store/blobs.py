"""Uploaded bytes, named by their SHA-256.

Owns names and checks. Where they lie is a `blob_backends.Shelf`: a folder or an object store. A
blob is written whole before any row names it, and checked when read.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from grader import errors, wording
from grader.store import blob_backends

_NAME = re.compile("[0-9a-f]{64}")


def name_of(content: bytes) -> str:
    """What these bytes are called."""
    return hashlib.sha256(content).hexdigest()


def is_name(text: str) -> bool:
    """Whether a blob could be called so."""
    return bool(_NAME.fullmatch(text))


class Blobs:
    """Content-addressed bytes.

    Args:
        location: a folder, or the URL of an object store.

    Raises:
        OperatorError: no driver for this kind of URL is installed.
    """

    def __init__(self, location: Path | str) -> None:
        self._shelf = blob_backends.at(location)

    def put(self, content: bytes) -> str:
        """Store `content` durably and return its name, 64 hex digits.

        Raises:
            StoreUnavailable: the disk is full or refuses.
        """
        name = name_of(content)
        try:
            if not self._shelf.renew(name):
                self._shelf.write(name, content)
        except OSError as exc:
            raise errors.StoreUnavailable(f"The upload cannot be stored: {exc}") from exc
        return name

    def get(self, name: str) -> bytes:
        """The bytes of that name.

        Raises:
            StoreUnavailable: the blob is gone, or its content is not what its name says.
        """
        try:
            content = self._shelf.read(name)
        except OSError as exc:
            raise errors.StoreUnavailable(f"Upload {name} cannot be read: {exc}") from exc
        if name_of(content) != name:
            raise errors.StoreUnavailable(
                f"Upload {name} is damaged on disk; restore it from a backup or ask for it again."
            )
        return content

    def check(self, least_bytes: int) -> None:
        """Do nothing if there is room for more.

        Raises:
            StoreUnavailable: there is less than that, or the place cannot be reached.
        """
        try:
            free = self._shelf.free_bytes()
        except OSError as exc:
            raise errors.StoreUnavailable(f"The place of uploads cannot be reached: {exc}") from exc
        if free is not None and free < least_bytes:
            raise errors.StoreUnavailable(
                f"Only {free / wording.MB:.0f} MB are free where uploads are kept; make room."
            )

    def names(self) -> Iterator[str]:
        """All names."""
        yield from self._shelf.names()

    def older_than(self, age_s: float) -> Iterator[str]:
        """Names of what was stored or sent again longer ago than this."""
        yield from (name for name in self._shelf.names() if self._shelf.age_s(name) > age_s)

    def delete(self, name: str, unless_younger_than_s: float) -> bool:
        """Remove one; False when it was stored again meanwhile."""
        if self._shelf.age_s(name) <= unless_younger_than_s:
            return False
        self._shelf.delete(name)
        return True
