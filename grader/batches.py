"""Many students' work in one archive or folder: which file is whose, and the intake of each.

Owns the splitting into named uploads and the making of batches. What one upload may be is
`grader.intake`'s, what becomes of it `grader.jobs`'s.

An archive or folder holds one folder, zip, notebook or file for each student, named after them;
one folder around all of these is looked through. Hidden files and what macOS adds are left out.
"""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from grader import archive, errors, filenames, jobs
from grader import intake as intake_rules
from grader.store import blobs, database, groups, rows

MAX_ENTRIES = 50_000
MAX_BYTES = 2_000_000_000  # inflated
MAX_NAME = 100
IGNORED = {"__MACOSX", "__pycache__"}

Files = Mapping[tuple[str, ...], bytes]  # parts of the path -> content
Uploads = dict[str, list[tuple[str, bytes]]]


def split(data: bytes) -> Uploads:
    """Name of the student -> the files they would have uploaded.

    Raises:
        UploadRefused: not a zip, nothing in it, or more than is taken.
    """
    infos = [i for i in archive.entries(data, MAX_ENTRIES) if not archive.is_folder(i)]
    kept = [info for info in infos if not _ignored(info.filename)]
    faults = [fault for i in kept if (fault := archive.type_fault(i) or archive.packing_fault(i))]
    if faults:
        raise errors.UploadRefused(faults)
    contents = archive.read(data, kept, MAX_BYTES)
    files = zip(kept, contents, strict=True)
    return _grouped(_unwrapped({PurePosixPath(i.filename).parts: body for i, body in files}))


def scan(folder: Path) -> Uploads:
    """The same of a folder on disk.

    Raises:
        UploadRefused: nothing is there.
    """
    found = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    kept = {name: path for name, path in found.items() if not _ignored(name)}
    return _grouped({PurePosixPath(name).parts: p.read_bytes() for name, p in kept.items()})


def accept(
    store: database.Database,
    uploads: blobs.Blobs,
    intake: jobs.IntakePort,
    group: rows.NewGroup,
    who: str,
    parts: Uploads,
) -> tuple[uuid.UUID, str]:
    """Store a batch; each of its uploads becomes a submission or has its reasons.

    Returns:
        Its id and the hash of its content; of an older batch when the key was used before.
    """
    items = [_item(uploads, intake, group, name, files) for name, files in parts.items()]
    return groups.add_batch(store, group, who, items, jobs.enqueue_all)


def _item(
    uploads: blobs.Blobs,
    intake: jobs.IntakePort,
    group: rows.NewGroup,
    name: str,
    files: Sequence[tuple[str, bytes]],
) -> groups.NewItem:
    try:
        packed = intake.inspect(group.assignment, files)
    except errors.UploadRefused as exc:
        return groups.NewItem(name, None, exc.reasons)
    submission = rows.NewSubmission(
        id=uuid.uuid4(),
        user_id=group.user_id,
        assignment=group.assignment,
        upload_sha256=uploads.put(packed),
        upload_bytes=len(packed),
        content_sha256=intake_rules.digest(group.assignment, files),
        label=name,
    )
    return groups.NewItem(name, submission)


def _ignored(name: str) -> bool:
    return any(part in IGNORED or part.startswith(".") for part in PurePosixPath(name).parts)


def _unwrapped(files: Files) -> Files:
    """Without the one folder around all, if there is one."""
    while files and _is_wrapped(list(files)):
        files = {path[1:]: content for path, content in files.items()}
    return files


def _grouped(files: Files) -> Uploads:
    found: Uploads = {}
    for path, content in files.items():
        alone = len(path) == 1
        student = _student(PurePosixPath(path[0]).stem if alone else path[0])
        if alone and student in found:
            raise errors.UploadRefused(
                f"'{student}' stands there twice; give each student one folder or one file."
            )
        found.setdefault(student, []).append(("/".join(path if alone else path[1:]), content))
    if not found:
        raise errors.UploadRefused(
            "There is nothing to grade in it: put one folder or one zip for each student into it."
        )
    return dict(sorted(found.items()))


def _is_wrapped(paths: Sequence[tuple[str, ...]]) -> bool:
    """Whether one folder holds all, and in it are only folders, or only zips and notebooks."""
    if len({path[0] for path in paths}) > 1:
        return False
    packed = (".zip", ".ipynb")
    return all(len(p) > 2 or (len(p) == 2 and p[1].endswith(packed)) for p in paths)


def _student(name: str) -> str:
    if not name.isprintable() or len(name) > MAX_NAME:
        raise errors.UploadRefused(
            f"'{filenames.shown(name)}': name it after a student, in at most {MAX_NAME} characters."
        )
    return name
