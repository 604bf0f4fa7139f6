"""The homeworks of the course's folder as versions: each change there is kept by itself.

Owns which files make a version. Which of the folder's files are in force is `course_folder`'s: what
is kept here is that, so a version that cannot be read is none. When the folder is looked at is
`folder_watch`'s, where a version is stored `store.versions`'s.

Equal files are one version, whoever sees them first and how often they come back: its number is
that of their SHA-256.
"""

import logging

from grader import errors
from grader.assignment import bundle, manifest, readable_bundle
from grader.store import blobs, database, versions

log = logging.getLogger(__name__)


class FolderVersions:
    """Keeps what is in force from the folder; safe to use from several threads and processes."""

    def __init__(self, store: database.Database, uploads: blobs.Blobs) -> None:
        self._store, self._uploads = store, uploads
        # Slug -> what was seen last, and its number. A change makes another object of it.
        self._kept: dict[str, tuple[manifest.Assignment, int]] = {}
        self._packed: dict[str, tuple[manifest.Assignment, str]] = {}

    def keep(self, assignment: manifest.Assignment) -> int | None:
        """The number of these files, kept as a version if they are none yet.

        None where they cannot be kept; that is in the log.

        Raises:
            DatabaseAway: nothing can be stored now.
        """
        slug = assignment.slug
        known = self._kept.get(slug)
        if known and known[0] is assignment:
            return known[1]
        try:
            number = self._number(assignment) or self._added(assignment)
        except errors.DatabaseAway:
            raise
        except (errors.UploadRefused, errors.StoreUnavailable, OSError) as exc:
            log.warning("the files of %s are not kept as a version: %s", slug, exc)
            return None
        self._kept[slug] = assignment, number
        return number

    def number_of(self, assignment: manifest.Assignment) -> int | None:
        """The number of these files; None where they are not kept, or not yet."""
        try:
            return self._number(assignment)
        except (errors.UploadRefused, OSError):
            return None

    def _number(self, assignment: manifest.Assignment) -> int | None:
        known = self._packed.get(assignment.slug)
        if known is None or known[0] is not assignment:
            known = assignment, bundle.digest(_bundle(assignment).content())
            self._packed[assignment.slug] = known
        return versions.number_of(self._store, assignment.slug, known[1])

    def _added(self, assignment: manifest.Assignment) -> int:
        found = _bundle(assignment)
        known, suite_version = readable_bundle.look(found)  # it may have been saved since
        content = found.content()
        new = versions.NewVersion(
            assignment=found.slug,
            sha256=self._uploads.put(content),
            bytes=len(content),
            suite_version=suite_version,
            title=known.title,
            note="",
            hold=True,
            insist=False,
        )
        number = versions.add_from_folder(self._store, new)
        log.info("the files of %s are kept as version %s", found.slug, number)
        return number


def _bundle(assignment: manifest.Assignment) -> bundle.Bundle:
    """A homework's files as they are in force.

    Raises:
        UploadRefused: they make no bundle, or a larger one than a version may be.
    """
    found = bundle.of_folder(assignment.suite_dir.parents[2], assignment.slug)
    bundle.read(found.content())
    return found
