"""Which statements of a notebook define things, so that the rest (training, plots) need not run.

Owns the choice and how a cell looks after it. Pure: source in, source out; nothing is run here.
Reading the notebook and its magics is `grader.source.notebook`'s.

Theory of operation
    1. Imports, functions, classes, lambdas and literals are kept wherever they stand.
    2. Going down the notebook, an assignment is a *candidate* if its value is sure to work and
       cheap: it is built of literals, operators and names that are bound by then, and calls only
       what `_may_call` lists. Calling what the student wrote may train a network, so it is none.
    3. Going up again, a candidate is kept if a definition or a kept candidate uses its name, or if
       the name is written like a constant (`X1`, `DTYPE`, `Array`). So an array made to try
       something out is not made again for every test.
"""

import ast
import builtins
import symtable
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Libraries whose calls make a value from values ...
_MAKERS = (
    *("numpy", "torch", "typing", "typing_extensions", "collections", "dataclasses", "enum"),
    *("functools", "itertools", "math", "operator", "string", "re", "pathlib", "random.Random"),
    *("os.path.join", "copy.deepcopy", "fractions", "decimal", "types"),
)
# ... but for those that read files, write, compile, or run what they are given.
_NO_MAKERS = (
    *("numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromregex", "numpy.fromfile"),
    *("numpy.memmap", "numpy.save", "numpy.savez", "numpy.savetxt", "numpy.apply_along_axis"),
    *("numpy.apply_over_axes", "numpy.piecewise", "numpy.fromfunction", "numpy.testing"),
    *("numpy.savez_compressed", "numpy.f2py", "torch.load", "torch.save", "torch.hub"),
    *("torch.utils", "torch.compile", "torch.jit", "torch.export", "torch.autograd", "torch.func"),
    *("torch.multiprocessing", "torch.distributed", "torch.vmap", "functools.reduce"),
)
_BUILT_IN_MAKERS = (
    *("abs", "bool", "bytes", "complex", "dict", "divmod", "enumerate", "float", "frozenset"),
    *("int", "len", "list", "max", "min", "object", "pow", "range", "reversed", "round", "set"),
    *("slice", "sorted", "str", "sum", "tuple", "type", "zip"),
)
_NO_METHODS = (  # of values: files, and steps of training
    *("backward", "dump", "exists", "fit", "glob", "is_file", "iterdir", "mkdir", "open"),
    *("read_bytes", "read_text", "rglob", "step", "tofile", "touch", "train", "unlink"),
    *("write_bytes", "write_text"),
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LITERAL = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp),
    *(ast.unaryop, ast.operator, ast.expr_context),
)
_NO_PART = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


@dataclass(slots=True)
class _Bound:
    """The names bound so far.

    Attributes:
        names: all of them.
        imports: those of imports, and what they stand for, with dots.
    """

    names: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)

    def add(self, node: ast.stmt, names: set[str]) -> None:
        """Count a statement's names in."""
        self.names |= names
        for name in names & self.imports.keys():
            del self.imports[name]
        for each in [node, *_inside(node)]:
            self.imports.update(_imports(each))


def essences(cells: Mapping[int, tuple[str, bool]]) -> dict[int, str]:
    """The cells with empty lines in the place of what only runs; line numbers stay.

    Args:
        cells: number -> text, and whether the cell is used whole; in the notebook's order.
    """
    bodies = {number: ast.parse(text).body for number, (text, _) in cells.items()}
    order = [(node, cells[n][1]) for n, body in bodies.items() for node in body]
    kept = {id(node) for node in _kept(order)}
    return {
        number: text if whole else _without(text, bodies[number], kept)
        for number, (text, whole) in cells.items()
    }


def _without(text: str, body: Sequence[ast.stmt], kept: set[int]) -> str:
    lines = text.split("\n")
    raw = [line.encode() for line in lines]
    for group in _groups(body):
        left = [node for node in group if id(node) in kept]
        if len(left) == len(group):
            continue
        first, last = _first_line(group[0]), group[-1].end_lineno or group[-1].lineno
        own = "; ".join(_own_text(raw, node) for node in left).split("\n")
        lines[first - 1 : last] = own + [""] * (last - first + 1 - len(own))
    return "\n".join(lines)


def _own_text(raw: Sequence[bytes], node: ast.stmt) -> str:
    """A statement as it was written; `ast.unparse` cannot write each that can be parsed."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    own = [*raw[first:last], raw[last][: node.end_col_offset]]
    return b"\n".join([own[0][node.col_offset :], *own[1:]]).decode()


def _groups(body: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Statements that share a line (`import a; train()`) together."""
    group: list[ast.stmt] = []
    for node in body:
        if group and _first_line(node) > (group[-1].end_lineno or 0):
            yield group
            group = []
        group.append(node)
    if group:
        yield group


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


# ---- what is kept -------------------------------------------------------------------------


def _kept(order: Sequence[tuple[ast.stmt, bool]]) -> list[ast.stmt]:
    """Down the notebook for candidates, up again for those that something uses."""
    bound, likely = _Bound(), list[tuple[ast.stmt, bool, set[str], set[str]]]()
    for node, whole in order:
        sure = whole or _is_definition(node)
        if sure or _is_candidate(node, bound):
            binds, reads = _names(node)
            likely.append((node, sure, binds, reads))
            bound.add(node, binds)
    used, kept = set[str](), list[ast.stmt]()
    for node, sure, binds, reads in reversed(likely):
        if sure or binds & used or any(name[0].isupper() for name in binds):
            kept.append(node)
            used |= reads
    return kept


def _is_definition(node: ast.stmt) -> bool:
    """An import, function, class, or a plain name for a literal or a lambda."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        literal = node.value is None or isinstance(node.value, ast.Lambda)
        return _has_plain_targets(node) and (literal or _is_literal(node.value))
    if isinstance(node, ast.Try):  # an import with something to fall back on
        return all(isinstance(each, ast.Pass) or _is_definition(each) for each in _inside(node))
    return isinstance(node, (*_DEFINITIONS, ast.Import, ast.ImportFrom))


def _is_candidate(node: ast.stmt, bound: _Bound) -> bool:
    if isinstance(node, ast.If | ast.Try):  # device = "cuda" or "cpu"; imports for type checkers
        inner = _Bound(set(bound.names), dict(bound.imports))
        for each in _inside(node):
            plain = isinstance(each, ast.Pass) or _is_definition(each)
            if not (plain or _is_candidate_value(each, inner)):
                return False
            inner.add(each, _names(each)[0])
        return all(_is_sure(link.test, bound) for link in _chain(node))
    return _is_candidate_value(node, bound)


def _is_candidate_value(node: ast.stmt, bound: _Bound) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    expressions = [node.value, getattr(node, "annotation", None)]
    return _has_plain_targets(node) and all(
        each is None or _is_sure(each, bound) for each in expressions
    )


def _inside(node: ast.stmt) -> list[ast.stmt]:
    """The statements in the branches of an `if` with its `elif`, or of a `try`."""
    if isinstance(node, ast.Try):
        inside = [*node.body, *node.orelse, *node.finalbody]
        return inside + [each for handler in node.handlers for each in handler.body]
    chain = _chain(node)
    bodies = [link.body for link in chain]
    return [each for body in (*bodies, *(link.orelse for link in chain[-1:])) for each in body]


def _chain(node: ast.stmt) -> list[ast.If]:
    """An `if` and its `elif`, which the syntax tree nests; a loop, since there may be many."""
    chain = list[ast.If]()
    while isinstance(node, ast.If):
        chain.append(node)
        if len(node.orelse) != 1:
            break
        node = node.orelse[0]
    return chain


def _has_plain_targets(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    plain = (ast.Name, ast.Tuple, ast.expr_context)
    return all(isinstance(part, plain) for target in targets for part in ast.walk(target))


def _is_literal(value: ast.expr | None) -> bool:
    return value is not None and all(isinstance(part, _LITERAL) for part in ast.walk(value))


def _is_sure(value: ast.expr, bound: _Bound) -> bool:
    """Whether it is known that the value can be made, and that nothing of the student's runs."""
    _, reads = _names(ast.Expr(value))
    if not all(name in bound.names or hasattr(builtins, name) for name in reads):
        return False
    return all(
        not isinstance(part, _NO_PART)
        and (not isinstance(part, ast.Call) or _may_call(part.func, bound))
        for part in ast.walk(value)
    )


def _may_call(function: ast.expr, bound: _Bound) -> bool:
    if isinstance(function, ast.Name) and function.id not in bound.names:
        return function.id in _BUILT_IN_MAKERS
    path, root = list[str](), function
    while isinstance(root, ast.Attribute):
        path.insert(0, root.attr)
        root = root.value
    if isinstance(root, ast.Name) and root.id in bound.imports:
        dotted = ".".join([bound.imports[root.id], *path])
        return _is_under(dotted, _MAKERS) and not _is_under(dotted, _NO_MAKERS)
    return bool(path) and path[-1] not in _NO_METHODS  # a method of a value that is sure itself


def _is_under(dotted: str, names: Sequence[str]) -> bool:
    return any(dotted == name or dotted.startswith(f"{name}.") for name in names)


# ---- names --------------------------------------------------------------------------------


def _names(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The global names that a statement binds, and those that it or what it defines reads."""
    try:
        outermost = symtable.symtable(ast.unparse(node), "cell", "exec")
    except SyntaxError:  # the loading of the module will say so
        return set(), set()
    except (ValueError, RecursionError):  # it can be parsed, but not written again
        return _all_names(node)
    binds = {s.get_name() for s in outermost.get_symbols() if s.is_assigned() or s.is_imported()}
    reads, tables = set[str](), [outermost]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        reads |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (table is outermost or symbol.is_global())
        }
    return binds, reads


def _all_names(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The same, roughly: names of inner scopes among them."""
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    binds = {part.id for part in names if isinstance(part.ctx, ast.Store)}
    if isinstance(node, _DEFINITIONS):
        binds = {node.name}
    return binds, {part.id for part in names if isinstance(part.ctx, ast.Load)}


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Bound name and what it stands for; `import a.b` binds a."""
    if isinstance(node, ast.Import):
        for each in node.names:
            first = each.name.partition(".")[0]
            yield (each.asname, each.name) if each.asname else (first, first)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        for each in node.names:
            yield each.asname or each.name, f"{node.module}.{each.name}"
