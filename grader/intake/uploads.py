"""From what a student sent to a validated tree of files, or to every reason why not.

Owns the kinds of uploads that an assignment takes, and what the bytes of its files must be. Which
files are asked for, which are left out and which count under another name is `intake.listing`'s,
zip facts are `intake.archive`'s, Python `python_source`'s, what a notebook means
`source.notebook`'s. Replacing `given` files by the course's own copies comes after
(`assignment.provided_files`).

Theory of operation. The web process must not inflate a stranger's bytes, the worker trusts nobody:

    web      pack     several files -> one zip; a zip stays as it is; then
             inspect  every rule that the list of contents can answer
    worker   unpack   the same again, then inflates, checks checksums, parses Python files and
                      puts modules in the place of notebooks

All reasons are reported together, so that a student fixes a submission once. What is refused is
never repaired. A zip that holds nothing but one zip is opened by the worker, once: the web process
cannot look into it without inflating it.
"""

import fnmatch
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from grader import errors, models, wording
from grader.assignment import manifest as assignments
from grader.intake import archive, checkpoint_notes, ignored_files, missing_imports
from grader.intake import listing as listings
from grader.source import filenames, notebook, python_source, scripts

MAX_REASONS = 20  # said to the student; the rest is counted
MORE_REASONS = "And {} more faults of this kind."

_KIND_IN_WORDS = {"zip": "one zip", "files": "plain files", "ipynb": "a notebook"}
# Formats that are zip files inside; nothing on the trusted side ever opens them.
_ZIP_BASED = frozenset(
    {
        *(".npz", ".pt", ".pth", ".ckpt", ".keras"),
        *(".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"),
    }
)


def digest(slug: str, files: Sequence[tuple[str, bytes]]) -> str:
    """Hash of what was sent, 64 hex digits; equal for equal names and bytes in equal order."""
    whole = hashlib.sha256(slug.encode())
    for name, content in files:
        for piece in (name.encode("utf-8", "surrogateescape"), content):
            whole.update(hashlib.sha256(piece).digest())
    return whole.hexdigest()


def pack(uploads: Sequence[tuple[str, bytes]], manifest: assignments.Manifest) -> bytes:
    """The one zip to store for these uploaded files (name, content), already inspected.

    Raises:
        UploadRefused: kinds the assignment does not accept, a zip beside other files, or a rule
            of `inspect`.
    """
    reasons = _kind_faults([name for name, _ in uploads], manifest.submission.accept)
    if reasons:
        raise _refused(reasons)
    name, data = uploads[0]
    if len(uploads) > 1 or _upload_kind(name) != "zip":
        data = _packed(uploads, manifest)
    inspect(data, manifest)
    return data


def inspect(data: bytes, manifest: assignments.Manifest) -> None:
    """Check every rule that the archive's list of contents can answer; inflates nothing.

    Raises:
        UploadRefused: with every reason found.
    """
    _refuse_too_large(len(data), manifest)
    infos = archive.entries(data)
    if (inner := listings.only_zip(infos)) is None:
        _refuse_any(listings.of(infos, manifest.submission).reasons)
        return
    if fault := archive.packing_fault(inner):
        raise _refused([fault])
    _refuse_too_large(inner.file_size, manifest)


def noted(data: bytes, manifest: assignments.Manifest) -> tuple[str, ...]:
    """What the list of contents says of a stored upload; inflates nothing.

    The notes of `unpack` have these among them, and what only the files themselves can say.
    """
    infos = archive.entries(data)
    if listings.only_zip(infos) is not None:
        return ()
    listing = listings.of(infos, manifest.submission)
    names = [path for path, _ in listing.kept]
    shadows = ignored_files.shadow_notes(names)
    return listing.notes + shadows + _report_notes(names, manifest.submission.report)


def paths(data: bytes, manifest: assignments.Manifest) -> list[str]:
    """The files of a stored upload as they will lie in the submission; inflates nothing.

    So there are none in a zip that holds one zip.

    Raises:
        UploadRefused: with every reason found.
    """
    inspect(data, manifest)
    return [path for path, _ in listings.of(archive.entries(data), manifest.submission).kept]


def unpack(
    data: bytes, manifest: assignments.Manifest, template: Mapping[str, bytes] | None = None
) -> models.FileTree:
    """The files of a stored upload, validated; but for notebooks exactly the student's bytes.

    Args:
        template: files that students were given to complete, as `source_rules.template_of`.

    Raises:
        UploadRefused: with every reason found.
    """
    inspect(data, manifest)
    wanted = manifest.submission
    data, opened = _opened(data, wanted)
    listing = listings.of(archive.entries(data), wanted)
    _refuse_any(listing.reasons)
    most_bytes = listings.most_bytes(listing.kept, wanted)
    contents = archive.read(data, [info for _, info in listing.kept], most_bytes)
    files = dict(sorted(zip((path for path, _ in listing.kept), contents, strict=True)))
    files, archives = _without_archives(files, {*wanted.wanted, *wanted.given})
    read = translated(files, wanted, template)
    if reasons := [*read.reasons, *_content_faults(read.files, manifest)]:
        raise _refused(reasons)
    _refuse_any(missing_imports.faults(read.files, manifest))
    usable, left_out = _without_broken(read.files, manifest)
    notes = opened + listing.notes + archives + ignored_files.shadow_notes(files) + read.notes
    notes += left_out
    notes += missing_imports.notes(usable, wanted.given, manifest.environment.packages)
    notes += checkpoint_notes.notes(usable, wanted.wanted)
    notes += _report_notes(files, wanted.report)
    return models.FileTree(usable, notes)


def translated(
    files: Mapping[str, bytes],
    wanted: assignments.SubmissionRules,
    template: Mapping[str, bytes] | None = None,
    *,
    screen: bool = False,
) -> notebook.Translation:
    """The files with modules in the place of notebooks, and of what only IPython runs."""
    stems = wanted.wanted if "ipynb" in wanted.accept else ()
    read = notebook.translate(files, stems, wanted.notebooks, template or {})
    adapted = scripts.adapt(read.files, wanted.given, screen=screen)
    return notebook.Translation(adapted.files, (*read.notes, *adapted.notes), read.reasons)


def unused(
    files: Mapping[str, bytes], wanted: assignments.SubmissionRules, template: Mapping[str, bytes]
) -> tuple[str, ...]:
    """A note on each file that another one is used in place of."""
    stems = wanted.wanted if "ipynb" in wanted.accept else ()
    return notebook.unused(files, stems, wanted.notebooks, template)


def contents(data: bytes, manifest: assignments.Manifest) -> dict[str, bytes]:
    """The files of a stored upload as they are, whatever they hold; for people to look at.

    Raises:
        UploadRefused: the archive itself, or its names, cannot be taken.
    """
    inspect(data, manifest)
    data, _ = _opened(data, manifest.submission)
    kept = listings.of(archive.entries(data), manifest.submission).kept
    most_bytes = listings.most_bytes(kept, manifest.submission)
    bodies = archive.read(data, [info for _, info in kept], most_bytes)
    return dict(sorted(zip((path for path, _ in kept), bodies, strict=True)))


def _opened(data: bytes, wanted: assignments.SubmissionRules) -> tuple[bytes, tuple[str, ...]]:
    """The zip to read: the one inside, where that is all there is; and a note on that."""
    inner = listings.only_zip(archive.entries(data))
    if inner is None:
        return data, ()
    (content,) = archive.read(data, [inner], int(wanted.max_upload_mb * wording.MB))
    name = filenames.shown(archive.name(inner))
    return content, (f"The zip holds nothing but '{name}', so that one was opened.",)


def _without_archives(
    files: dict[str, bytes], asked_for: Collection[str]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files without archives under other names that nobody asked for, and a note on these."""
    found = {path for path in files if path not in asked_for and _archive_in(path, files[path])}
    note = ignored_files.note(listings.ARCHIVES_LEFT_OUT, found)
    kept = {path: content for path, content in files.items() if path not in found}
    return kept, (note,) if note else ()


def _archive_in(path: str, content: bytes) -> str | None:
    """What archive a file is, in words; None for formats that are archives only inside."""
    zip_based = PurePosixPath(path).suffix.casefold() in _ZIP_BASED
    return None if zip_based else archive.kind(content)


def _kind_faults(names: Sequence[str], accept: Sequence[str]) -> list[str]:
    """Why these files are not what the assignment takes; one that it takes is enough."""
    if not names:
        return ["Nothing was uploaded; send the files of the assignment."]
    kinds = {name: _upload_kind(name, alone=len(names) == 1) for name in names}
    if any(kind in accept for kind in kinds.values()):
        return []
    wanted = " or ".join(_KIND_IN_WORDS[kind] for kind in accept)
    return [
        f"'{filenames.shown(name)}': this assignment takes {wanted}, not {_KIND_IN_WORDS[kind]}."
        for name, kind in kinds.items()
    ]


def _upload_kind(name: str, *, alone: bool = True) -> str:
    """What a file is as an upload; a zip next to other files is one of the files."""
    suffix = PurePosixPath(name).suffix.casefold()
    kind = {".zip": "zip", ".ipynb": "ipynb"}.get(suffix, "files")
    return kind if alone or kind != "zip" else "files"


def _packed(uploads: Sequence[tuple[str, bytes]], manifest: assignments.Manifest) -> bytes:
    """Plain uploads as a stored zip; what could not even be written is refused here."""
    names = [name for name, _ in uploads]
    if len(names) > archive.MAX_ENTRIES:
        raise _refused([f"{len(names)} files were sent; at most {listings.MAX_FILES} are allowed."])
    if reasons := _name_faults(names):
        raise _refused(reasons)
    _refuse_too_large(sum(len(content) for _, content in uploads), manifest, names)
    # A name that is no text is written with question marks, and so left out with a note.
    return archive.write({name.encode(errors="replace").decode(): c for name, c in sorted(uploads)})


def _name_faults(names: Sequence[str]) -> list[str]:
    """Names no archive should hold; the finer rules see the names again in the listing."""
    faults = [fault for name in names if (fault := filenames.escape_fault(name))]
    twice = [name for name, count in Counter(names).items() if count > 1]
    return faults + [f"'{filenames.shown(n)}': is twice in the upload; keep one." for n in twice]


def _refuse_too_large(
    size_bytes: int, manifest: assignments.Manifest, names: Sequence[str] = ()
) -> None:
    limit_mb = manifest.submission.max_upload_mb
    if size_bytes > limit_mb * wording.MB:
        sent = wording.megabytes(size_bytes)
        books = [filenames.shown(name) for name in names if name.endswith(notebook.SUFFIX)]
        remedy = f" Clear the outputs of {', '.join(books[:3])} and save again." if books else ""
        raise _refused([f"The upload is {sent}; this assignment takes {limit_mb:g} MB.{remedy}"])


def _content_faults(files: dict[str, bytes], manifest: assignments.Manifest) -> list[str]:
    """Reasons that only the bytes can give; given files are replaced, so they are not read."""
    reasons = [
        f"{path}: holds {kind}; send its files instead."
        for path, content in files.items()
        if (kind := _archive_in(path, content))
    ]
    asked = [path for path in manifest.submission.wanted if path in files and path[-3:] == ".py"]
    return reasons + python_source.faults({path: files[path] for path in asked})


def _without_broken(
    files: dict[str, bytes], manifest: assignments.Manifest
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files without Python that nobody asked for and that cannot be read; a note on each."""
    wanted = manifest.submission
    asked = {*wanted.wanted, *wanted.given}
    others = {p: body for p, body in files.items() if p.endswith(".py") and p not in asked}
    found = python_source.faults_by_file(others)
    notes = [
        f"{fault} It was not asked for and is left out." for f in found.values() for fault in f
    ]
    usable = {path: body for path, body in files.items() if path not in found}
    return usable, tuple(wording.shortened(notes, MAX_REASONS, MORE_REASONS))


def _report_notes(paths: Iterable[str], pattern: str) -> tuple[str, ...]:
    """A remark when no file has the name of a write-up that a person is to read."""
    if not pattern or any(fnmatch.fnmatchcase(path, pattern) for path in paths):
        return ()
    others = [filenames.shown(path) for path in paths if path.casefold().endswith(".pdf")]
    sent = f" (sent: {', '.join(others)})" if others else ""
    return (f"No file is named like {pattern}{sent}; the written tasks are marked from it.",)


def _refuse_any(reasons: Sequence[str]) -> None:
    if reasons:
        raise _refused(reasons)


def _refused(reasons: Sequence[str]) -> errors.UploadRefused:
    return errors.UploadRefused(wording.shortened(reasons, MAX_REASONS, MORE_REASONS))
