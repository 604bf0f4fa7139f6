"""What an upload imports and the sandbox does not have: notes for the report, and what dooms all.

Owns the wording. Which imports these are is `source.importable`'s; at run time the sandbox stands
in for missing modules (`rpc.missing_modules`), so an upload is refused only if every required file
fails as soon as it is imported.
"""

import ast
import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from grader import wording
from grader.assignment import manifest as assignments
from grader.source import importable, notebook, python_source

MAX_PLACES = 4  # said of each module
MAX_NOTES = 10


def notes(
    files: Mapping[str, bytes], given: Collection[str] = (), added: Sequence[str] = ()
) -> tuple[str, ...]:
    """One line for each module that the sandbox lacks, and one that says what it has.

    Args:
        files: of the submission, none of which `python_source.faults` has found fault with.
        given: paths of the course's files.
        added: the assignment's own packages, as in its manifest.
    """
    own = _own([*files, *given])
    students = {path: source for path, source in files.items() if path not in given}
    places, said = dict[str, list[str]](), list(_relative(students))
    for path, found in _unsatisfied(students, own, added):
        where = f"{path}, line {found.line}"
        if found.similar:
            said.append(_misspelt(where, found, own))
        else:
            places.setdefault(found.module, []).append(where)
    for module, listed in sorted(places.items()):
        shown = "; ".join(wording.shortened(listed, MAX_PLACES, "and {} more places"))
        said.append(
            f"{module} is not in the sandbox ({shown}): code that uses it fails, the rest is "
            "graded."
        )
    if not said:
        return ()
    available = ", ".join(importable.modules(added))
    shortened = wording.shortened(said, MAX_NOTES, "And {} more imports like these.")
    return (*shortened, f"Besides Python's standard library there are: {available}.")


def faults(files: Mapping[str, bytes], manifest: assignments.Manifest) -> list[str]:
    """Why not one of the required Python files can be imported; empty if one of them can."""
    own = _own([*files, *manifest.submission.given])
    demanded = [path for path in manifest.submission.demanded if path in files]
    python = [path for path in demanded if path.endswith(".py")]
    added = manifest.environment.packages
    found = {path: list(_dooms(path, files, own, added)) for path in python}
    return [fault for each in found.values() for fault in each] if all(found.values()) else []


def _dooms(
    path: str, files: Mapping[str, bytes], own: Mapping[str, str], added: Sequence[str]
) -> Iterator[str]:
    """Imports at which a file ends, whatever else is in it. A notebook only loses the statement."""
    if notebook.origins(path, files).keys() != {path}:
        return
    for _, found in _unsatisfied({path: files[path]}, own, added):
        if found.similar:
            yield _misspelt(f"{path}, line {found.line}", found, own)
    yield from _relative({path: files[path]})


def _relative(files: Mapping[str, bytes]) -> Iterator[str]:
    """Relative imports in files that lie in no folder, and so in no package."""
    for path, tree in _trees({p: source for p, source in files.items() if "/" not in p}):
        for line in importable.relative(tree):
            yield (
                f"{path}, line {line}: an import that begins with a dot works only inside a "
                "package; write the name of the file without the dot."
            )


def _misspelt(where: str, found: importable.Unsatisfied, own: Mapping[str, str]) -> str:
    return (
        f"{where}: there is no module {found.module}; did you mean {own[found.similar]}? Nothing "
        "below that line can be used."
    )


def _unsatisfied(
    files: Mapping[str, bytes], own: Mapping[str, str], added: Sequence[str]
) -> Iterator[tuple[str, importable.Unsatisfied]]:
    for path, tree in _trees(files):
        for found in importable.unsatisfied(tree, own, added):
            yield path, found


def _trees(files: Mapping[str, bytes]) -> Iterator[tuple[str, ast.Module]]:
    for path, source in files.items():
        if path.endswith(".py") or notebook.is_cell(path):
            with contextlib.suppress(SyntaxError, ValueError, RecursionError):  # judged elsewhere
                yield path, python_source.tree_of(source)


def _own(paths: Sequence[str]) -> dict[str, str]:
    """Names of a submission's modules and packages, at the top and below, and their files."""
    python = sorted((path for path in paths if path.endswith(".py")), key=lambda p: p.count("/"))
    found = dict[str, str]()
    for path in python:
        for part in PurePosixPath(path).with_suffix("").parts:
            found.setdefault(part, path)
    return found
