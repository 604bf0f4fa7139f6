"""Untouched starters of other kinds than ours: what they hold in the place of a solution.

Owns the edits of a student template that make it such a starter. Our templates raise
`NotImplementedError`; those of many courses return None, or hand back their input. Such a starter
must earn nothing either. Does not grade (`authoring.suite_check`).
"""

import ast
from collections.abc import Callable, Mapping
from typing import Final

from grader import models
from grader.source import syntax

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _nothing(_function: Function, _library: str) -> str:
    return "None"


def _first_argument(function: Function, _library: str) -> str:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] == ["self"] else names
    return names[0] if names else "None"


def _empty(_function: Function, library: str) -> str:
    return f"__import__('{library}').empty(0)"


WAYS: Final[Mapping[str, Callable[[Function, str], str]]] = {
    "returns None": _nothing,
    "returns its first argument": _first_argument,
    "returns an empty array": _empty,  # a tensor in files that use PyTorch
}


def edited(template: models.FileTree, way: str) -> models.FileTree:
    """The template with another placeholder in every function that is to be written.

    Args:
        way: one of `WAYS`.
    """
    files = {
        path: _edited(source, WAYS[way]) if path.endswith(".py") else source
        for path, source in template.files.items()
    }
    return models.FileTree(files, template.notes)


def _edited(source: bytes, returned: Callable[[Function, str], str]) -> bytes:
    tree, library = syntax.parsed(source), "torch" if b"import torch" in source else "numpy"
    for node in ast.walk(tree):
        if isinstance(node, Function):
            value = "None" if node.name == "__init__" else returned(node, library)
            node.body = [_placeholder(statement, value) for statement in node.body]
    return ast.unparse(tree).encode()


def _placeholder(statement: ast.stmt, value: str) -> ast.stmt:
    """A `return` in the place of `raise NotImplementedError(...)`; other statements stay."""
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return statement
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    if not (isinstance(raised, ast.Name) and raised.id == "NotImplementedError"):
        return statement
    return ast.Return(syntax.expression(value))
