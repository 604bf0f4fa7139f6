"""nbgrader's instructor notebooks: their test cells. Pure; nothing of them is run.

Owns reading them. A test cell is one that nbgrader's metadata calls a grade and no solution; what
stands between `### BEGIN HIDDEN TESTS` and its end becomes a hidden test of its own.
"""

import ast
import json
import re
from typing import Any

from grader import errors
from grader.authoring import peer_cases
from grader.source import syntax

_HIDDEN = re.compile(
    r"^[ \t]*#+ BEGIN HIDDEN TESTS[^\n]*\n(?P<inside>.*?)^[ \t]*#+ END HIDDEN TESTS[^\n]*$\n?",
    re.DOTALL | re.MULTILINE,
)


def of_notebook(data: bytes, name: str) -> peer_cases.Found:
    """A notebook's cases, and all of its imports.

    Args:
        name: what errors call the file.

    Raises:
        SuiteError: it is no notebook.
    """
    try:
        cells = json.loads(data)["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as exc:
        raise errors.SuiteError(f"{name} is not a notebook of format 4.") from exc
    found = tuple(case for cell in code if _is_test(cell) for case in _of_cell(cell))
    return peer_cases.Found(
        found, imports=tuple(line for cell in code for line in _imports(_text(cell)))
    )


def _is_test(cell: dict[str, Any]) -> bool:
    said = cell.get("metadata", {}).get("nbgrader", {})
    return bool(said.get("grade")) and not said.get("solution")


def _of_cell(cell: dict[str, Any]) -> list[peer_cases.Case]:
    said, text = cell["metadata"]["nbgrader"], _text(cell)
    label, points = str(said.get("grade_id", "cell")), said.get("points")
    visible = _HIDDEN.sub("", text)
    hidden = "\n".join(match["inside"] for match in _HIDDEN.finditer(text))
    both = [(visible, False), (hidden, True)]
    return [
        peer_cases.Case(label, label, code, is_hidden, points)
        for code, is_hidden in both
        if _is_more_than_comments(code)
    ]


def _is_more_than_comments(code: str) -> bool:
    """Whether anything is left to run; what does not parse may be."""
    try:
        return bool(syntax.parsed(code).body)
    except SyntaxError:
        return True


def _imports(text: str) -> list[str]:
    try:
        tree = syntax.parsed(text)
    except SyntaxError:  # a cell with magics
        return []
    return [
        ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)
