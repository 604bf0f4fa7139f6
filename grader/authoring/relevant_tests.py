"""Which test files can tell that a file of the reference was changed.

Owns the rule: those that name the changed module, or one that imports it, in whatever folder of
the course. A mutant of one file need not meet the tests of the others; that is most of the time of
a check. What tests share, helpers and `conftest.py`, speaks for those that use it. In doubt a file
is taken. Does not own what mutants are (`authoring.named_mutants`, `authoring.mutants`).
"""

import ast
import collections
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from grader import disk, models
from grader.assignment import lost_tests, provided_files
from grader.assignment import manifest as assignments
from grader.source import syntax
from grader.suite import run_options

CONFTEST = "conftest.py"
STAGE = "stage"  # what tests call the suite's own helpers next to the submission


def of(
    assignment: assignments.Assignment, reference: models.FileTree, changed: str
) -> tuple[str, ...]:
    """Test files, relative to the suite; empty for all.

    Args:
        changed: the file of the reference that was changed.
    """
    if not changed.endswith(".py"):  # data: any code may read it
        return ()
    texts = dict(_texts(assignment))
    words = _with_helpers(_reaching(assignment, reference, changed), texts)
    named = re.compile(rf"\b({'|'.join(map(re.escape, sorted(words)))})\b")
    reached = {PurePosixPath(name) for name, text in texts.items() if named.search(text)}
    # A fixture is used by its own name, anywhere below.
    folders = {path.parent for path in reached if path.name == CONFTEST}
    tests = (path for path in map(PurePosixPath, texts) if lost_tests.is_of_tests(path))
    return tuple(str(p) for p in tests if p in reached or folders & set(p.parents))


def _with_helpers(words: set[str], texts: Mapping[str, str]) -> set[str]:
    """With the helpers next to the tests that name one of them."""
    helpers = collections.defaultdict[str, set[str]](set)
    for name, text in texts.items():
        if not lost_tests.is_of_tests(PurePosixPath(name)):
            helpers[_stem(name)] |= _words(text.encode())
    return _closure(words, helpers)


def _reaching(
    assignment: assignments.Assignment, reference: models.FileTree, changed: str
) -> set[str]:
    """Last names of the changed module and of all that import it, directly or through others."""
    sources = {**reference.files, **provided_files.files(assignment)}
    imports = {_stem(path): _imported(text) for path, text in sources.items() if _is_code(path)}
    helpers = provided_files.helpers(assignment)
    imports[STAGE] = {word for text in helpers.values() for word in _words(text)}
    return _closure({_stem(changed)}, imports)


def _closure(found: set[str], imports: Mapping[str, set[str]]) -> set[str]:
    """With everything that imports one of them."""
    more = {stem for stem, names in imports.items() if names & found} | found
    return found if more == found else _closure(more, imports)


def _texts(assignment: assignments.Assignment) -> Iterator[tuple[str, str]]:
    """Every Python file next to the tests, they among them."""
    for folder in run_options.test_folders(assignment.suite_dir):
        for name, path in disk.files(assignment.suite_dir / folder):
            if path.suffix == ".py":
                yield f"{folder}/{name}", path.read_text()


def _is_code(path: str) -> bool:
    return path.endswith(".py")


def _stem(path: str) -> str:
    """The last name of a module; of a package, the package's."""
    pure = PurePosixPath(path)
    return pure.parent.name if pure.stem == "__init__" and pure.parent.name else pure.stem


def _imported(source: bytes) -> set[str]:
    """Every name that stands in an import, its parts apart."""
    names = set[str]()
    for node in ast.walk(syntax.parsed(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {part for alias in node.names for part in alias.name.split(".")}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= set(node.module.split("."))
    return names


def _words(source: bytes) -> set[str]:
    return set(re.findall(r"\w+", source.decode(errors="replace")))
