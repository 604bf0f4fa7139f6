"""Exports of other systems: whose work each file of one is. Pure.

Owns the names that Gradescope, Canvas and Moodle give to the files of their exports. What is done
with a student's files is `grader.intake.bulk_archive`'s.

    Gradescope  submission_1234/layers.py beside submission_metadata.yml
    Canvas      leejann_LATE_4711_99_layers.py
    Moodle      Ann Lee_4711_assignsubmission_file_/layers.py
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import yaml

from grader import errors, wording

METADATA = "submission_metadata.yml"
MAX_METADATA_BYTES = 20 * wording.MB
_CANVAS = re.compile(r"(?P<name>[^_]+)(?:_LATE)?_(?P<user>\d+)_(?P<file>\d+)_(?P<original>.+)")
_REPEATED = re.compile(r"-\d+(?=\.\w+$)")  # Canvas' mark of a file that was sent again
_MOODLE = re.compile(r"(?P<name>.+)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)_?")

T = TypeVar("T")
Paths = Mapping[tuple[str, ...], T]


def named(files: Paths[T], metadata: bytes | None = None) -> Paths[T]:
    """The files with the student's name as the first part of each path.

    Args:
        files: parts of the path -> anything.
        metadata: Gradescope's, which is not among the files.

    Returns:
        The same files where no system's names are found.

    Raises:
        UploadRefused: the metadata cannot be read.
    """
    if metadata is not None:
        who = _submitters(metadata)
        return {(who.get(path[0], path[0]), *path[1:]): body for path, body in files.items()}
    if files and all(len(path) == 1 and _CANVAS.fullmatch(path[0]) for path in files):
        return _of_canvas(files)
    if any(_MOODLE.fullmatch(path[0]) for path in files):
        return _of_moodle(files)
    return files


def is_student(folder: str) -> bool:
    """Whether a folder of this name is one student's in an export."""
    return _MOODLE.fullmatch(folder) is not None


def _of_canvas(files: Paths[T]) -> Paths[T]:
    """Names there are cut short and not unique; the number in brackets is Canvas' own."""
    renamed: dict[tuple[str, ...], T] = {}
    for path, body in files.items():
        match = _CANVAS.fullmatch(path[0])
        assert match is not None  # the caller has looked
        student = f"{match['name']} ({match['user']})"
        plain = (student, _REPEATED.sub("", match["original"]))
        renamed[plain if plain not in renamed else (student, match["original"])] = body
    return renamed


def _of_moodle(files: Paths[T]) -> Paths[T]:
    matches = {path[0]: _MOODLE.fullmatch(path[0]) for path in files}
    numbers: dict[str, set[str]] = {}
    for match in filter(None, matches.values()):
        numbers.setdefault(match["name"], set()).add(match["user"])

    def student(folder: str) -> str:
        match = matches[folder]
        if match is None:
            return folder
        namesakes = len(numbers[match["name"]]) > 1
        return f"{match['name']} ({match['user']})" if namesakes else match["name"]

    return {(student(path[0]), *path[1:]): body for path, body in files.items()}


def _submitters(metadata: bytes) -> dict[str, str]:
    """Folder -> its submitters' addresses; of those without one the number, or the name."""
    try:
        entries = yaml.load(metadata, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as exc:
        raise errors.UploadRefused(f"{METADATA} cannot be read: {str(exc)[:200]}") from exc
    if not isinstance(entries, dict):
        raise errors.UploadRefused(f"{METADATA} names no submissions; export them again.")
    who = {folder: _people(entry) for folder, entry in entries.items() if isinstance(folder, str)}
    return {folder: people for folder, people in who.items() if people}


def _people(entry: Any) -> str:
    """All submitters of a group's work, as one name."""
    submitters = entry.get(":submitters") if isinstance(entry, dict) else None
    people = (
        [one for one in submitters if isinstance(one, dict)] if isinstance(submitters, list) else []
    )
    names = (one.get(":email") or one.get(":sid") or one.get(":name") for one in people)
    # Aliases make lists of lists that would take more text than there is memory.
    return ", ".join(str(name) for name in names if name and isinstance(name, str | int))
