"""From what a student sent to a validated tree of files, or to every reason why not.

Owns the rules of an assignment's upload: kinds, required files, sizes, what the bytes must be.
Zip facts are `intake.archive`'s, names `source.filenames`', Python `python_source`'s, what is
left out with a note `intake.ignored_files`'s, what a notebook means `source.notebook`'s. Replacing
`given` files by the course's own copies comes after (`assignment.provided_files`).

Theory of operation. The web process must not inflate a stranger's bytes, the worker trusts nobody:

    web      pack     several files -> one zip; a zip stays as it is; then
             inspect  every rule that the list of contents can answer
    worker   unpack   the same again, then inflates, checks checksums, parses Python files and
                      puts modules in the place of notebooks

All reasons are reported together, so that a student mends a submission once. What is refused is
never repaired; only litter that operating systems and editors add by themselves is left out.
"""

import difflib
import fnmatch
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader import errors, models, wording
from grader.assignment import manifest as assignments
from grader.intake import archive, ignored_files
from grader.source import filenames, notebook, python_source

MAX_FILES = 200
MAX_FILE_BYTES = 60 * wording.MB  # one file, inflated; a sandbox writes none of 64 MiB
MAX_REASONS = 20  # said to the student; the rest is counted
MORE_REASONS = "And {} more faults of this kind."

_MAX_SENT_NAME_CHARS = 1024  # the folder that is taken off included; zip can hold 65 535 bytes
_KIND_IN_WORDS = {"zip": "one zip", "files": "plain files", "ipynb": "a notebook"}
_ARCHIVE_SUFFIXES = frozenset(
    {
        *(".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".7z", ".rar"),
        *(".jar", ".whl", ".egg"),
    }
)
# Formats that are zip files inside; nothing on the trusted side ever opens them.
_ZIP_BASED = frozenset(
    {
        *(".npz", ".pt", ".pth", ".ckpt", ".keras"),
        *(".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"),
    }
)


@dataclass(frozen=True, slots=True)
class _Listing:
    """What an archive would become: path in the submission -> entry, and remarks."""

    kept: list[tuple[str, archive.Entry]]
    notes: tuple[str, ...]
    reasons: tuple[str, ...]


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
    if _upload_kind(name) != "zip":
        data = _packed(uploads, manifest)
    inspect(data, manifest)
    return data


def inspect(data: bytes, manifest: assignments.Manifest) -> None:
    """Check every rule that the archive's list of contents can answer; inflates nothing.

    Raises:
        UploadRefused: with every reason found.
    """
    _checked_listing(data, manifest)


def paths(data: bytes, manifest: assignments.Manifest) -> list[str]:
    """The files of a stored upload as they will lie in the submission; inflates nothing.

    Raises:
        UploadRefused: with every reason found.
    """
    return [path for path, _ in _checked_listing(data, manifest).kept]


def unpack(data: bytes, manifest: assignments.Manifest) -> models.FileTree:
    """The files of a stored upload, validated; but for notebooks exactly the student's bytes.

    Raises:
        UploadRefused: with every reason found.
    """
    listing = _checked_listing(data, manifest)
    wanted = manifest.submission
    most_bytes = int(wanted.max_unpacked_mb * wording.MB)
    contents = archive.read(data, [info for _, info in listing.kept], most_bytes)
    files = dict(sorted(zip((path for path, _ in listing.kept), contents, strict=True)))
    stems = wanted.wanted if "ipynb" in wanted.accept else ()
    read = notebook.translate(files, stems)
    if reasons := [*read.reasons, *_content_faults(read.files, manifest)]:
        raise _refused(reasons)
    notes = listing.notes + ignored_files.shadow_notes(files) + read.notes
    notes += _report_notes(files, wanted.report)
    return models.FileTree(read.files, notes)


def _kind_faults(names: Sequence[str], accept: Sequence[str]) -> list[str]:
    if not names:
        return ["Nothing was uploaded; send the files of the assignment."]
    kinds = {name: _upload_kind(name) for name in names}
    if len(names) > 1 and "zip" in kinds.values():
        return ["Send either one zip file or single files, not both."]
    wanted = " or ".join(_KIND_IN_WORDS[kind] for kind in accept)
    return [
        f"'{filenames.shown(name)}': this assignment takes {wanted}, not {_KIND_IN_WORDS[kind]}."
        for name, kind in kinds.items()
        if kind not in accept
    ]


def _upload_kind(name: str) -> str:
    suffix = PurePosixPath(name).suffix.casefold()
    return {".zip": "zip", ".ipynb": "ipynb"}.get(suffix, "files")


def _packed(uploads: Sequence[tuple[str, bytes]], manifest: assignments.Manifest) -> bytes:
    """Plain uploads as a stored zip; what could not even be written is refused here."""
    names = [name for name, _ in uploads]
    if len(names) > archive.MAX_ENTRIES:
        raise _refused([f"{len(names)} files were sent; at most {MAX_FILES} are allowed."])
    if reasons := _name_faults(names):
        raise _refused(reasons)
    _refuse_too_large(sum(len(content) for _, content in uploads), manifest)
    return archive.write(dict(sorted(uploads)))


def _name_faults(names: Sequence[str]) -> list[str]:
    """Names no archive should hold; the finer rules see the names again in the listing."""
    faults = [fault for name in names if (fault := filenames.escape_fault(name))]
    long = [name for name in names if len(name) > _MAX_SENT_NAME_CHARS]
    faults += [f"'{filenames.shown(name)}': the name is too long; shorten it." for name in long]
    twice = [name for name, count in Counter(names).items() if count > 1]
    return faults + [
        f"'{filenames.shown(n)}': stands twice in the upload; keep one." for n in twice
    ]


def _refuse_too_large(size_bytes: int, manifest: assignments.Manifest) -> None:
    limit_mb = manifest.submission.max_upload_mb
    if size_bytes > limit_mb * wording.MB:
        sent = wording.megabytes(size_bytes)
        raise _refused([f"The upload is {sent}; this assignment takes {limit_mb:g} MB."])


def _checked_listing(data: bytes, manifest: assignments.Manifest) -> _Listing:
    _refuse_too_large(len(data), manifest)
    listing = _list(data, manifest.submission)
    if listing.reasons:
        raise _refused(listing.reasons)
    return listing


def _list(data: bytes, wanted: assignments.SubmissionRules) -> _Listing:
    """Entries -> paths of the submission, litter left out, with every fault of the list."""
    infos = archive.entries(data)
    faults = [f for info in infos if (f := _entry_fault(info))]
    if faults:  # names that cannot be trusted are not interpreted any further
        return _Listing([], (), tuple(faults))
    infos = [info for info in infos if not archive.is_folder(info)]
    asked_for = {*wanted.wanted, *wanted.given}
    folders = [part.folder for part in wanted.part if part.folder]
    found, notes = ignored_files.submission_paths(
        [i.orig_filename for i in infos], asked_for, folders
    )
    kept = [(path, info) for path, info in zip(found, infos, strict=True) if path is not None]
    paths = [path for path, _ in kept]
    reasons = [
        *(f for path in paths if (f := filenames.rule_fault(path))),
        *filenames.twin_faults(paths),
        *(f for path, info in kept for f in _file_faults(path, info)),
        *_total_faults(kept, int(wanted.max_unpacked_mb * wording.MB)),
        *_missing_faults(paths, wanted),
    ]
    return _Listing(kept, (*notes, *_absent_notes(paths, wanted)), tuple(reasons))


def _entry_fault(info: archive.Entry) -> str | None:
    return filenames.escape_fault(info.orig_filename) or archive.type_fault(info)


def _file_faults(path: str, info: archive.Entry) -> list[str]:
    faults = [fault] if (fault := archive.packing_fault(info)) else []
    suffix = PurePosixPath(path).suffix.casefold()
    if info.file_size > MAX_FILE_BYTES:
        faults.append(
            f"'{filenames.shown(path)}': is {wording.megabytes(info.file_size)}; one file may "
            f"have {wording.megabytes(MAX_FILE_BYTES)} at most."
        )
    if suffix in _ARCHIVE_SUFFIXES:
        faults.append(
            f"'{filenames.shown(path)}': is an archive in itself; send its files instead."
        )
    if suffix == ".py" and info.file_size > python_source.MAX_FILE_BYTES:
        faults.append(
            f"'{filenames.shown(path)}': is larger than "
            f"{wording.megabytes(python_source.MAX_FILE_BYTES)}; keep data out of source files."
        )
    return faults


def _total_faults(kept: Sequence[tuple[str, archive.Entry]], most_bytes: int) -> list[str]:
    if not kept:
        return ["The upload holds no files; send the files of the assignment."]
    faults = []
    if len(kept) > MAX_FILES:
        faults.append(f"The upload holds {len(kept)} files; at most {MAX_FILES} are allowed.")
    total = sum(info.file_size for _, info in kept)
    if total > most_bytes:
        path, info = max(kept, key=lambda item: item[1].file_size)
        faults.append(
            f"The files are {wording.megabytes(total)} unpacked; at most "
            f"{most_bytes / wording.MB:g} MB are allowed. The largest is '{filenames.shown(path)}' "
            f"({wording.megabytes(info.file_size)}); leave out data and checkpoints."
        )
    return faults


def _missing_faults(paths: Sequence[str], wanted: assignments.SubmissionRules) -> list[str]:
    have = _stems(paths, wanted)
    begun = [part for part in wanted.part if have.intersection(part.files)]
    asked_for = [*wanted.required, *(name for part in begun for name in part.files)]
    if wanted.part and not begun:
        asked_for = list(wanted.demanded)
    missing = [path for path in asked_for if path not in have]
    known = {*asked_for, *wanted.optional, *wanted.given}
    strangers = [path for path in paths if path not in known]  # a file that is meant stays
    return [
        f"{path}: this file is required and missing{_near_miss(path, strangers)}."
        for path in missing
    ]


def _stems(paths: Sequence[str], wanted: assignments.SubmissionRules) -> frozenset[str]:
    """The paths, and those of the modules that notebooks stand for."""
    notebooks = [path for path in paths if path.endswith(notebook.SUFFIX)]
    modules = map(notebook.module_of, notebooks if "ipynb" in wanted.accept else [])
    return frozenset([*paths, *modules])


def _absent_notes(paths: Sequence[str], wanted: assignments.SubmissionRules) -> list[str]:
    """One note per part of which nothing was sent."""
    have = _stems(paths, wanted)
    return [
        f"Nothing of {part.name} is in this upload ({', '.join(part.files)}), so its tasks earn "
        "nothing. To be graded on every part, send all of them in one upload."
        for part in wanted.part
        if not have.intersection(part.files)
    ]


def _near_miss(path: str, paths: Sequence[str]) -> str:
    """What the student may have meant by the file that is not there."""
    name = path.rpartition("/")[2].casefold()
    for sent in paths:
        if sent.casefold() == path.casefold():
            return f". You sent {filenames.shown(sent)}; the name is case-sensitive, rename it"
    for sent in paths:
        if sent.rpartition("/")[2].casefold() == name:
            return f". You sent {filenames.shown(sent)}; move it to {path}"
    short = [sent for sent in paths if len(sent) <= filenames.MAX_NAME_BYTES]
    close = difflib.get_close_matches(path, short[:MAX_FILES], n=1)
    return f". You sent {filenames.shown(close[0])}; if that is meant, rename it" if close else ""


def _content_faults(files: dict[str, bytes], manifest: assignments.Manifest) -> list[str]:
    """Reasons that only the bytes can give; given files are replaced, so they are not read."""
    reasons = [
        f"{path}: holds {kind}; send its files instead."
        for path, content in files.items()
        if PurePosixPath(path).suffix.casefold() not in _ZIP_BASED
        and (kind := archive.kind(content))
    ]
    given = frozenset(manifest.submission.given)
    sources = {
        p: c
        for p, c in files.items()
        if (p.endswith(".py") or notebook.is_cell(p)) and p not in given
    }
    return reasons + python_source.faults(sources, manifest.policy.forbid_imports)


def _report_notes(paths: Iterable[str], pattern: str) -> tuple[str, ...]:
    """A remark when no file has the name of a write-up that a person is to read."""
    if not pattern or any(fnmatch.fnmatchcase(path, pattern) for path in paths):
        return ()
    others = [filenames.shown(path) for path in paths if path.casefold().endswith(".pdf")]
    sent = f" (sent: {', '.join(others)})" if others else ""
    return (f"No file is named like {pattern}{sent}; the written tasks are marked from it.",)


def _refused(reasons: Sequence[str]) -> errors.UploadRefused:
    return errors.UploadRefused(wording.shortened(reasons, MAX_REASONS, MORE_REASONS))
