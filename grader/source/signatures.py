"""Which functions a Python file defines, and whether one can stand in for another. Pure.

Owns names and parameters as the syntax tree shows them. What follows from a difference is
`grader.intake.source_rules`'s.
"""

import ast
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.source import python_source

UNWRITTEN = "..."
_TODO = re.compile(r"# TODO\(task ([\w.-]+)\)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Definition:
    """A function and where it stands; `task` is what a TODO of the template in it names."""

    path: str
    node: Function
    task: str | None


@dataclass(slots=True)
class Names:
    """What a module defines at its top level.

    Attributes:
        functions: by name or `Class.method`.
        others: names that are there in some other way (imported, assigned).
        bases: class -> what it inherits from.
        is_open: a star import may bring any name.
    """

    functions: dict[str, Definition] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    bases: dict[str, frozenset[str]] = field(default_factory=dict)
    is_open: bool = False

    def may_have(self, name: str, template: "Names") -> bool:
        """Whether a function that is not defined here may be there all the same."""
        owner = name.partition(".")[0]
        if self.is_open or name in self.others or owner in self.others:
            return True
        return bool(self.bases.get(owner, frozenset()) - template.bases.get(owner, frozenset()))


def read(files: Mapping[str, bytes]) -> Names:
    """The names of one module, from the file, or the notebook's cells, that it is written in."""
    names = Names()
    for path, content in files.items():
        tree = python_source.tree_of(content)
        _collect(path, content.decode(errors="replace").splitlines(), tree.body, names, "")
    return names


def _collect(
    path: str, lines: Sequence[str], body: Sequence[ast.stmt], names: Names, owner: str
) -> None:
    """Note the names of a block, those under `if` and `try` too."""
    remaining = [*reversed(body)]  # a loop, since the tree nests each `elif` in the one before
    while remaining:
        node = remaining.pop()
        if isinstance(node, Function):
            names.functions[owner + node.name] = Definition(path, node, _task(lines, node))
        elif isinstance(node, ast.ClassDef):
            names.bases[node.name] = frozenset(map(_written, node.bases)) - {"object"}
            _collect(path, lines, node.body, names, f"{node.name}.")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
            names.is_open |= "*" in bound
            names.others |= {owner + name for name in bound}
        elif isinstance(node, ast.If | ast.Try | ast.With):
            remaining += reversed([*_inside(node)])
        else:
            stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            names.others |= {owner + n.id for n in stored if isinstance(n.ctx, ast.Store)}


def _written(node: ast.AST) -> str:
    """A node's source; what can be parsed but not written again is told by dots."""
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return UNWRITTEN


def _task(lines: Sequence[str], node: Function) -> str | None:
    marker = _TODO.search("\n".join(lines[node.lineno - 1 : node.end_lineno]))
    return marker[1] if marker else None


def _inside(node: ast.If | ast.Try | ast.With) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler):
            yield from child.body


# ---- parameters ---------------------------------------------------------------------------


def takes(function: Function, asked: Function) -> bool:
    """Whether it can be called in every way in which the asked one can, to the same effect."""
    have, want = _positional(function), _positional(asked)
    further = have[len(want) :]
    named, wanted = _named(function), _named(asked)
    return (
        have[: len(want)] == want
        and all(default for _, default in further)
        and wanted.items() <= named.items()
        and all(default or name in wanted for name, default in named.items())
        and (asked.args.vararg is None or function.args.vararg is not None)
        and (asked.args.kwarg is None or function.args.kwarg is not None)
    )


def _positional(function: Function) -> list[tuple[str, str]]:
    """(name, default as text) of each, in order; no default is empty."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    defaults = [_written(default) for default in function.args.defaults]
    return list(zip(names, [""] * (len(names) - len(defaults)) + defaults, strict=True))


def _named(function: Function) -> dict[str, str]:
    """Keyword-only ones -> default as text."""
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return {argument.arg: _written(default) if default else "" for argument, default in pairs}


def shown(function: Function) -> str:
    """The parameters without annotations."""
    try:
        bare = copy.deepcopy(function.args)
    except RecursionError:
        return UNWRITTEN
    for argument in ast.walk(bare):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return _written(bare)
