"""Solutions that are marked in a reference's Python file, and the file without them.

Owns the solution markers and what replaces a marked region; text in, text out. Which files a
student's package has is `authoring.template_builder`'s.

Markers stand alone on their line, inside a function, at the indentation of the code they hold:

    # BEGIN SOLUTION task 1a: an optional hint for the student
    ...
    # END SOLUTION

`### BEGIN SOLUTION` (nbgrader; Otter's has one #) is the same marker; the task may be left out.
Otter's `# SOLUTION` behind one statement is `grader.source.solution_markers`'s, nbgrader's hidden
tests and mark schemes, which are cut as well, are `grader.source.secret_regions`'. A region
becomes a TODO comment and `raise NotImplementedError`; signature, types, docstring stay. A
top-level `from x import y` that only solutions used goes away with them, since its name would give
the method away; a plain `import x` stays.

A marker that cannot be understood is refused rather than passed over: what is not cut away is
published.
"""

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from grader import errors
from grader.source import secret_regions, solution_markers, syntax, unused_imports

MAX_LINE_CHARS = 100

# Loose on purpose: whatever resembles a marker must then also be a right one.
_LIKE_MARKER = re.compile(r"#.*\b(begin|end)[\s_-]*solution", re.IGNORECASE)
_BEGIN = re.compile(r"#+\s*BEGIN SOLUTION(?:\s+task\s+(?P<task>[\w.-]+))?\s*(?::\s*(?P<hint>.+))?")
_END = re.compile(r"#+\s*END SOLUTION\s*")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker comment; `line` and `column` as `ast` counts them (from 1, from 0)."""

    opens: bool
    line: int
    column: int
    task: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """One marked solution: lines `first` to `last`, both markers included.

    Attributes:
        function: name of the function it lies in.
        summary: first paragraph of that function's docstring, or empty.
    """

    first: int
    last: int
    column: int
    task: str
    hint: str
    function: str
    summary: str


def strip(source: str, name: str, tasks: Collection[str]) -> str:
    """The student's version of one Python file.

    Args:
        source: text of the reference.
        name: what errors call the file.
        tasks: ids that a marker may name.

    Raises:
        SuiteError: the file does not parse, has no region, or a marker is wrong.
    """
    source = source.replace("\r\n", "\n")
    _parse(source, name, "cannot be parsed")
    source = secret_regions.cut(source, name)
    tree = _parse(source, name, "does not parse once its hidden tests are cut out")
    found = list(_regions(_markers(source, name), tree, name, tasks))
    if not found and not solution_markers.lines(source):
        raise errors.SuiteError(
            f"{name}: no solution region, so the whole solution would be handed out. Mark one, "
            "or list the file under `given`."
        )
    kept = source.split("\n")
    solutions = "\n".join(line for r in found for line in kept[r.first : r.last - 1])
    for region in reversed(found):  # from the last up, so that line numbers stay true
        kept[region.first - 1 : region.last] = _hole(region)
    cut = "\n".join(kept)
    _parse(cut, name, "does not parse once its solutions are cut out")
    text, more = solution_markers.strip(cut, name)
    left = _parse(text, name, "does not parse once its solutions are cut out")
    return unused_imports.without_imports_of(text, left, f"{solutions}\n{more}")


def regions(source: str, name: str, tasks: Collection[str]) -> list[Region]:
    """The marked solutions of one Python file, from the top down.

    Raises:
        SuiteError: the file does not parse or a marker is wrong.
    """
    tree = _parse(source, name, "cannot be parsed")
    return list(_regions(_markers(source, name), tree, name, tasks))


def lines(source: str, name: str) -> list[int]:
    """Where the markers of one Python file are.

    Raises:
        SuiteError: a marker is wrong.
    """
    return [marker.line for marker in _markers(source, name)]


def _parse(source: str, name: str, what: str) -> ast.Module:
    try:
        return syntax.parsed(source)
    except SyntaxError as exc:
        raise errors.SuiteError(f"{name}:{exc.lineno}: {what}: {exc.msg}.") from exc


def _markers(source: str, name: str) -> list[Marker]:
    """Marker comments in order; text in strings is no comment."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = (t for t in tokens if t.type == tokenize.COMMENT)
    return [_marker(t, name) for t in comments if _LIKE_MARKER.match(t.string)]


def _marker(token: tokenize.TokenInfo, name: str) -> Marker:
    line, column = token.start
    begin, end = _BEGIN.fullmatch(token.string.rstrip()), _END.fullmatch(token.string)
    if token.line[:column].strip():
        raise errors.SuiteError(f"{name}:{line}: a solution marker must stand alone on its line.")
    if begin:
        return Marker(True, line, column, begin["task"] or "", begin["hint"] or "")
    if end:
        return Marker(False, line, column)
    raise errors.SuiteError(
        f"{name}:{line}: `{token.string}` is no marker. Write `# BEGIN SOLUTION task 1a`, "
        "`# BEGIN SOLUTION task 1a: a hint` or `# END SOLUTION`."
    )


def _regions(
    markers: list[Marker], tree: ast.Module, name: str, tasks: Collection[str]
) -> Iterator[Region]:
    """Pair the markers and check what lies between; yields from the top of the file down."""
    opened: Marker | None = None
    for marker in markers:
        if marker.opens and opened:
            raise errors.SuiteError(
                f"{name}:{marker.line}: a solution begins inside the one of line {opened.line}. "
                "End that one first."
            )
        if marker.opens:
            opened = marker
        elif opened is None:
            raise errors.SuiteError(
                f"{name}:{marker.line}: END SOLUTION without a BEGIN SOLUTION above it."
            )
        else:
            yield _region(opened, marker, tree, name, tasks)
            opened = None
    if opened:
        raise errors.SuiteError(f"{name}:{opened.line}: this solution is never ended.")


def _region(
    begin: Marker, end: Marker, tree: ast.Module, name: str, tasks: Collection[str]
) -> Region:
    where = f"{name}:{begin.line}"
    if begin.task and begin.task not in tasks:
        known = ", ".join(tasks)
        raise errors.SuiteError(f"{where}: no task {begin.task!r} in the rubric (has {known}).")
    statements = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
    inside = [node for node in statements if begin.line < node.lineno < end.line]
    inside.sort(key=lambda node: (node.lineno, node.col_offset))
    if not inside:
        raise errors.SuiteError(f"{where}: the region holds no code.")
    function = _function_around(tree, begin.line, inside[0])
    if function is None:
        raise errors.SuiteError(f"{where}: a solution region must lie inside a function.")
    if not _is_whole(inside, begin, end) or _holds_docstring(function, begin.line):
        raise errors.SuiteError(
            f"{where}: the region must hold whole statements of one block of {function.name}, "
            "below its docstring, with both markers at their indentation."
        )
    summary = " ".join((ast.get_docstring(function) or "").split("\n\n")[0].split())
    return Region(
        begin.line, end.line, begin.column, begin.task, begin.hint, function.name, summary
    )


def _function_around(tree: ast.Module, line: int, inside: ast.stmt) -> Function | None:
    """The innermost function that starts above `line` and holds the statement."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, Function)
        and node.lineno < line
        and inside.lineno <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno, default=None)


def _is_whole(inside: list[ast.stmt], begin: Marker, end: Marker) -> bool:
    """Do the statements, in order, start at the markers' indentation and never stick out?"""
    return (
        begin.column == end.column == inside[0].col_offset
        and all((node.end_lineno or 0) < end.line for node in inside)
        and all(node.col_offset >= begin.column for node in inside)
    )


def _holds_docstring(function: Function, line: int) -> bool:
    return ast.get_docstring(function) is not None and function.body[0].lineno > line


def _hole(region: Region) -> list[str]:
    """What stands in a region's place."""
    indent = " " * region.column
    task = f"task {region.task}" if region.task else ""
    todo = f"# TODO({task}): " if task else "# TODO: "
    text = region.hint or region.summary or f"write {region.function}"
    reason = f"{task}: {region.function}".removeprefix(": ")
    comment = textwrap.wrap(
        text,
        MAX_LINE_CHARS,
        initial_indent=indent + todo,
        subsequent_indent=f"{indent}#     ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [*comment, f'{indent}raise NotImplementedError("{reason} is not written yet")']
