"""What in a script works only where it was written, and what stands in its place. Text in and out.

Owns two kinds of lines, which cost nothing this way: calls of IPython, which nbconvert writes for
magics (`get_ipython().run_line_magic(...)`), become what the same line of a notebook becomes; and
where nobody has a screen, a backend of matplotlib that needs one is Agg. Lines keep their numbers.
What a magic means, and what it gives, is `source.ipython_cells`'s.
"""

import ast
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from grader import wording
from grader.source import ipython_cells, python_source

MAX_PLACES = 4  # said of each file
_SHELL = b"get_ipython("
_CATCHES = re.compile(r"\b(NameError|Exception|BaseException)\b")
_BARE = ast.Name("BaseException")
_DRAWS = (b"matplotlib", b"switch_backend")
_CHOOSES = frozenset({"use", "switch_backend"})
_NEEDS_SCREEN = frozenset(
    {
        *("gtk3agg", "gtk3cairo", "gtk4agg", "gtk4cairo", "macosx", "nbagg", "notebook", "qt4agg"),
        *("qt5agg", "qt5cairo", "qtagg", "qtcairo", "tkagg", "tkcairo", "webagg", "wx", "wxagg"),
        *("wxcairo", "ipympl", "widget", "module://ipympl.backend_nbagg"),
    }
)


@dataclass(frozen=True, slots=True)
class Adapted:
    """Files as they are run, and a note on each that was changed."""

    files: dict[str, bytes]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """New text for a stretch of source, whose ends are as `ast` counts them."""

    node: ast.stmt | ast.expr
    new: str


def adapt(
    files: Mapping[str, bytes], course: Collection[str] = (), *, screen: bool = False
) -> Adapted:
    """The files with such lines replaced; those that cannot be read stay as they are.

    Args:
        course: paths of the course's files.
        screen: whether whoever runs them has one.
    """
    whole, notes = dict(files), list[str]()
    for path in _suspects(files, course, screen=screen):
        tree = python_source.tree_of(files[path])
        calls = [*_of_ipython(tree)]
        windows = [] if screen else [*_of_windows(tree)]
        if calls or windows:
            whole[path] = _changed(files[path], [*calls, *windows])
        if calls:
            why = "what only IPython runs counts as in a notebook"
            notes.append(f"{path}, {_lines(calls)}: {why}; better submit the notebook itself.")
        if windows:
            why = "there is no screen where it is graded, so matplotlib draws with Agg"
            notes.append(f"{path}, {_lines(windows)}: {why}.")
    return Adapted(whole, tuple(notes))


def _suspects(
    files: Mapping[str, bytes], course: Collection[str], *, screen: bool
) -> Iterator[str]:
    """Python files that hold such words, and that can be read."""
    words = (_SHELL,) if screen else (_SHELL, *_DRAWS)
    own = {p: body for p, body in files.items() if p.endswith(".py") and p not in course}
    held = {path: body for path, body in own.items() if any(word in body for word in words)}
    unreadable = python_source.faults_by_file(held)
    for path, body in held.items():
        if path not in unreadable and _is_utf8(body):
            yield path


def _is_utf8(body: bytes) -> bool:
    try:
        return not body.decode().startswith("\ufeff")
    except UnicodeDecodeError:
        return False


def _of_ipython(tree: ast.Module) -> Iterator[_Change]:
    """Calls as statements, as values of an assignment, and wherever else a value stands."""
    left: list[ast.AST] = [] if _has_own_shell(tree) else [tree]
    while left:
        node = left.pop()
        if isinstance(node, ast.Expr | ast.Assign) and _is_shells(node.value):
            yield _Change(node, _statement(node, node.value))
        elif _is_shells(node):
            yield _Change(node, f"({ipython_cells.value_of(*_method(node))})")
        elif _is_shell(node):  # `"google.colab" in str(get_ipython())`
            yield _Change(node, f"({ipython_cells.UNKNOWN})")
        elif not _is_left(node):
            left += ast.iter_child_nodes(node)


def _has_own_shell(tree: ast.Module) -> bool:
    defined = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return "get_ipython" in defined


def _is_left(node: ast.AST) -> bool:
    """Whether what stands within stays as it is.

    Python 3.11 does not say where the parts of an f-string stand; and code that provides for a
    shell that is not there gets by without one.
    """
    match node:
        case ast.JoinedStr():
            return True
        case ast.Try(handlers=handlers):
            return any(_CATCHES.search(ast.unparse(one.type or _BARE)) for one in handlers)
    return False


def _is_shells(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether this calls a method of `get_ipython()`."""
    func = node.func if isinstance(node, ast.Call) else None
    return isinstance(func, ast.Attribute) and _is_shell(func.value)


def _is_shell(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "get_ipython"
    )


def _statement(node: ast.Expr | ast.Assign, call: ast.Call) -> str:
    """What stands in the place of a statement that is such a call or gives names its value."""
    if isinstance(node, ast.Expr):
        return ipython_cells.run_by(*_method(call)) or "pass"
    left = " = ".join([*map(ast.unparse, node.targets), ""])
    return ipython_cells.bound(left, ipython_cells.value_of(*_method(call)))


def _method(call: ast.Call) -> tuple[str, list[str]]:
    """The method that is called, and its arguments if all of them are texts."""
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    texts = [word for word in words if isinstance(word, str)]
    return getattr(call.func, "attr", ""), texts if len(texts) == len(call.args) else []


def _of_windows(tree: ast.Module) -> Iterator[_Change]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _CHOOSES:
            for value in (*node.args[:1], *(word.value for word in node.keywords)):
                named = value.value if isinstance(value, ast.Constant) else None
                if isinstance(named, str) and named.casefold() in _NEEDS_SCREEN:
                    yield _Change(value, '"Agg"')


def _lines(changes: Collection[_Change]) -> str:
    numbers = [str(line) for line in sorted({change.node.lineno for change in changes})]
    word = "lines" if numbers[1:] else "line"
    return f"{word} {', '.join(wording.shortened(numbers, MAX_PLACES, 'and {} more'))}"


def _changed(source: bytes, changes: Collection[_Change]) -> bytes:
    """The source with its changes, the last first, so that places stay true."""
    lines = [line.encode() for line in io.StringIO(source.decode(), newline="")]
    for change in sorted(changes, key=lambda one: (one.node.lineno, one.node.col_offset))[::-1]:
        node = change.node
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        ends = b"\n" * (last - first)  # what went on over several lines leaves empty ones
        lines[first : last + 1] = [before + change.new.encode() + after, *([ends] if ends else [])]
    return b"".join(lines)
