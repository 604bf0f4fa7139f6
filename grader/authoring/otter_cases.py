"""Otter's test files: OK's format of doctests, and its functions marked by `test_case`. Pure.

Owns reading them; nothing of them is run. What a doctest says by its output becomes an assertion.
"""

import ast
import dataclasses
import doctest
import json
import textwrap
from typing import Any

from grader import errors
from grader.authoring import peer_cases
from grader.source import syntax


def of_notebook(data: bytes, name: str) -> peer_cases.Found:
    """What `otter assign` leaves in a notebook's metadata; nothing where it wrote files of tests.

    Raises:
        SuiteError: it is no notebook.
    """
    try:
        tests = json.loads(data)["metadata"].get("otter", {}).get("tests", {})
        specs = [test for test in tests.values() if isinstance(test, dict)]
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise errors.SuiteError(f"{name} is not a notebook of format 4.") from exc
    found = [_of_doctests(spec) for spec in specs]
    return peer_cases.Found(
        tuple(case for one in found for case in one.cases),
        tuple(left for one in found for left in one.left),
        points={task: points for one in found for task, points in one.points.items()},
    )


def of_file(source: str, name: str) -> peer_cases.Found:
    """The cases of a test file.

    Args:
        name: what errors call the file.

    Raises:
        SuiteError: it is no test file of Otter's.
    """
    try:
        tree = syntax.parsed(source)
    except SyntaxError as exc:
        raise errors.SuiteError(f"{name}:{exc.lineno}: {exc.msg}.") from exc
    values = {k: v for k, v in _assigned(tree).items() if k in ("test", "name", "points")}
    imports = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and "otter" not in ast.unparse(node)
    ]
    if isinstance(values.get("test"), dict):
        return dataclasses.replace(_of_doctests(values["test"]), imports=tuple(imports))
    marked = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _mark(node)]
    if not marked:
        raise errors.SuiteError(f"{name}: neither `test = {{...}}` nor functions with `test_case`.")
    task = str(values.get("name") or name.removesuffix(".py"))
    points = values.get("points")
    worth = {task: float(points)} if isinstance(points, int | float) else {}
    made = tuple(_of_function(node, task) for node in marked)
    return peer_cases.Found(made, (), tuple(imports), worth)


def _assigned(tree: ast.Module) -> dict[str, Any]:
    """Top-level names with literal values."""
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def _of_doctests(test: dict[str, Any]) -> peer_cases.Found:
    found: list[peer_cases.Case] = []
    left: list[tuple[str, str]] = []
    task = str(test.get("name", "q"))
    listed = [case for suite in test.get("suites", []) for case in suite.get("cases", [])]
    for number, case in enumerate(listed, 1):
        label = str(case.get("name") or f"{task} - {number}")
        try:
            code = _asserted(textwrap.dedent(case.get("code", "")))
        except peer_cases.CannotConvertError as exc:
            left.append((label, str(exc)))
            continue
        hidden, points = bool(case.get("hidden", True)), case.get("points")
        found.append(peer_cases.Case(task, label, code, hidden, points))
    points = test.get("points")
    worth = {task: float(points)} if isinstance(points, int | float) else {}
    return peer_cases.Found(tuple(found), tuple(left), (), worth)


def _asserted(text: str) -> str:
    """Doctests as statements; an expression with an expected output as an assertion."""
    lines: list[str] = []
    for example in doctest.DocTestParser().get_examples(text):
        source, want = example.source.strip(), example.want.strip()
        if not want:
            lines.append(source)
            continue
        if example.exc_msg:
            raise peer_cases.CannotConvertError("it expects an exception")
        lines.append(_assertion(source.rstrip(";"), want))
    return "\n".join(lines)


def _assertion(source: str, want: str) -> str:
    try:
        syntax.expression(source)
    except SyntaxError as exc:
        raise peer_cases.CannotConvertError("it compares what is printed") from exc
    if source.startswith(("print(", "help(")):
        raise peer_cases.CannotConvertError("it compares what is printed")
    try:
        ast.literal_eval(want)
    except (ValueError, SyntaxError):
        return f"assert repr({source}) == {want!r}"
    return f"assert ({source}) == {want}"


def _mark(node: ast.FunctionDef) -> ast.expr | None:
    """The decorator `test_case`, called or not."""
    for mark in node.decorator_list:
        name = mark.func if isinstance(mark, ast.Call) else mark
        if getattr(name, "id", getattr(name, "attr", "")) == "test_case":
            return mark
    return None


def _of_function(node: ast.FunctionDef, task: str) -> peer_cases.Case:
    """Its arguments are names of the student's, as Otter passes them."""
    mark = _mark(node)
    options = {
        word.arg: word.value.value
        for word in (mark.keywords if isinstance(mark, ast.Call) else ())
        if word.arg and isinstance(word.value, ast.Constant)
    }
    code = "\n".join(ast.unparse(statement) for statement in node.body)
    points = options.get("points")
    return peer_cases.Case(
        task,
        node.name.removeprefix("test_"),
        code,
        bool(options.get("hidden", False)),
        float(points) if isinstance(points, int | float) else None,
    )
