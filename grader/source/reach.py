"""What the graded functions of a submission use: modules, their members, calls. Pure.

Owns the way from names to the statements that bind them, in the same file or in another one of the
submission, and on to the names in these. What no graded function reaches (a cell that compares, an
import that nobody uses) is left alone. Which names are graded, and what is forbidden, is
`intake.source_rules`'s.

It is read from the text alone: what a name stands for at run time (`getattr`, a callback) is not
seen. Every loop goes over a list of its own, since hostile source nests deeply.
"""

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.source import python_source

EVERYTHING = "*"  # in the place of a name: all that a module binds

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Block = ast.If | ast.Try | ast.With


@dataclass(frozen=True, slots=True)
class Use:
    """One mention of something in code that is reached.

    Attributes:
        path: the file, or the notebook's cell.
        target: with dots, as imported: `torch.optim.Adam` for `optim.Adam`; a name that the
            submission does not bind (`eval`) is itself. Empty for a method of some value.
        called: whether it is called here.
        attribute: the last attribute, `backward` of `loss.backward()`.
    """

    path: str
    line: int
    target: str
    called: bool
    attribute: str


@dataclass(frozen=True, slots=True)
class _Statement:
    path: str
    module: str
    node: ast.stmt


@dataclass(frozen=True, slots=True)
class _Import:
    path: str
    line: int
    target: str


@dataclass(slots=True)
class _Module:
    """What a module binds at its top level, and where.

    Attributes:
        bound: name -> statements that define it or change it.
        imports: name -> what it stands for, with dots.
        stars: modules of which all names are imported.
    """

    bound: dict[str, list[_Statement]] = field(default_factory=lambda: defaultdict(list))
    imports: dict[str, _Import] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)


class ModuleGraph:
    """The modules of a submission.

    Args:
        modules: path of a module -> the files it is written in (itself, or a notebook's cells).
    """

    def __init__(self, modules: Mapping[str, Mapping[str, bytes]]) -> None:
        self._modules = {path: _module(path, files) for path, files in modules.items()}

    def binds(self, module: str, names: Collection[str]) -> bool:
        """Whether a module has one of these names, be it by an import."""
        known = self._modules[module]
        return bool(known.stars) or any(n in known.bound or n in known.imports for n in names)

    def uses(self, roots: Mapping[str, Collection[str]]) -> list[Use]:
        """All uses that these names reach, in the order of files and lines.

        Args:
            roots: path of a module -> names, or `EVERYTHING`.
        """
        waiting = [(module, name) for module, names in roots.items() for name in names]
        names_seen, statements_seen, uses = set(waiting), set[int](), set[Use]()
        while waiting:
            module, name = waiting.pop()
            further = list(self._imported(module, name))
            uses.update(self._from_outside(module, name))
            for statement in self._statements(module, name):
                if id(statement.node) not in statements_seen:
                    statements_seen.add(id(statement.node))
                    found, names = self._look_into(statement)
                    uses.update(found)
                    further += names
            waiting += [each for each in further if each not in names_seen]
            names_seen.update(further)
        return sorted(uses, key=lambda use: (use.path, use.line, use.target, use.attribute))

    def _statements(self, module: str, name: str) -> list[_Statement]:
        bound = self._modules[module].bound
        if name == EVERYTHING:
            return [statement for statements in bound.values() for statement in statements]
        return bound.get(name, [])

    def _from_outside(self, module: str, name: str) -> Iterator[Use]:
        """The use of a name that is nothing but an import: `from numpy import convolve`."""
        imported = self._modules[module].imports.get(name)
        if imported and not list(self._inside(imported.target)):
            yield Use(imported.path, imported.line, imported.target, called=False, attribute="")

    def _imported(self, module: str, name: str) -> Iterator[tuple[str, str]]:
        """Where in the submission a name comes from that this module imports."""
        known = self._modules[module]
        if name in known.imports:
            yield from self._inside(known.imports[name].target)
        elif name not in known.bound:
            for star in known.stars:
                yield from self._inside(f"{star}.{name}")

    def _inside(self, target: str) -> Iterator[tuple[str, str]]:
        """The module of the submission that a target lies in, and its name there."""
        parts = target.split(".")
        for count in range(len(parts), 0, -1):
            stem = "/".join(parts[:count])
            for path in (f"{stem}.py", f"{stem}/__init__.py"):
                if path in self._modules:
                    yield path, parts[count] if count < len(parts) else EVERYTHING
                    return

    def _look_into(self, statement: _Statement) -> tuple[list[Use], list[tuple[str, str]]]:
        """The uses of a statement, and the names of the submission that it mentions."""
        uses, names = list[Use](), list[tuple[str, str]]()
        for mention in _mentions(statement.node, _package(statement.module)):
            target, inside = self._meaning(mention, statement.module)
            names += inside
            path, line = statement.path, mention.line
            uses.append(Use(path, line, target, mention.called, mention.attribute))
        return uses, names

    def _meaning(self, mention: "_Mention", module: str) -> tuple[str, list[tuple[str, str]]]:
        """What a mention stands for outside of the submission, and the names within."""
        first, dot, rest = mention.chain.partition(".")
        known = self._modules[module]
        if not first or first in mention.hidden:
            return "", []
        imported = mention.imports.get(first)
        if not imported and first in known.imports:
            imported = known.imports[first].target
        if imported:
            inside = list(self._inside(f"{imported}{dot}{rest}"))
            return ("", inside) if inside else (f"{imported}{dot}{rest}", [])
        return ("" if first in known.bound else mention.chain), [(module, first)]


def _package(module: str) -> tuple[str, ...]:
    return PurePosixPath(module).parts[:-1]


def _module(path: str, files: Mapping[str, bytes]) -> _Module:
    made = _Module()
    for name, content in files.items():
        remaining = [*reversed(python_source.tree_of(content).body)]
        while remaining:
            node = remaining.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                for bound, target in _import_targets(node, _package(path)):
                    if bound == "*":
                        made.stars.append(target.removesuffix(".*"))
                    else:
                        made.imports[bound] = _Import(name, node.lineno, target)
            elif isinstance(node, Block):
                remaining += reversed([] if is_main_guard(node) else list(_inner(node)))
            else:
                for bound in _bound_by(node):
                    made.bound[bound].append(_Statement(name, path, node))
    return made


def is_main_guard(node: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`, which never runs where tests import a file."""
    if not isinstance(node, ast.If):
        return False
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _inner(node: Block) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler):
            yield from child.body


def _bound_by(node: ast.stmt) -> set[str]:
    """Names that a statement defines, or changes: `Net.forward = other` is about `Net`."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    stored = (n for n in ast.walk(node) if isinstance(getattr(n, "ctx", None), ast.Store))
    return {name for target in stored if (name := _base(target))}


def _base(target: ast.AST) -> str:
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _import_targets(
    node: ast.Import | ast.ImportFrom, package: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """(bound name, what it stands for) of an import; relative ones from the submission's root."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (first, first)
        return
    above = list(package[: len(package) - node.level + 1]) if node.level else []
    base = ".".join([*above, *([node.module] if node.module else [])])
    for alias in node.names:
        yield alias.asname or alias.name, f"{base}.{alias.name}" if base else alias.name


# ---- names inside of a statement ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """Names that mean something of a function's own, and what it imports itself."""

    hidden: frozenset[str] = frozenset()
    imports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name with its attributes, `optim.Adam`, where it stands and in which scope."""

    chain: str
    line: int
    called: bool
    attribute: str
    hidden: frozenset[str]
    imports: Mapping[str, str]


def _mentions(statement: ast.stmt, package: Sequence[str]) -> Iterator[_Mention]:
    remaining: list[tuple[ast.AST, _Scope, bool]] = [(statement, _Scope(), False)]
    while remaining:
        node, scope, called = remaining.pop()
        if isinstance(node, ast.Call):
            if name := python_source.dynamic_import(node):
                top = name.partition(".")[0]
                yield _Mention(name, node.lineno, True, "", frozenset(), {top: top})
            remaining.append((node.func, scope, True))
            remaining += [(part, scope, False) for part in (*node.args, *node.keywords)]
            continue
        if isinstance(node, ast.Name | ast.Attribute):
            chain, rest = _chain(node)
            attribute = node.attr if isinstance(node, ast.Attribute) else ""
            yield _Mention(chain, node.lineno, called, attribute, scope.hidden, scope.imports)
            remaining += [(rest, scope, False)] if rest else []
            continue
        inner = _scope_of(node, scope, package) if isinstance(node, Function) else scope
        remaining += [(child, inner, False) for child in ast.iter_child_nodes(node)]


def _chain(node: ast.expr) -> tuple[str, ast.expr | None]:
    """`a.b.c` of plain names; of anything else nothing, and the value below."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([node.id, *reversed(parts)]), None
    return "", node


def _scope_of(function: Function, outer: _Scope, package: Sequence[str]) -> _Scope:
    imports, own, free = dict(outer.imports), set[str](), set[str]()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(_import_targets(node, package))
        elif isinstance(node, ast.Global):
            free.update(node.names)
    return _Scope((outer.hidden | own) - free - imports.keys(), imports)
