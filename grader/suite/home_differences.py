"""What a student's own machine has otherwise than the sandbox, said by `grader check`.

Owns these sentences: modules that only one of the two has, versions that differ, what is deprecated
here and may be an error there. Running the tests is `suite.local_run`'s.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from grader.intake import ignored_files, missing_imports
from grader.source import importable

WARNED = re.compile(
    r"^\S*/run\d+/(?P<file>[^\n:]+):(?P<line>\d+): \w*DeprecationWarning: (?P<text>.+)$",
    re.MULTILINE,
)


def before(files: Mapping[str, bytes], tests: Path, given: Collection[str] = ()) -> Iterator[str]:
    """What can be said before the tests run.

    Args:
        files: of the submission, modules in the place of notebooks.
        tests: the folder that holds `public_tests/`, and the course's `requirements.txt` if it
            adds packages.
        given: paths of the course's files, in which no student changes an import.
    """
    listed = tests / importable.REQUIREMENTS
    added = importable.added_by(listed.read_text()) if listed.is_file() else []
    course = {path for path in files if ignored_files.is_of_the_course(path)}
    yield from missing_imports.notes(files, {*given, *course}, added)
    yield from _versions(files)


def _versions(files: Mapping[str, bytes]) -> Iterator[str]:
    """One sentence for each package that is used and of another minor version here."""
    whole = b"\n".join(content for path, content in files.items() if _is_source(path))
    for package in importable.PACKAGES:
        used = re.search(rb"^\s*(?:import|from)\s+.*\b%s\b" % package.module.encode(), whole, re.M)
        here = _installed(package.name) if used else ""
        if here and here.split(".")[:2] != package.version.split(".")[:2]:
            yield (
                f"{package.name} is {here} here and {package.version} where it is graded; what is "
                "deprecated or new in one of them may fail in the other."
            )


def _is_source(path: str) -> bool:
    return path.endswith(".py") or ", cell " in path


def _installed(name: str) -> str:
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""


def deprecations(outputs: Iterable[str]) -> list[str]:
    """Deprecated uses in the student's own files, each once, from what the tests printed."""
    found = dict.fromkeys(
        f"{match['file']}, line {match['line']}: {match['text']}"
        for output in outputs
        for match in WARNED.finditer(output)
    )
    if not found:
        return []
    return ["Deprecated here; newer versions, as where it is graded, may refuse it:", *found]
