"""The Python of a suite, looked at before anybody meets it: does it parse, does it name real tasks.

Owns the check of a suite's text. Nothing is imported or run: what a test does is found out by
`grader suite check`, and what it says of a submission by a run.
"""

import ast
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
            tree = parsed(path)
            if path.relative_to(assignment.suite_dir).parts[0] in TESTS:
                _check_tasks(assignment.manifest, path, tree)


def parsed(path: Path) -> ast.Module:
    """The syntax of a file of a suite.

    Raises:
        SuiteError: it is no Python; with file and line.
    """
    try:
        return syntax.parsed(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as exc:
        line = getattr(exc, "lineno", None) or 1
        reason = exc.msg if isinstance(exc, SyntaxError) else str(exc)
        raise errors.SuiteError(f"{path}, line {line}: this is not Python: {reason}.") from exc


def _check_tasks(rubric: manifest.Manifest, path: Path, tree: ast.Module) -> None:
    known = {task.id: task for task in rubric.task}
    for call in marks(tree):
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


def marks(tree: ast.Module) -> list[ast.Call]:
    """The decorators `@task(...)` of a file."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return [mark for function in functions if (mark := task_mark(function))]


def task_mark(function: ast.FunctionDef) -> ast.Call | None:
    """The decorator `@task(...)` of a function, if it has one."""
    calls = (mark for mark in function.decorator_list if isinstance(mark, ast.Call))
    return next((call for call in calls if call.args and last_name(call.func) == "task"), None)


def last_name(function: ast.expr) -> str:
    """What is called, without the module that it is of."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(value: ast.expr) -> str | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
