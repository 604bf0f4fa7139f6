"""Tests that cost nobody a point, because pytest never runs them or nobody reads what they say.

Owns finding them in the text of a suite: pytest itself passes over each without a word, and so
the reference earns every point all the same. A name that stands twice in one file is the worst,
since Python keeps the last function alone. Whether the tests that do run are any good is found out
by grading (`grader.authoring.suite_check`).
"""

import ast
from collections.abc import Iterator
from pathlib import Path, PurePath

from grader.assignment import suite_sources

FILES = ("test_*.py", "*_test.py")  # these three are pytest's own rules
FUNCTIONS, CLASSES = "test", "Test"
_ASKING = frozenset({"all", "allclose", "any", "array_equal", "bool", "equal", "isclose"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def of(suite_dir: Path) -> list[str]:
    """What is wrong, as sentences with file and line; the files are in a fixed order.

    Raises:
        SuiteError: a file is no Python.
    """
    return [text for path in _files(suite_dir) for text in _of_file(path, suite_dir)]


def is_of_tests(path: PurePath) -> bool:
    """Whether pytest looks for tests in a file of this name."""
    return any(map(path.match, FILES))


def _files(suite_dir: Path) -> list[Path]:
    return sorted(p for name in suite_sources.TESTS for p in (suite_dir / name).rglob("*.py"))


def _of_file(path: Path, suite_dir: Path) -> Iterator[str]:
    tree, name = suite_sources.parsed(path), path.relative_to(suite_dir).as_posix()
    if not is_of_tests(path):
        if suite_sources.marks(tree):
            yield f"{name}: no test in it runs; a file of tests is called test_….py."
        return
    mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for line, text in (*_of_body(tree, mentioned), *_of_classes(tree)):
        yield f"{name}, line {line}: {text}"


def _of_body(body: ast.Module | ast.ClassDef, mentioned: set[str]) -> Iterator[tuple[int, str]]:
    """Of the functions of a file or of a class.

    Args:
        mentioned: names that the file uses; a function among them may run as something else.
    """
    last = {f.name: f for f in _functions(body)}
    for function in _functions(body):
        again = last[function.name]
        if function.name.startswith(FUNCTIONS):
            if again is not function:
                yield (
                    function.lineno,
                    f"{function.name} never runs, because line {again.lineno} defines another test "
                    "of this name. Rename one.",
                )
            for line in _verdicts_returned(function):
                yield line, f"nobody reads what {function.name} returns; use close or assert."
        elif suite_sources.task_mark(function) and function.name not in mentioned:
            yield (
                function.lineno,
                f"{function.name} never runs; the name of a test begins with test_.",
            )
    for inner in _classes(body):
        yield from _of_body(inner, mentioned)


def _of_classes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Of classes that pytest does not take for tests, though there are tests in them."""
    for found in _classes(tree):
        if not any(map(suite_sources.task_mark, _functions(found))):
            continue
        if not found.name.startswith(CLASSES):
            yield found.lineno, f"no test in {found.name} runs; name the class Test…."
        elif any(function.name == "__init__" for function in _functions(found)):
            yield found.lineno, f"no test in {found.name} runs, because it has an __init__."


def _functions(body: ast.Module | ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in body.body if isinstance(node, ast.FunctionDef)]


def _classes(body: ast.Module | ast.ClassDef) -> list[ast.ClassDef]:
    return [node for node in body.body if isinstance(node, ast.ClassDef)]


def _verdicts_returned(node: ast.AST) -> Iterator[int]:
    """Lines where a function, and none inside it, returns whether something holds."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Return) and inner.value and _is_verdict(inner.value):
            yield inner.lineno
        if not isinstance(inner, _SCOPES):
            yield from _verdicts_returned(inner)


def _is_verdict(value: ast.expr) -> bool:
    """Whether it is true or false; `return close(...)` only leaves early."""
    if isinstance(value, ast.Call):
        return suite_sources.last_name(value.func) in _ASKING
    return isinstance(value, (ast.Compare, ast.BoolOp, ast.UnaryOp))
