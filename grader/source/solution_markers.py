"""Otter's solution marker at the end of a line: `x = 2 * y  # SOLUTION`. Pure: text in, text out.

Owns this marker and what replaces its statement: `x = ...`, `return ...`, or `...` for any other
one; with `# SOLUTION NO PROMPT` nothing. Regions between BEGIN and END
are `authoring.template_builder`'s.

A marker that cannot be understood is refused rather than passed over: what is not cut away is
published.
"""

import ast
import io
import re
import tokenize

from grader import errors
from grader.source import syntax

_LIKE = re.compile(r"#+\s*SOLUTION\b")
_MARKER = re.compile(r"#+\s*SOLUTION(?P<silent>\s+NO PROMPT)?\s*")
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)


def lines(source: str) -> dict[int, tokenize.TokenInfo]:
    """Line -> the marker that stands on it; lines are counted from 1."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = (token for token in tokens if token.type == tokenize.COMMENT)
    return {token.start[0]: token for token in comments if _LIKE.match(token.string)}


def strip(source: str, name: str) -> tuple[str, str]:
    """The text without marked statements, and these statements.

    Args:
        name: what errors call the file.

    Raises:
        SuiteError: a marker is no marker, or does not end a simple statement.
    """
    markers = lines(source)
    text, solutions = source.split("\n"), list[str]()
    for line in sorted(markers, reverse=True):  # from the last up, so that line numbers stay true
        silent, statement = _understood(source, name, markers[line])
        first, last = statement.lineno - 1, line
        solutions += text[first:last]
        text[first:last] = [] if silent else [_prompt(source, statement)]
    return "\n".join(text), "\n".join(solutions)


def _understood(source: str, name: str, token: tokenize.TokenInfo) -> tuple[bool, ast.stmt]:
    """Whether nothing shall be left, and the statement that the marker ends."""
    line = token.start[0]
    marker = _MARKER.fullmatch(token.string)
    if marker is None:
        raise errors.SuiteError(
            f"{name}:{line}: `{token.string}` is no marker. Write `# SOLUTION` or `# SOLUTION NO "
            "PROMPT` behind a statement, or `# BEGIN SOLUTION` above some."
        )
    nodes = (node for node in ast.walk(syntax.parsed(source)) if isinstance(node, _SIMPLE))
    ended = [node for node in nodes if node.end_lineno == line]
    if len(ended) != 1 or _shares_lines(source, ended[0]):
        raise errors.SuiteError(
            f"{name}:{line}: `# SOLUTION` must stand behind one assignment, return or expression "
            "on lines of its own; put `# BEGIN SOLUTION` and `# END SOLUTION` around anything else."
        )
    return bool(marker["silent"]), ended[0]


def _shares_lines(source: str, node: ast.stmt) -> bool:
    """Whether something else, `if x: y = 1`, stands on the statement's first line."""
    return bool(source.split("\n")[node.lineno - 1].encode()[: node.col_offset].strip())


def _prompt(source: str, node: ast.stmt) -> str:
    match node:
        case ast.Assign():
            target = " = ".join(ast.get_source_segment(source, one) or "" for one in node.targets)
            return f"{' ' * node.col_offset}{target} = ..."
        case ast.AnnAssign() | ast.AugAssign():
            target = ast.get_source_segment(source, node.target) or ""
            return f"{' ' * node.col_offset}{target} = ..."
        case ast.Return():
            return f"{' ' * node.col_offset}return ..."
        case _:
            return f"{' ' * node.col_offset}..."
