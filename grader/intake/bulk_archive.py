"""Many students' work in one archive or folder: which file is whose.

Owns the splitting into named uploads and the bounds of the whole. What one upload may be is
`grader.intake.uploads`'s; where an archive is read is `grader.confined.reader`'s.

An archive or folder holds one folder, zip, notebook or file for each student, named after them;
one folder around all of these is looked through. Hidden files and what macOS adds are left out.
What other systems let staff download is taken as it is (`grader.intake.lms_archives`,
`grader.intake.gradescope_export`).
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

from grader import disk, errors, wording
from grader.course import person_names
from grader.intake import archive, gradescope_export, lms_archives
from grader.source import filenames

MAX_ENTRIES = 50_000
MAX_BYTES = 2_000_000_000  # inflated, of all students together
MAX_STUDENT_BYTES = 200 * wording.MB  # inflated, of one; assignments allow less
METADATA_BYTES = gradescope_export.MAX_METADATA_BYTES
MAX_NAME = 400  # characters; a team's label names all of its members
MAX_PATH = 1024  # characters of a file's whole name; zip can hold 65 535
MAX_REASONS = 20  # said; the rest is counted
MORE_REASONS = "And {} more faults of this kind."

T = TypeVar("T")
Files = list[tuple[str, bytes]]
Uploads = dict[str, Files]


@dataclass(frozen=True, slots=True)
class Work:
    """What one student, or one team, would have uploaded.

    Attributes:
        name: the student's, or a team's as `person_names.SHARED` joins them.
        submitted_at: when another system received it, where it says so.
        late: whether another system marks it as late, without saying when it came.
        faults: why it cannot be read; `files` are empty then.
    """

    name: str
    files: Files
    submitted_at: datetime.datetime | None = None
    late: bool = False
    faults: tuple[str, ...] = ()


def split(data: bytes) -> Iterator[Work]:
    """The work of each student, one after the other.

    What is wrong with one student's files (a link, a password, damage) costs that student only.

    Raises:
        UploadRefused: not a zip, nothing in it, or more than is taken; before the first student.
    """
    infos = [i for i in archive.entries(data, MAX_ENTRIES) if not archive.is_folder(i)]
    _refuse([too_long for i in infos if (too_long := _path_fault(archive.name(i)))])
    kept = [info for info in infos if not _ignored(archive.name(info))]
    _refuse(_twice([archive.name(info) for info in kept]))
    by_path = dict(_unwrapped({PurePosixPath(archive.name(i)).parts: i for i in kept}))
    listing = by_path.pop((gradescope_export.METADATA,), None)
    metadata = _metadata(data, listing) if listing else None
    owned = _owned(by_path, metadata)
    students = _grouped(owned.files)
    listed = {student: _listed_faults(student, files) for student, files in students.items()}
    sound = {student: [] if listed[student] else files for student, files in students.items()}
    _refuse(_sum_fault(info for files in sound.values() for _, info in files))
    entries = ([info for _, info in files] for files in sound.values())
    contents = archive.read_groups(data, entries, MAX_BYTES)
    for (student, files), (bodies, damaged) in zip(sound.items(), contents, strict=True):
        faults = wording.shortened([*listed[student], *damaged], MAX_REASONS, MORE_REASONS)
        paired = [] if faults else zip((name for name, _ in files), bodies, strict=True)
        came, late = owned.times.get(student), student in owned.late
        yield Work(student, list(paired), came, late, tuple(faults))


def _metadata(data: bytes, listing: archive.Entry) -> bytes:
    """The list of another system, without which nobody knows whose files are whose."""
    _refuse([fault for fault in (_entry_fault(listing),) if fault])
    ((contents, damaged),) = archive.read_groups(data, [[listing]], METADATA_BYTES)
    _refuse(damaged)
    return contents[0]


def scan(folder: Path) -> Uploads:
    """The same of a folder on disk, whose owner is its reader.

    Raises:
        UploadRefused: nothing is there.
    """
    found = disk.files(folder, links=False)
    paths = {PurePosixPath(name).parts: path for name, path in found}
    listed = paths.pop((gradescope_export.METADATA,), None)
    owned = _owned(paths, listed.read_bytes() if listed else None)
    return _grouped({name: path.read_bytes() for name, path in owned.files.items()})


@dataclass(frozen=True, slots=True)
class _Owned(Generic[T]):
    """Files below their students' names, and what another system says of when they came."""

    files: Mapping[tuple[str, ...], T]
    times: Mapping[str, datetime.datetime]
    late: frozenset[str] = frozenset()


def _owned(files: Mapping[tuple[str, ...], T], metadata: bytes | None) -> _Owned[T]:
    if metadata is None:
        named = lms_archives.named(files)
        return _Owned(named.files, {}, named.late)
    who = gradescope_export.read(metadata)
    labels = {folder: entry.label or folder for folder, entry in who.items()}
    times = {labels[folder]: entry.at for folder, entry in who.items() if entry.at}
    return _Owned({(labels.get(p[0], p[0]), *p[1:]): body for p, body in files.items()}, times)


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise errors.UploadRefused(wording.shortened(faults, MAX_REASONS, MORE_REASONS))


def _path_fault(name: str) -> str:
    if len(name) <= MAX_PATH:
        return ""
    return f"'{filenames.shown(name)}': the name is too long; shorten it."


def _twice(names: Sequence[str]) -> list[str]:
    """Of two files of one name only one could be graded, and nobody would know which."""
    counted = Counter(PurePosixPath(name).parts for name in names)
    return [
        f"'{filenames.shown('/'.join(path))}': is there twice; keep one."
        for path, count in counted.items()
        if count > 1
    ]


def _entry_fault(info: archive.Entry) -> str | None:
    return archive.type_fault(info) or archive.packing_fault(info)


def _listed_faults(student: str, files: Sequence[tuple[str, archive.Entry]]) -> list[str]:
    """Why one student's work cannot be read, as far as the list of contents tells."""
    faults = [fault for _, info in files if (fault := _entry_fault(info))]
    total = sum(info.file_size for _, info in files)
    if total > MAX_STUDENT_BYTES:
        faults.append(
            f"'{student}': is {wording.megabytes(total)} unpacked; one student's work may have "
            f"{wording.megabytes(MAX_STUDENT_BYTES)} at most. Leave out data sets and checkpoints."
        )
    return faults


def _sum_fault(infos: Iterable[archive.Entry]) -> list[str]:
    total = sum(info.file_size for info in infos)
    if total <= MAX_BYTES:
        return []
    return [
        f"The archive unpacks to {wording.megabytes(total)}; {wording.megabytes(MAX_BYTES)} are "
        "taken at once. Send it in several parts."
    ]


def _ignored(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or disk.is_leftover(part) for part in parts)


def _unwrapped(files: Mapping[tuple[str, ...], T]) -> Mapping[tuple[str, ...], T]:
    """Without the one folder around all, if there is one."""
    while files and _is_wrapped(list(files)):
        files = {path[1:]: content for path, content in files.items()}
    return files


def _grouped(files: Mapping[tuple[str, ...], T]) -> dict[str, list[tuple[str, T]]]:
    students: dict[str, list[tuple[str, T]]] = {}
    single = set[str]()  # who submitted one file, and so no folder
    for path, content in files.items():
        alone = len(path) == 1
        student = _student(PurePosixPath(path[0]).stem if alone else path[0])
        if student in single or (alone and student in students):
            raise errors.UploadRefused(
                f"'{student}' is there twice; give each student one folder or one file."
            )
        single |= {student} if alone else set()
        students.setdefault(student, []).append(("/".join(path if alone else path[1:]), content))
    if not students:
        raise errors.UploadRefused(
            "There is nothing to grade in it: put one folder or one zip for each student into it."
        )
    return dict(sorted(students.items()))


def _is_wrapped(paths: Sequence[tuple[str, ...]]) -> bool:
    """Whether one folder holds all, and in it are only folders, or only zips and notebooks.

    A student's own folder is none, even if nobody else submitted: in it, names are the student's.
    """
    tops = {path[0] for path in paths}
    if len(tops) > 1 or any(map(lms_archives.is_student, tops)):
        return False
    packed = (".zip", ".ipynb", gradescope_export.METADATA)
    return all(len(p) > 2 or (len(p) == 2 and p[1].endswith(packed)) for p in paths)


def _student(written: str) -> str:
    name = person_names.normal(written)
    if not name or len(name) > MAX_NAME:
        raise errors.UploadRefused(
            f"'{filenames.shown(written)}': name it after a student, in at most {MAX_NAME} "
            "characters."
        )
    return name
