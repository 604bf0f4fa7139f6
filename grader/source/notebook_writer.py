"""From a module's source to the notebook that a student starts with. Text in, bytes out.

Owns where a module is cut into cells. What a submitted notebook means is `source.notebook`'s;
cutting solutions out comes before (`grader.authoring.template_builder`).

The docstring of the module becomes Markdown, and so does a block of comments that an empty line
follows. Each definition has a cell of its own; imports and constants that follow one another
share one. Nothing is run, so no cell has an output.
"""

import ast
import itertools
import json
import re
from collections.abc import Iterator

from grader.source import syntax

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_PLAIN = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


def from_source(source: str, homework: str = "") -> bytes:
    """A notebook of format 4 with the module's text in cells, in order.

    Args:
        homework: the assignment that the notebook is for; `grader.submit` finds it there.

    Raises:
        SyntaxError: the source is not Python.
    """
    cells = [_cell(kind, text) for kind, text in _parts(source)]
    metadata = _METADATA | ({"grader": {"assignment": homework}} if homework else {})
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()


def _cell(kind: str, text: str) -> dict[str, object]:
    cell = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _parts(source: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each cell."""
    tree, lines = syntax.parsed(source), source.split("\n")
    body, end = tree.body, 0
    if docstring := ast.get_docstring(tree, clean=False):
        yield "markdown", docstring.strip()
        end = body[0].end_lineno or 0
        body = body[1:]
    for _, group in itertools.groupby(enumerate(body), _shared):
        nodes = [node for _, node in group]
        first, last = _first_line(nodes[0]), nodes[-1].end_lineno or nodes[-1].lineno
        last += sum(1 for _ in itertools.takewhile(_indented, lines[last:]))  # a closing comment
        *notes, comments = re.split(r"\n\s*\n", "\n".join(lines[end : first - 1]) + "\n")
        yield from (("markdown", text) for note in notes if (text := _uncommented(note)))
        yield "code", comments.lstrip("\n") + "\n".join(lines[first - 1 : last])
        end = last
    if rest := _uncommented("\n".join(lines[end:])):
        yield "markdown", rest


def _shared(numbered: tuple[int, ast.stmt]) -> int:
    """The same for statements that share a cell: imports and constants."""
    number, node = numbered
    return -1 if isinstance(node, _PLAIN) else number


def _indented(line: str) -> bool:
    return line.startswith((" ", "\t"))


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _uncommented(block: str) -> str:
    return "\n".join(re.sub(r"^# ?", "", line) for line in block.strip().splitlines())
