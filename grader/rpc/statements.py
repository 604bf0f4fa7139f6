"""A notebook's module in the sandbox: its statements, one after the other, as Jupyter runs them.

Owns compiling the statements and running those that are kept. Runs beside student code, in whose
hands it is. Which are kept is found out before the first test (`rehearsal`); where they stand is
written by `grader.source.statements`, whose table lies beside the cells.

Theory of operation
    layers.ipynb, statements  the table, from the host
    layers.ipynb, code        their code objects, from `bytecode`'s process; made here if it lacks
    layers.ipynb, skipped     those that failed or took too long in the rehearsal, and why

A statement is compiled by itself, so `from __future__` may stand anywhere and a broken one costs
only itself. What is printed is dropped: it belongs to no test. A name that only a skipped statement
gives a value is looked for by running the skipped ones after all, once a test asks for it.
"""

import __future__

import ast
import contextlib
import functools
import importlib
import inspect
import itertools
import marshal
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from types import CodeType
from typing import Any

import msgspec

TABLE, CODE, SKIPPED = ", statements", ", code", ", skipped"
SLOW = "slow"  # why a statement was skipped; the others are `rehearsal`'s
_FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as in a notebook

Namespace = dict[str, Any]


class TableRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of the table; see `grader.source.statements`."""

    cell: int
    line: int
    kind: str
    touched: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    is_main: bool = False


_tables = msgspec.json.Decoder(list[TableRow])
_reasons = msgspec.json.Decoder(dict[int, str])
Code = CodeType | str  # what to run, or why it cannot be


def table(data: bytes) -> list[TableRow]:
    """The rows of a notebook's table."""
    return _tables.decode(data)


# ---- compiling ----------------------------------------------------------------------------


def compiled(notebook: str, rows: Sequence[TableRow], cells: Mapping[int, bytes]) -> list[Code]:
    """Each statement by itself, under its cell's name.

    Args:
        notebook: its name; the folder is added where the code is run.
        cells: number -> text.
    """
    flags, found = 0, list[Code]()
    bodies = {number: _body(text) for number, text in cells.items()}
    for row in rows:
        node = next(bodies[row.cell], "there are fewer statements than expected")
        code = _compiled(node, f"{notebook}, cell {row.cell}", flags)
        flags |= code.co_flags & _FUTURE if isinstance(code, CodeType) else 0
        found.append(code)
    return found


def _body(text: bytes) -> Iterator[ast.stmt | str]:
    """Statements; what is wrong, again and again, if this Python cannot read the cell."""
    try:
        yield from ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError) as exc:
        yield from itertools.repeat(str(exc))


def _compiled(node: ast.stmt | str, name: str, flags: int) -> Code:
    if isinstance(node, str):
        return node
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.Module([node], [])
            code: CodeType = compile(tree, name, "exec", flags | _AWAIT, dont_inherit=True)
            return code
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        return f"{type(exc).__name__}: {getattr(exc, 'msg', exc)}"


def codes(path: str, files: Mapping[str, bytes]) -> list[Code]:
    """The code of a notebook of the submission, marshalled in `layers.ipynb, code`."""
    rows = table(files[path + TABLE])
    cells = {row.cell: files.get(f"{path}, cell {row.cell}", b"") for row in rows}
    return compiled(PurePath(path).name, rows, cells)


# ---- running ------------------------------------------------------------------------------

Watch = Callable[[str, int, TableRow, Namespace, Callable[[], None]], None]
watch: Watch | None = None  # runs each statement, where there is a rehearsal


def run(namespace: Namespace, path: str) -> None:
    """Run a notebook's kept statements in the namespace of its module; no error leaves it."""
    folder = PurePath(namespace["__file__"]).parent
    name = PurePath(path).name
    rows = table(_read(folder / (name + TABLE)))
    skipped = _reasons.decode(_read(folder / (name + SKIPPED)) or b"{}")
    codes = _loaded(folder, name, rows)
    namespace |= {"display": _display, "get_ipython": _Shell()}
    own, stale = os.getpid(), Namespace()
    with _silence():
        for number, (row, code) in enumerate(zip(rows, codes, strict=True)):
            if number in skipped:
                stale |= taken_out(namespace, row) if skipped[number] == SLOW else {}
                continue
            action = functools.partial(_execute, code, namespace, row)
            if watch:
                watch(path, number, row, namespace, action)
            else:
                _ignoring(action)
            if os.getpid() != own:  # the statement forked: one of the two goes on
                os._exit(0)
    if isinstance(namespace.get("get_ipython"), _Shell):
        del namespace["get_ipython"]  # no function of a solution has use for a shell
    if late := [number for number in sorted(skipped) if number < len(rows)]:
        _Later(namespace, [(rows[number], codes[number]) for number in late], stale)


def taken_out(namespace: Namespace, row: TableRow) -> Namespace:
    """The names that a slow statement would leave: what they stood for before would be wrong."""
    return {name: namespace.pop(name) for name in row.leaves if name in namespace}


def _read(path: PurePath) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # a `Path` costs more, in every test
            return file.read()
    except FileNotFoundError:
        return b""


def _loaded(folder: PurePath, name: str, rows: Sequence[TableRow]) -> list[Code]:
    if data := _read(folder / (name + CODE)):
        codes: list[Code] = marshal.loads(data)  # noqa: S302  # ours, or the student's own process's
    else:
        numbers = {row.cell for row in rows}
        cells = {number: _read(folder / f"{name}, cell {number}") for number in numbers}
        codes = compiled(name, rows, cells)
    return [
        _moved(code, f"{folder}{os.sep}") if isinstance(code, CodeType) else code for code in codes
    ]


def _moved(code: CodeType, folder: str) -> CodeType:
    """The code with the folder in which its cell lies now, for tracebacks."""
    constants = tuple(
        _moved(part, folder) if isinstance(part, CodeType) else part for part in code.co_consts
    )
    return code.replace(co_filename=folder + code.co_filename, co_consts=constants)


def _execute(code: Code, namespace: Namespace, row: TableRow) -> None:
    if isinstance(code, str):
        raise SyntaxError(code)
    name = namespace["__name__"]
    if row.is_main:
        namespace["__name__"] = "__main__"
    try:
        if code.co_flags & inspect.CO_COROUTINE:
            importlib.import_module("asyncio").run(eval(code, namespace))  # noqa: S307
        else:
            exec(code, namespace)  # noqa: S102
    finally:
        namespace["__name__"] = name


def _ignoring(action: Callable[[], None]) -> None:
    """Whatever happens: it worked in the rehearsal, and what lacks is told by what needs it."""
    with contextlib.suppress(BaseException):
        action()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Nothing that is printed meanwhile gets out."""
    _flush()
    kept = [os.dup(1), os.dup(2)]
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        yield
    finally:
        _flush()
        for target, source in ((1, kept[0]), (2, kept[1])):
            os.dup2(source, target)
        for descriptor in (*kept, null):
            os.close(descriptor)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


class _Later:
    """Skipped statements, run when a test asks for a name that only they would leave behind."""

    def __init__(
        self, namespace: Namespace, late: Sequence[tuple[TableRow, Code]], stale: Namespace
    ) -> None:
        self._namespace = namespace
        self._late = late
        self._names = {name for row, _ in late for name in row.leaves}
        self._stale = stale
        namespace.setdefault("__getattr__", self.attribute)

    def attribute(self, name: str) -> Any:
        """A name of the module that is not there yet (PEP 562)."""
        if name in self._names:
            self._run()
        if name in self._namespace:
            return self._namespace[name]
        raise AttributeError(f"module {self._namespace['__name__']!r} has no attribute {name!r}")

    def _run(self) -> None:
        self._names = set()
        self._namespace.update(self._stale | self._namespace)
        with _silence():
            for row, code in self._late:
                _ignoring(functools.partial(_execute, code, self._namespace, row))


def _display(*values: object, **_options: object) -> None:
    """IPython's, as far as a program has use for it."""
    for value in values:
        sys.stdout.write(f"{value!r}\n")


class _Shell:
    """Stands for IPython's shell, and gives it: what is asked of it is done by nobody."""

    def __call__(self) -> "_Shell":
        """As `get_ipython()`."""
        return self

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_args, **_options: None
