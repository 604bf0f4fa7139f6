"""What differs between two versions of a homework: its rubric, tests, and other files. Pure.

Owns the comparison of their files; that of their rubrics is `rubric_diff`'s. Whether results
differ is a regrade's to say.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader import errors
from grader.assignment import bundle, manifest, rubric_diff
from grader.source import syntax

TESTS = ("public", "hidden")


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """Tests by file and name, and other files by name; each of what is new, gone and different.

    Attributes:
        rubric: None where a manifest cannot be read by this release.
    """

    tests_added: tuple[str, ...] = ()
    tests_removed: tuple[str, ...] = ()
    tests_changed: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    rubric: rubric_diff.RubricChanges | None = None

    @property
    def nothing(self) -> bool:
        """Whether they are equal."""
        return not (self.tests_added or self.tests_removed or self.tests_changed or self.files)


def changes(old: bundle.Bundle, new: bundle.Bundle) -> VersionChanges:
    """What the newer version has that the older has not, and the other way round.

    A test is changed when its own text or decorators are; what its file has besides, a helper for
    example, is named as a file.
    """
    before, after = _tests(old), _tests(new)
    return VersionChanges(
        tests_added=tuple(sorted(after.keys() - before.keys())),
        tests_removed=tuple(sorted(before.keys() - after.keys())),
        tests_changed=tuple(
            sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
        ),
        files=tuple(sorted(_different(_others(old), _others(new)))),
        rubric=_rubric(old, new),
    )


def manifest_of(found: bundle.Bundle) -> manifest.Manifest:
    """A bundle's manifest.

    Raises:
        SuiteError: this release cannot read it.
    """
    name = f"{bundle.folders(found.slug)[0]}/assignment.toml"
    return manifest.parse(found.files[name], Path(name))


def _rubric(old: bundle.Bundle, new: bundle.Bundle) -> rubric_diff.RubricChanges | None:
    try:
        return rubric_diff.changes(manifest_of(old), manifest_of(new))
    except errors.SuiteError:
        return None


def _different(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    yield from (name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _tests(of: bundle.Bundle) -> dict[str, str]:
    """File and name -> text of each test."""
    return {
        f"{name}::{test}": ast.dump(node)
        for name, content in _test_files(of)
        for test, node in _functions(content)
    }


def _others(of: bundle.Bundle) -> dict[str, object]:
    """Name -> content of each file, without the tests in it."""
    tests = dict(_test_files(of))
    suite = f"{bundle.folders(of.slug)[0]}/"
    found: dict[str, object] = {}
    for name, content in of.files.items():
        short = name.removeprefix(suite)
        found[short] = _without_tests(content) if short in tests else content
    return found


def _test_files(of: bundle.Bundle) -> Iterator[tuple[str, bytes]]:
    suite = f"{bundle.folders(of.slug)[0]}/"
    for name, content in of.files.items():
        short = name.removeprefix(suite)
        is_inside = name.startswith(suite) and short.partition("/")[0] in TESTS
        if is_inside and short.endswith(".py"):
            yield short, content


def _functions(content: bytes) -> Iterator[tuple[str, ast.AST]]:
    for node in _parsed(content).body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for inner in node.body:
                if _is_test(inner):
                    yield f"{node.name}::{inner.name}", inner  # type: ignore[attr-defined]  # a function
        elif _is_test(node):
            yield node.name, node  # type: ignore[attr-defined]  # a function


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test")


def _without_tests(content: bytes) -> str:
    tree = _parsed(content)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            node.body = [inner for inner in node.body if not _is_test(inner)]
    return ast.dump(tree)


def _parsed(content: bytes) -> ast.Module:
    """A version was read before it was kept, so this is Python."""
    try:
        return syntax.parsed(content)
    except (SyntaxError, ValueError):
        return ast.Module([], [])
