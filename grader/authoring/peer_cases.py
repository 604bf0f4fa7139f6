"""Tests of another autograder as tests of ours: one case of theirs becomes one function. Pure.

Owns the rewriting. There a test runs inside of the student's notebook; here it calls the student's
file from another process, so what the student's code defines is called as `student.<file>.<name>`.
What cannot be said so is refused with the reason, for its author to write by hand. Reading files of
Otter is `otter_cases`', of nbgrader `nbgrader_cases`'.
"""

import ast
import builtins
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from grader.source import syntax

# What a notebook imports in its first cell, and tests that were cut out of it take for granted.
CONVENTIONS = (
    "import math", "import random", "import re", "import numpy", "import numpy as np",
    "import pandas as pd", "import scipy", "import torch", "import torch.nn.functional as F",
)  # fmt: skip
_CATCHING = frozenset({"assert_raises", "assertRaises", "raises"})


class CannotConvertError(Exception):
    """Why a case has no form here."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file of theirs holds.

    Attributes:
        cases: those that can be read.
        left: names of others, and why.
        imports: of the whole file.
        points: question -> what it is worth there, where that is said of it as a whole.
    """

    cases: tuple["Case", ...]
    left: tuple[tuple[str, str], ...] = ()
    imports: tuple[str, ...] = ()
    points: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One test of theirs.

    Attributes:
        task: id of the question, the task here.
        code: Python, each of whose assertions must hold.
        hidden: whether students see it only after the deadline, or never.
        points: what it is worth there; None where its question says so only as a whole.
    """

    task: str
    name: str
    code: str
    hidden: bool = False
    points: float | None = None


def function(case: Case, number: int, module: str, imported: Set[str]) -> str:
    """The text of a test function.

    Args:
        module: of the student's file.
        imported: names that the test file imports at its top.

    Raises:
        CannotConvertError: it uses what only runs inside of the student's process.
    """
    tree = _parsed(case.code)
    _refuse_catching(tree)
    if not any(isinstance(node, ast.Assert | ast.Call) for node in ast.walk(tree)):
        raise CannotConvertError("it asserts nothing")
    outside = _free_names(tree) - imported
    variables = sorted(outside - _called(tree))
    if variables:
        raise CannotConvertError(
            f"it looks at {', '.join(f'`{name}`' for name in variables)}, which is no function; "
            "have the assignment ask for a function that returns it"
        )
    body = ast.unparse(ast.fix_missing_locations(_Elsewhere(module, outside).visit(tree)))
    weight = f", weight={case.points:g}" if case.points and case.points != 1 else ""
    head = f'@task("{case.task}"{weight})\ndef test_{_identifier(case.name)}_{number}(student):\n'
    return head + "\n".join(f"    {line}" if line else "" for line in body.splitlines()) + "\n"


def file(title: str, imports: Sequence[str], functions: Sequence[str]) -> str:
    """A test file; imports that no function uses are left out."""
    body = "\n\n".join(functions)
    used = [line for line in dict.fromkeys(imports) if _is_used(line, body)]
    own = "from grader.suite import task"
    return "\n".join([f'"""{title}"""', "", *used, *([""] if used else []), own, "", "", body])


def names_of(imports: Sequence[str]) -> frozenset[str]:
    """What import statements bind."""
    nodes = [node for line in imports for node in ast.walk(syntax.parsed(line))]
    return frozenset(
        (alias.asname or alias.name).partition(".")[0]
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )


def _parsed(code: str) -> ast.Module:
    try:
        return syntax.parsed(code)
    except SyntaxError as exc:
        raise CannotConvertError(f"it is not plain Python ({exc.msg})") from exc


def _refuse_catching(tree: ast.Module) -> None:
    """An exception of the student's is no exception of its own kind here."""
    for node in ast.walk(tree):
        name = getattr(node, "id", None) or getattr(node, "attr", None)
        if isinstance(node, ast.Try) or name in _CATCHING:
            raise CannotConvertError("it expects an exception")


def _free_names(tree: ast.Module) -> set[str]:
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    bound |= names_of([ast.unparse(node) for node in ast.walk(tree) if _is_import(node)])
    return {node.id for node in names} - bound - set(dir(builtins))


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _called(tree: ast.Module) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {func.id for func in calls if isinstance(func, ast.Name)}


class _Elsewhere(ast.NodeTransformer):
    """Names of the student's functions as calls into their process."""

    def __init__(self, module: str, names: Set[str]) -> None:
        self._module, self._names = module, names

    def visit_Name(self, node: ast.Name) -> ast.expr:  # ast's way of naming
        if node.id not in self._names:
            return node
        student = ast.Attribute(ast.Name("student", ast.Load()), self._module, ast.Load())
        return ast.Attribute(student, node.id, node.ctx)


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower() or "case"


def _is_used(line: str, body: str) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", body) for name in names_of([line]))
