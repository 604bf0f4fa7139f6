"""A homework as one file: suite, reference and template of one slug, equal files in equal bytes.

Owns the format. Where bundles are kept is `store.versions`' and the blobs', what a version must be
`service.versions`'.

A bundle is a zip, stored without compression, sorted, without times; so its SHA-256 is that of its
files. Its folders are the course's: `tests/suites/<slug>/`, `reference/<slug>/` and
`student_template/<slug>/`. A zip that somebody made by hand may have them below one more folder.
"""

import hashlib
import io
import lzma
import re
import shutil
import stat
import uuid
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from grader import disk, errors, wording
from grader.assignment import manifest as assignments

MAX_BYTES: Final = 100 * wording.MB  # of the files together
MAX_FILES: Final = 5000
MANIFEST: Final = re.compile(r"(?:(.+)/)?tests/suites/([^/]+)/assignment\.toml")
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
READ_ONLY: Final = 0o444
MOST_LETTERS: Final = 200  # of a file's or folder's name
UNREADABLE: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, RuntimeError, ValueError),  # how the module says it cannot unpack it
)
NO_ZIP: Final = (
    "This cannot be read as a zip: it is something else, or not all of it arrived. Send the "
    "homework's folders as one .zip file."
)
NO_HOMEWORK: Final = (
    "The zip holds no homework: tests/suites/<slug>/assignment.toml is missing. "
    "`grader publish <slug> --write FILE` writes one that fits."
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A homework's files by their names in a course's folder."""

    slug: str
    files: Mapping[str, bytes]

    def content(self) -> bytes:
        """The one file that these make."""
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(self.files):
                entry = zipfile.ZipInfo(name, LONG_AGO)
                entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, self.files[name])
        return sink.getvalue()

    def write(self, folder: Path) -> None:
        """Put the files below a folder that is not there yet, read-only, whole or not at all."""
        half = folder.with_name(f".new-{uuid.uuid4().hex}")
        try:
            for name, content in self.files.items():
                path = half / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                path.chmod(READ_ONLY)
            half.replace(folder)
        except OSError:
            shutil.rmtree(half, ignore_errors=True)
            if not folder.is_dir():  # else another process was faster
                raise


def folders(slug: str) -> tuple[str, ...]:
    """Where a homework's files lie in a course's folder."""
    return (f"tests/suites/{slug}", f"reference/{slug}", f"student_template/{slug}")


def of_folder(course_dir: Path, slug: str) -> Bundle:
    """A homework of a course's folder.

    Raises:
        AssignmentNotFound: there is none of this slug.
    """
    assignments.folder(course_dir, slug)
    files = {
        f"{folder}/{name}": path.read_bytes()
        for folder in folders(slug)
        for name, path in disk.files(course_dir / folder)
    }
    return Bundle(slug, files)


def read(content: bytes) -> Bundle:
    """The homework in a zip; files elsewhere in it are left out.

    Raises:
        UploadRefused: it is no zip of one homework, or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
            top, slug = _homework(entries)
            wanted = dict(_wanted(entries, top, slug))
            _check_names(wanted)
            _check_size([entries[name] for name in wanted.values()])
            return Bundle(slug, {name: archive.read(full) for name, full in wanted.items()})
    except zipfile.BadZipFile as exc:
        raise errors.UploadRefused([NO_ZIP]) from exc
    except UNREADABLE as exc:
        raise errors.UploadRefused([f"This cannot be read as a zip: {exc}."]) from exc


def digest(content: bytes) -> str:
    """What names a bundle."""
    return hashlib.sha256(content).hexdigest()


def _homework(names: Mapping[str, object]) -> tuple[str, str]:
    """The folder above, and the slug, of the one homework."""
    found = [match for name in names if (match := MANIFEST.fullmatch(name))]
    if not found:
        raise errors.UploadRefused([NO_HOMEWORK])
    slugs = sorted({match[2] for match in found})
    if len(found) > 1:
        raise errors.UploadRefused(
            [f"The zip holds several homeworks ({', '.join(slugs)}); publish one at a time."]
        )
    if not re.fullmatch(assignments.SLUG, slugs[0]):
        raise errors.UploadRefused(
            [f"{slugs[0]!r} is no slug: small letters, digits and underscores, like hw1."]
        )
    return found[0][1] or "", slugs[0]


def _wanted(names: Mapping[str, object], top: str, slug: str) -> Iterator[tuple[str, str]]:
    """Name in the bundle, and in the zip, of each file of the homework."""
    inside = tuple(f"{folder}/" for folder in folders(slug))
    for full in names:
        name = full.removeprefix(f"{top}/") if top else full
        if not name.startswith(inside):
            continue
        parts = PurePosixPath(name).parts
        if ".." in parts or "\\" in name or "\0" in name or str(PurePosixPath(name)) != name:
            raise errors.UploadRefused([f"{name!r} is no name of a file in a homework."])
        if not any(part.startswith(".") or disk.is_leftover(part) for part in parts):
            yield name, full


def _check_names(names: Collection[str]) -> None:
    """Refuse what cannot be a file on every machine."""
    above = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    for name in names:
        too_long = any(len(part.encode()) > MOST_LETTERS for part in PurePosixPath(name).parts)
        if name in above or too_long or not name.isprintable():
            raise errors.UploadRefused([f"{name[:MOST_LETTERS]!r} cannot be a file's name."])


def _check_size(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_FILES:
        raise errors.UploadRefused([f"A homework has at most {MAX_FILES} files."])
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise errors.UploadRefused(
            [f"A homework has at most {wording.megabytes(MAX_BYTES)} of files together."]
        )
