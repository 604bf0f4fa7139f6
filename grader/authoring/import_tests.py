"""From tests of Otter or nbgrader to files of a suite: what is written, and what is left to do.

Owns the files and the report; the rewriting is `peer_cases`'. Nothing is written over what is
there.
"""

import enum
from dataclasses import dataclass
from pathlib import Path

from grader import errors
from grader.assignment import manifest as assignments
from grader.authoring import nbgrader_cases, otter_cases, peer_cases


class Peer(enum.StrEnum):
    """Whose tests they are."""

    OTTER = "otter"  # a folder of tests/*.py, or one such file
    NBGRADER = "nbgrader"  # an instructor's notebook, or a folder of them


@dataclass(frozen=True, slots=True)
class ImportedTests:
    """What became of the tests.

    Attributes:
        written: the files.
        left: each test that has no form here, and why.
        tasks: ids that the manifest does not have, with their points.
    """

    written: tuple[Path, ...]
    left: tuple[tuple[str, str], ...]
    tasks: tuple[tuple[str, float], ...]


def take(assignment: assignments.Assignment, peer: Peer, path: Path) -> ImportedTests:
    """Write the tests of a file or folder into the suite.

    Raises:
        SuiteError: there are none, or a file of that name is there already.
    """
    module = Path(assignment.manifest.submission.required[0]).stem
    files: dict[Path, str] = {}
    left: list[tuple[str, str]] = []
    points: dict[str, float] = {}
    for source in _sources(peer, path):
        found = _read(peer, source)
        made, reasons = _files(assignment, source.stem, module, found)
        if both := files.keys() & made.keys():
            raise errors.SuiteError(f"{source}: a second file for {min(both)}; import them apart.")
        files |= made
        left += [*found.left, *reasons]
        for case in found.cases:
            points[case.task] = points.get(case.task, 0.0) + (case.points or 0.0)
        points |= found.points
    if not (files or left):
        raise errors.SuiteError(
            f"{path}: no tests. Take the instructor's version: nbgrader's source/, or what `otter "
            "assign` writes below autograder/."
        )
    _write(files)
    known = {task.id for task in assignment.manifest.task}
    missing = tuple((task, worth) for task, worth in points.items() if task not in known)
    return ImportedTests(tuple(files), tuple(left), missing)


def _sources(peer: Peer, path: Path) -> list[Path]:
    patterns = {Peer.OTTER: ("*.py", "*.ipynb"), Peer.NBGRADER: ("*.ipynb",)}[peer]
    found = [path] if path.is_file() else []
    found += sorted(one for pattern in patterns for one in path.rglob(pattern))
    if not found:
        raise errors.SuiteError(f"{path}: no {' or '.join(patterns)} there.")
    return found


def _read(peer: Peer, source: Path) -> peer_cases.Found:
    if peer is Peer.NBGRADER:
        return nbgrader_cases.of_notebook(source.read_bytes(), source.name)
    if source.suffix == ".ipynb":
        return otter_cases.of_notebook(source.read_bytes(), source.name)
    return otter_cases.of_file(source.read_text(encoding="utf-8"), source.name)


def _files(
    assignment: assignments.Assignment, stem: str, module: str, found: peer_cases.Found
) -> tuple[dict[Path, str], list[tuple[str, str]]]:
    """Public and hidden cases of one file as a test file each."""
    functions: dict[bool, list[str]] = {False: [], True: []}
    left = []
    imports = [*found.imports, *peer_cases.CONVENTIONS]
    bound = peer_cases.names_of(imports)
    for number, case in enumerate(found.cases, 1):
        try:
            functions[case.hidden].append(peer_cases.function(case, number, module, bound))
        except peer_cases.CannotConvertError as exc:
            left.append((case.name, str(exc)))
    files = {
        assignment.suite_dir / folder / f"test_{stem}.py": peer_cases.file(
            f"Imported from {stem}.", imports, functions[folder == "hidden"]
        )
        for folder in ("public", "hidden")
        if functions[folder == "hidden"]
    }
    return files, left


def _write(files: dict[Path, str]) -> None:
    for path in files:
        if path.exists():
            raise errors.SuiteError(f"{path} is there already; move it away first.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
