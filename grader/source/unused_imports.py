"""Imports that only cut-out code used. Pure: text in, text out.

Owns which ones go. What is cut out is `grader.authoring.template_builder`'s.
"""

import ast
import re


def without_imports_of(text: str, tree: ast.Module, removed: str) -> str:
    """Drop each top-level from-import all of whose names stand in `removed`, and nowhere else.

    By words, not by syntax: a name in a quoted annotation or in `__all__` keeps its import.

    Args:
        tree: of the text.
    """
    lines = text.split("\n")
    for node in reversed([node for node in tree.body if isinstance(node, ast.ImportFrom)]):
        first, last = node.lineno - 1, node.end_lineno or node.lineno
        names = [alias.asname or alias.name for alias in node.names]
        rest = "\n".join(lines[:first] + lines[last:])
        if all(_has_word(removed, n) and not _has_word(rest, n) for n in names):
            del lines[first:last]
    return "\n".join(lines)


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None
