"""The top-level statements of a notebook: where each stands, and what may depend on it. Pure.

Owns this table, from which the sandbox runs a notebook statement by statement (`rpc.statements`),
and its form in the submission. Nothing is run here: whether a statement works and how long it takes
is found out in the sandbox.

Theory of operation
    A notebook is more than its definitions: training, plots and checks stand between them. What is
    quick simply runs, as "Restart and run all" would do it. What is slow is run only if it may
    matter, because every test pays for it again:

    definition  imports, functions, classes; or the author says so (`# grader: keep`)
    needed      gives a name, or changes an object, that a function or something needed reads
    other       the rest; if it is slow, a test that asks for one of its names pays for it alone

    A statement that only hands an object to a call (`train(net)`) may change it. Whether that
    object can be changed at all shows when it runs, so such names are listed as `touched`.
"""

import ast
import contextlib
import symtable
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

MAX_STATEMENTS = 10_000

Kind = Literal["definition", "needed", "other"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEFINITIONS = (*_FUNCTIONS, ast.Import, ast.ImportFrom)
_SCOPES = (  # and what binds a name without an `ast.Name`
    *(*_DEFINITIONS, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping),
)
# Through these a statement may reach names that it does not spell out.
_DYNAMIC = frozenset({"eval", "exec", "globals", "locals", "setattr", "vars", "__import__"})


class Statement(msgspec.Struct, frozen=True, array_like=True):
    """One statement of a cell.

    Attributes:
        cell, line: counted from 1.
        touched: names that functions read and whose objects it may change.
        leaves: further names that it gives a value, or whose objects it changes.
        is_main: it is guarded by `__name__ == "__main__"`, which holds in a notebook.
    """

    cell: int
    line: int
    kind: Kind
    touched: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    is_main: bool = False


def table(cells: Mapping[int, ast.Module], marked: Iterable[int] = ()) -> list[Statement]:
    """Every top-level statement of a notebook, in its order.

    Args:
        cells: number -> its syntax tree.
        marked: cells that their author wants to be used whole.
    """
    whole = set(marked)
    order = [(n, node, n in whole) for n, tree in cells.items() for node in tree.body]
    facts = [_facts(node) for _, node, _ in order]
    sure = [keep or defines(node) for _, node, keep in order]
    web = _Web(facts, sure)
    return [
        Statement(number, first_line(node), *web.judged(at), _is_main(node))
        for at, (number, node, _) in enumerate(order)
    ]


def encode(statements: Sequence[Statement]) -> bytes:
    """The table as it lies in the submission."""
    return msgspec.json.encode(statements)


def decode(data: bytes) -> list[Statement]:
    """The table again."""
    return msgspec.json.decode(data, type=list[Statement])


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def defines(node: ast.stmt) -> bool:
    """Whether it is an import, a function or a class, or a block that holds one."""
    left = [node]  # a loop, since the tree nests each `elif` in the one before
    while left:
        node = left.pop()
        if isinstance(node, _DEFINITIONS):
            return True
        if isinstance(node, ast.If | ast.Try | ast.With):
            left += inside(node)
    return False


def inside(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements in the branches of a block, one level down."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler):
            yield from child.body


def _is_main(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If):
        return False
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


# ---- names --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a statement does with global names.

    Attributes:
        binds: gives them a value.
        reads: uses them, or functions that it defines do.
        patches: sets an attribute or an item of them, or functions that it defines do.
        changes: the same, or calls a method of them.
        sets: those to which functions that it defines give a value.
    """

    binds: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    patches: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()


def _facts(node: ast.stmt) -> _Facts:
    parts = list(ast.walk(node))
    patches = frozenset(_root(part) for part in parts if _is_target(part))
    called = (part.func for part in parts if isinstance(part, ast.Call))
    changes = patches | {_root(part) for part in called if isinstance(part, ast.Attribute)}
    binds, reads, sets = _plain_names(node, parts)
    if any(isinstance(part, _SCOPES) for part in parts):
        # What can be parsed but not written again is read roughly, inner names among the others.
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            binds, reads, sets = _names(symtable.symtable(ast.unparse(node), "cell", "exec"))
    return _Facts(binds, reads, patches & (reads | binds), changes & (reads | binds), sets)


_Names = tuple[frozenset[str], frozenset[str], frozenset[str]]


def _plain_names(node: ast.stmt, parts: Sequence[ast.AST]) -> _Names:
    """Names that are bound and read, as if there were one scope only."""
    names = [part for part in parts if isinstance(part, ast.Name)]
    stored = {part.id for part in names if not isinstance(part.ctx, ast.Load)}
    own = {node.name} if isinstance(node, _FUNCTIONS) else stored
    read = {part.id for part in names if isinstance(part.ctx, ast.Load)}
    if isinstance(node, ast.AugAssign):
        read |= stored
    return frozenset(own), frozenset(read), frozenset()


def _names(outermost: symtable.SymbolTable) -> _Names:
    """The global names that a statement binds, reads, and binds in a function."""
    binds, reads, sets = set[str](), set[str](), set[str]()
    tables = [outermost]
    while tables:
        scope = tables.pop()
        tables += scope.get_children()
        for symbol in scope.get_symbols():
            if scope is not outermost and not symbol.is_global():
                continue
            name = symbol.get_name()
            if symbol.is_assigned() or symbol.is_imported():
                (binds if scope is outermost else sets).add(name)
            if symbol.is_referenced():
                reads.add(name)
    return frozenset(binds), frozenset(reads), frozenset(sets)


def _is_target(part: ast.AST) -> bool:
    """Whether it is an attribute or an item that is set or deleted."""
    return isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load)


def _root(part: ast.AST) -> str:
    """`a` of `a.b[c].d`; empty if it begins with anything but a name."""
    while isinstance(part, ast.Attribute | ast.Subscript):
        part = part.value
    return part.id if isinstance(part, ast.Name) else ""


# ---- what may matter ----------------------------------------------------------------------


@dataclass(slots=True)
class _Web:
    """Which statements may matter to a function, found from the names that functions read.

    Attributes:
        facts, sure: of each statement; `sure` are definitions.
        defined: names that only definitions bind, and what those do.
        hot: names of objects that matter, and of functions that may change one of them.
        needed: the statements that give a hot name a value, or call a hot function.
    """

    facts: Sequence[_Facts]
    sure: Sequence[bool]
    defined: dict[str, _Facts] = field(default_factory=dict)
    hot: set[str] = field(default_factory=set)
    needed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        pairs = list(zip(self.facts, self.sure, strict=True))
        data = {name for fact, sure in pairs if not sure for name in fact.binds}
        self.defined = {
            name: fact for fact, sure in pairs if sure for name in fact.binds if name not in data
        }
        users = self._users()
        left = [name for fact, sure in pairs if sure for name in fact.reads - self.defined.keys()]
        while left:
            name = left.pop()
            if name in self.hot:
                continue
            self.hot.add(name)
            for user in users[name]:
                if isinstance(user, str):
                    left.append(user)  # a function that may change what matters
                elif user not in self.needed:
                    self.needed.add(user)
                    left += self.facts[user].reads - self.defined.keys()

    def _users(self) -> dict[str, list[int | str]]:
        """Name -> statements that bind it or call it; functions that may change it."""
        users = defaultdict[str, list[int | str]](list)
        for at, fact in enumerate(self.facts):
            if not self.sure[at]:
                for name in fact.binds | (fact.reads & self.defined.keys()):
                    users[name].append(at)
        for function, fact in self.defined.items():
            called = fact.reads & self.defined.keys()
            for name in fact.sets | (fact.changes - self.defined.keys()) | called:
                users[name].append(function)
        return users

    def judged(self, at: int) -> tuple[Kind, tuple[str, ...], tuple[str, ...]]:
        """The kind of a statement, the names it touches, and those it leaves."""
        fact = self.facts[at]
        leaves = _sorted((fact.binds | fact.changes) - self.hot - self.defined.keys())
        if self.sure[at]:
            return "definition", (), ()
        if at in self.needed or fact.patches & self.defined.keys() or fact.reads & _DYNAMIC:
            return "needed", (), leaves
        return "other", _sorted(fact.reads & self.hot - self.defined.keys()), leaves
