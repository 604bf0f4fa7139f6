"""The Python of a suite, looked at before anybody meets it: does it parse, does it name real tasks.

Owns the check of a suite's text. Nothing is imported or run: what a test does is found out by
`grader suite check`, and what it says of a submission by a run.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from grader import errors
from grader.assignment import manifest, manifest_faults
from grader.source import syntax

TESTS = ("public", "hidden")


def check(assignment: manifest.Assignment) -> None:
    """Look at every Python file of a suite.

    Raises:
        SuiteError: one of them is no Python, or a test is for a task or facet that the rubric has
            not; with file and line.
    """
    for path in manifest.suite_files(assignment.suite_dir):
        if path.suffix == ".py":
            tree = _parsed(path)
            if path.relative_to(assignment.suite_dir).parts[0] in TESTS:
                _check_tasks(assignment.manifest, path, tree)


def _parsed(path: Path) -> ast.Module:
    try:
        return syntax.parsed(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as exc:
        line = getattr(exc, "lineno", None) or 1
        reason = exc.msg if isinstance(exc, SyntaxError) else str(exc)
        raise errors.SuiteError(f"{path}, line {line}: this is not Python: {reason}.") from exc


def _check_tasks(rubric: manifest.Manifest, path: Path, tree: ast.Module) -> None:
    known = {task.id: task for task in rubric.task}
    for call in _marks(tree):
        task_id, where = _text(call.args[0]), f"{path}, line {call.lineno}"
        if task_id is None:
            continue
        if task_id not in known:
            advice = manifest_faults.advice(task_id, known)
            raise errors.SuiteError(f"{where}: the rubric has no task {task_id!r}{advice}")
        for keyword in call.keywords:
            facet = _text(keyword.value) if keyword.arg == "facet" else None
            if facet and facet not in known[task_id].facets:
                advice = manifest_faults.advice(facet, known[task_id].facets)
                raise errors.SuiteError(f"{where}: task {task_id} has no facet {facet!r}{advice}")


def _marks(tree: ast.Module) -> Iterator[ast.Call]:
    """The decorators `@task(...)` of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and mark.args and _name(mark.func) == "task":
                    yield mark


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(value: ast.expr) -> str | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
