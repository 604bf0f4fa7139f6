"""Imports of public tests that work where the suite lies and not in a students' package.

Owns finding them. On the service `public` and `hidden` are folders of the suite and can be
imported; at home there is public_tests alone, and `grader check` would end at such a line before
the first test. So a suite is fit for students only if this finds nothing.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from grader.assignment import suite_sources


def beyond_package(suite_dir: Path) -> list[str]:
    """What students would lack, as sentences with file and line; the files are in a fixed order.

    Raises:
        SuiteError: a file is no Python.
    """
    return [
        f"{path.relative_to(suite_dir).as_posix()}, line {line}: students have no module "
        f"{module!r}. Put what the test needs into public/, and import it as `from .helper import "
        "x`."
        for path in sorted((suite_dir / "public").rglob("*.py"))
        for line, module in _imported(suite_sources.parsed(path))
        if module.partition(".")[0] in suite_sources.TESTS
    ]


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Lines and full names of what a file imports; neighbours, with one dot, are left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((node.lineno, name) for name in names)
