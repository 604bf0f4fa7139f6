"""What an archive's list of contents would become: paths in a submission, remarks, every fault.

Owns the rules that names and sizes alone can answer: required files, bounds, what is left out with
a note, what counts under another name. Nothing is inflated. What the bytes must be is
`intake.uploads`'s, facts of zip files are `intake.archive`'s.

Theory of operation. Names that point outside are refused before anything is interpreted. Then each
step sees what the one before has kept: leftovers go, folders come off the top (`ignored_files`),
copies get their asked-for names (`renamed_files`), and what nobody asked for and could not be used
is left out. So a file that is not needed never refuses the ones that are.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

from grader import wording
from grader.assignment import manifest as assignments
from grader.intake import archive, ignored_files, renamed_files
from grader.source import filenames, notebook, notebook_reader, python_source

MAX_FILES = 200
MAX_NOTEBOOK_BYTES = notebook_reader.MAX_BYTES
ARCHIVES_LEFT_OUT = "Left out, because archives inside an upload are not opened"
MAY_BE_EMPTY = "__init__.py"
ARCHIVE_SUFFIXES = frozenset(
    {
        *(".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".7z", ".rar"),
        *(".jar", ".whl", ".egg"),
    }
)


Placed: TypeAlias = list[tuple[str, archive.Entry]]  # path in the submission, entry


@dataclass(frozen=True, slots=True)
class Listing:
    """What an archive would become, remarks, and every reason to refuse it."""

    kept: Placed
    notes: tuple[str, ...]
    reasons: tuple[str, ...]


def of(infos: Sequence[archive.Entry], wanted: assignments.SubmissionRules) -> Listing:
    """The submission that these entries are, or every reason why they are none."""
    faults = [fault for info in infos if (fault := _entry_fault(info))]
    if faults:  # names that cannot be trusted are not interpreted any further
        return Listing([], (), tuple(faults))
    infos = [info for info in infos if not archive.is_folder(info)]
    asked_for = {*wanted.wanted, *wanted.given}
    folders = [part.folder for part in wanted.part if part.folder]
    found, notes = ignored_files.submission_paths(
        [archive.name(info) for info in infos], asked_for, folders, wanted.demanded
    )
    placed = [(path, info) for path, info in zip(found, infos, strict=True) if path is not None]
    placed, renamed_notes = _under_asked_names(placed, wanted)
    kept, left_out = _usable(placed, wanted)
    paths = [path for path, _ in kept]
    reasons = _archives_alone(placed, wanted) or [
        *filenames.twin_faults(paths),
        *(f for path, info in kept for f in _file_faults(path, info)),
        *_empty_faults(kept, wanted),
        *_total_faults(kept, wanted),
        *_missing_faults([path for path, _ in placed], paths, wanted),
    ]
    notes = (*notes, *renamed_notes, *left_out, *_absent_notes(paths, wanted))
    return Listing(kept, notes, tuple(reasons))


def only_zip(infos: Sequence[archive.Entry]) -> archive.Entry | None:
    """The zip that is all there is in an archive, leftovers aside."""
    files = [info for info in infos if not archive.is_folder(info)]
    real = [info for info in files if not ignored_files.leftover(archive.name(info))]
    if len(real) != 1 or not archive.name(real[0]).casefold().endswith(".zip"):
        return None
    return real[0]


def _entry_fault(info: archive.Entry) -> str | None:
    """Why an entry is not even looked at."""
    path = archive.name(info)
    is_top = info.orig_filename and not path  # the folder around all, as some programs list it
    fault = None if is_top else filenames.escape_fault(path)
    return fault or (archive.type_fault(info) if archive.is_folder(info) else None)


def _under_asked_names(
    placed: Placed, wanted: assignments.SubmissionRules
) -> tuple[Placed, list[str]]:
    chosen, notes = renamed_files.meant([path for path, _ in placed], wanted)
    return [(chosen.get(path, path), info) for path, info in placed], notes


def _usable(placed: Placed, wanted: assignments.SubmissionRules) -> tuple[Placed, tuple[str, ...]]:
    """Without what nobody asked for and could not be used, and notes on that."""
    asked_for = {*wanted.wanted, *wanted.given}
    kept = [(path, info) for path, info in placed if path in asked_for]
    taken, why = {filenames.stored_key(path) for path, _ in kept}, dict[str, list[str]]()
    for path, info in placed:
        if path in asked_for:
            continue
        if reason := _uselessness(path, info, taken):
            why.setdefault(reason, []).append(path)
        else:
            kept.append((path, info))
            taken.add(filenames.stored_key(path))
    return kept, tuple(ignored_files.note(reason, names) for reason, names in why.items())


def _uselessness(path: str, info: archive.Entry, taken: set[str]) -> str:
    """Why an unasked file is left out, as the beginning of a note; empty if it is kept."""
    if archive.type_fault(info):
        return "Left out, because these are links or special files"
    if PurePosixPath(path).suffix.casefold() in ARCHIVE_SUFFIXES:
        return ARCHIVES_LEFT_OUT
    if filenames.rule_fault(path):
        return (
            "Left out, because a submission's names have only letters A-Z and a-z, digits, '.', "
            "'_' and '-' (rename what your code needs)"
        )
    if filenames.stored_key(path) in taken:
        return "Left out, because another file has the same name, or the same but for case"
    return ""


# ---- faults -------------------------------------------------------------------------------


def _file_faults(path: str, info: archive.Entry) -> list[str]:
    fault = archive.type_fault(info) or archive.packing_fault(info)
    faults = [fault] if fault else []
    suffix = PurePosixPath(path).suffix.casefold()
    if suffix == notebook.SUFFIX and info.file_size > MAX_NOTEBOOK_BYTES:
        faults.append(
            f"'{filenames.shown(path)}': is {wording.megabytes(info.file_size)}; a notebook may "
            f"have {wording.megabytes(MAX_NOTEBOOK_BYTES)} at most; clear its outputs and save it "
            "again."
        )
    if suffix == ".py" and info.file_size > python_source.MAX_FILE_BYTES:
        faults.append(
            f"'{filenames.shown(path)}': is larger than "
            f"{wording.megabytes(python_source.MAX_FILE_BYTES)}; keep data out of source files."
        )
    return faults


def _empty_faults(kept: Placed, wanted: assignments.SubmissionRules) -> list[str]:
    """Saved too early, or uploaded while the disk was full: nobody means to submit nothing."""
    return [
        f"{path}: is empty (0 bytes); save your work in it and send it again."
        for path, info in kept
        if path in wanted.demanded and not info.file_size and not path.endswith(MAY_BE_EMPTY)
    ]


def most_bytes(kept: Placed, wanted: assignments.SubmissionRules) -> int:
    """What all files together may have when they are unpacked.

    Of a notebook only the code reaches the sandbox, and most of it are outputs.
    """
    modules = wanted.wanted if "ipynb" in wanted.accept else ()
    books = [i for path, i in kept if any(notebook.stands_for(path, name) for name in modules)]
    free = min(sum(info.file_size for info in books), MAX_NOTEBOOK_BYTES)
    return int(wanted.max_unpacked_mb * wording.MB) + free


def _total_faults(kept: Placed, wanted: assignments.SubmissionRules) -> list[str]:
    if not kept:
        return ["The upload holds no files; send the files of the assignment."]
    faults = []
    if len(kept) > MAX_FILES:
        faults.append(f"The upload holds {len(kept)} files; at most {MAX_FILES} are allowed.")
    total = sum(info.file_size for _, info in kept)
    if total > (most := most_bytes(kept, wanted)):
        path, info = max(kept, key=lambda item: item[1].file_size)
        remedy = "leave out data and checkpoints"
        if path.endswith(notebook.SUFFIX):
            remedy = "clear its outputs and save it again"
        sizes = [wording.megabytes(size) for size in (total, most, info.file_size)]
        faults.append(
            f"The files are {sizes[0]} unpacked; at most {sizes[1]} are allowed. The largest is "
            f"'{filenames.shown(path)}' ({sizes[2]}); {remedy}."
        )
    return faults


def _missing_faults(
    sent: Sequence[str], kept: Sequence[str], wanted: assignments.SubmissionRules
) -> list[str]:
    """Which required files are not there, and what may be meant by them.

    Args:
        sent: all paths, those that were left out included.
    """
    have = _stems(kept, wanted)
    begun = [part for part in wanted.part if have.intersection(part.files)]
    asked_for = [*wanted.required, *(name for part in begun for name in part.files)]
    if wanted.part and not begun:
        asked_for = list(wanted.demanded)
    missing = [path for path in asked_for if path not in have]
    known = {*asked_for, *wanted.optional, *wanted.given}
    strangers = [path for path in sent if path not in known]  # a file that is meant stays
    archives = [p for p in strangers if PurePosixPath(p).suffix.casefold() in ARCHIVE_SUFFIXES]
    return [
        *map(_unopened, archives if missing else []),
        *(
            f"{path}: this file is required and missing{_near_miss(path, strangers, wanted)}."
            for path in missing
        ),
    ]


def _archives_alone(placed: Placed, wanted: assignments.SubmissionRules) -> list[str]:
    """The one reason where nothing but archives was sent: of their files nothing is known."""
    strangers = [path for path, _ in placed if path not in wanted.wanted]
    archives = [p for p in strangers if PurePosixPath(p).suffix.casefold() in ARCHIVE_SUFFIXES]
    return [_unopened(path) for path in archives] if len(archives) == len(placed) else []


def _unopened(path: str) -> str:
    return (
        f"'{filenames.shown(path)}': is an archive in itself; send its files instead, either all "
        "in one zip or all as single files."
    )


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


def _near_miss(path: str, sent: Sequence[str], wanted: assignments.SubmissionRules) -> str:
    """What the student may have meant by the file that is not there."""
    name = path.rpartition("/")[2].casefold()
    for other in sent:
        if other.casefold() == path.casefold():
            return f". You sent {filenames.shown(other)}; the name is case-sensitive, rename it"
    for other in sent:
        if other.rpartition("/")[2].casefold() == name:
            return f". You sent {filenames.shown(other)}; move it to {path}"
    if advice := renamed_files.advice(path, sent, wanted):
        return advice
    short = [other for other in sent if len(other) <= filenames.MAX_NAME_BYTES]
    close = difflib.get_close_matches(path, short[:MAX_FILES], n=1)
    if not close:
        return ""
    return f". You sent {filenames.shown(close[0])}; if that is meant, rename it to {path}"
