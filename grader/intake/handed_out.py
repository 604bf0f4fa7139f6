"""What a student's package says of its homework, so that the home run knows what the service knows.

Owns the file `public_tests/homework.json`: the files that are asked for, the rules on source, the
tasks and their points, and the code that students were given. All of it stands on the homework's
page or in the package itself; nothing of limits, schedules and hidden tests is in it. Making
packages is `authoring.template_builder`'s.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from grader.assignment import manifest as assignments
from grader.intake import source_rules

NAME = "homework.json"
FOLDER = "public_tests"
_TOP = ("slug", "title", "course", "total_points")
_OF_TASK = ("id", "title", "points", "kind", "manual_without")


def of(manifest: assignments.Manifest, package: Mapping[str, bytes]) -> bytes:
    """The file for a homework.

    Args:
        package: files of the student's package, by path.
    """
    found: dict[str, Any] = {name: getattr(manifest, name) for name in _TOP}
    found["submission"] = _told(manifest.submission)
    found["policy"] = _told(manifest.policy)
    found["environment"] = _told(manifest.environment)
    tasks = map(msgspec.to_builtins, manifest.task)
    found["task"] = [{name: task[name] for name in _OF_TASK if task[name]} for task in tasks]
    for task in found["task"]:
        task.setdefault("points", 0)
    names = source_rules.template_names(manifest)
    given = {name: package[name].decode() for name in names if name in package}
    text = msgspec.json.encode({"manifest": found, "given": given})
    return msgspec.json.format(text, indent=1) + b"\n"


def _told(table: msgspec.Struct) -> dict[str, Any]:
    """A table without what stands at an empty default."""
    return {name: value for name, value in msgspec.to_builtins(table).items() if value}


class _Homework(msgspec.Struct, frozen=True):
    manifest: assignments.Manifest
    given: dict[str, str] = {}  # msgspec copies an empty default


def read(tests: Path) -> source_rules.SourceRules | None:
    """The rules of the homework whose public tests these are; None if they are not known.

    An older package has no such file, and one of a newer version may not be understood.

    Args:
        tests: the folder that holds `public_tests/`.
    """
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        path = tests / FOLDER / NAME
        found = msgspec.json.decode(path.read_bytes(), type=_Homework)
        given = {name: text.encode() for name, text in found.given.items()}
        return source_rules.SourceRules(found.manifest, given, str(path))
    return None
