"""Stand-ins for modules that the sandbox lacks, so that they cost only the code that uses them.

Owns which failed imports get one, and how it fails. UNTRUSTED, as the guest that installs it.

Theory of operation
    import wandb             no such module here: the name is bound to a stand-in
    def train(net):
        wandb.log(...)       ModuleNotFoundError: this line uses wandb.log, which the sandbox ...

Python's own error stays wherever somebody may be waiting for it, or it says more: in a `try` or a
`with` (seen in the exception table of the importing code), in a function, from a library, and for
a name that is, or is spelt almost like, a file of the submission. A stand-in is never put into
`sys.modules`, so each import is judged by itself.

While a module is being imported, using a stand-in gives another one: a decorator, a base class or
`drive.mount(...)` at the top of a file must not take everything below with it. In a function every
use raises.

`tqdm.notebook` is there but cannot draw its bars without ipywidgets, and fails in the middle of a
function. Plain bars take their place, whoever imports it.
"""

import builtins
import difflib
import dis
import importlib
import importlib.abc
import importlib.machinery
import inspect
import sys
import types
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath
from types import CodeType, FrameType
from typing import Any, NoReturn

SIMILAR = 0.8  # as `source.importable` has it
COURSE_PACKAGE = "stage"  # the suite's own helpers, whose mistakes are the suite's
_python_import = builtins.__import__


def is_of_the_course(module: str) -> bool:
    """Whether a module is the suite's own helper, which lies beside the submission."""
    return module.partition(".")[0] == COURSE_PACKAGE


def install(folder: str, paths: Collection[str]) -> None:
    """Have failed imports in the files below a folder answered.

    Args:
        folder: where the submission lies, with a separator at its end.
        paths: its files, relative to the folder.
    """

    def imported(
        name: str,
        # The names of Python's own: the standard library passes them as keywords.
        globals: Mapping[str, object] | None = None,  # noqa: A002 - see above
        locals: Mapping[str, object] | None = None,  # noqa: A002 - see above
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        try:
            return _python_import(name, globals, locals, fromlist or (), level)
        except ModuleNotFoundError:
            frame = sys._getframe(1)
            if level or not _is_answered(frame, folder) or _is_own(name, paths):
                raise
        return MissingModule(name if fromlist else name.partition(".")[0])

    builtins.__dict__["__import__"] = imported


def plain_bars() -> None:
    """Give `tqdm.notebook` the bars of a terminal, whoever imports it from now on."""
    sys.meta_path.insert(0, _PlainBars())


class _PlainBars(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """`tqdm.notebook` with the bars of a terminal."""

    def find_spec(
        self, fullname: str, _path: object, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Ours for that one module."""
        is_ours = fullname == "tqdm.notebook"
        return importlib.machinery.ModuleSpec(fullname, self) if is_ours else None

    def exec_module(self, module: types.ModuleType) -> None:
        """The names that people import from it."""
        plain = importlib.import_module("tqdm.std")
        bars = {"tqdm": plain.tqdm, "tqdm_notebook": plain.tqdm}
        module.__dict__.update(bars, trange=plain.trange, tnrange=plain.trange)


def _is_answered(frame: FrameType, folder: str) -> bool:
    """Whether an import stands at the top of a student's file, and nobody waits for its failure."""
    path = frame.f_code.co_filename
    return (
        path.startswith(folder)
        and not path.startswith(f"{folder}{COURSE_PACKAGE}/")
        and not frame.f_code.co_flags & inspect.CO_OPTIMIZED
        # Neither `__import__(...)` nor a library's C code, which looks up what may be missing.
        and frame.f_code.co_code[frame.f_lasti] == dis.opmap["IMPORT_NAME"]
        and not _is_guarded(frame.f_code, frame.f_lasti)
    )


def _is_guarded(code: CodeType, offset: int) -> bool:
    """Whether an instruction stands in a `try` or a `with`: Python's table of handlers says so."""
    numbers = _numbers(code.co_exceptiontable)
    # Start, length, target, depth; all but the depth in words of two bytes.
    ranges = zip(numbers[0::4], numbers[1::4], strict=False)
    return any(2 * start <= offset < 2 * (start + length) for start, length in ranges)


def _numbers(table: bytes) -> list[int]:
    """Numbers of six bits a byte, the highest first; bit 6 says that another byte follows."""
    found, number = list[int](), 0
    for byte in table:
        number = number << 6 | byte & 0x3F
        if not byte & 0x40:
            found.append(number)
            number = 0
    return found


def _is_own(name: str, paths: Collection[str]) -> bool:
    """Whether a name is, or is spelt almost like, a file or a folder of the submission."""
    first = name.partition(".")[0]
    parts = (PurePosixPath(path).with_suffix("").parts for path in paths if path.endswith(".py"))
    own = {part for path in parts for part in path}
    return bool(difflib.get_close_matches(first, own, 1, SIMILAR))


# ---- stand-ins ----------------------------------------------------------------------------


class MissingModule(types.ModuleType):
    """A module that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__dict__["__all__"] = []  # `from x import *` binds nothing

    def __getattr__(self, name: str) -> Any:
        return _used(f"{self.__name__}.{name}", name)


class MissingMember:
    """Something of a module that is not there, or made of it."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name == "_name":  # of a copy that is being made
            raise AttributeError(name)
        return _used(f"{self._name}.{name}", name)

    def __setattr__(self, name: str, _value: object) -> None:
        _used(f"{self._name}.{name}", name)

    def __call__(self, *_args: object, **_kwargs: object) -> Any:
        """Another stand-in, as for any use at the top of a module."""
        return _used(self._name)

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        """The base class of one that is defined on top of it: objects cannot be made of it."""
        name = self._name

        def refuse(*_args: object, **_kwargs: object) -> NoReturn:
            raise _error(name)

        return (type("Missing", (), {"__new__": refuse, "__init_subclass__": _accept}),)


def _accept(*_args: object, **_kwargs: object) -> None:
    """Class arguments of the real base class."""


def _used(name: str, attribute: str = "") -> Any:
    """Another stand-in while a module is being imported.

    Raises:
        ModuleNotFoundError: in a function.
        AttributeError: for the attributes by which libraries look at any object.
    """
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    if sys._getframe(2).f_code.co_flags & inspect.CO_OPTIMIZED:
        raise _error(name)
    return MissingMember(name)


def _error(name: str) -> ModuleNotFoundError:
    module = name.partition(".")[0]
    return ModuleNotFoundError(
        f"No module named {module!r}: this line uses {name}, which the sandbox does not have.",
        name=module,
    )


def _operator(operation: str) -> Any:
    def use(self: MissingMember, *_operands: object) -> Any:
        return _used(self._name)

    use.__name__ = operation
    return use


def _end(operation: str) -> Any:
    def use(self: MissingMember, *_operands: object) -> NoReturn:
        raise _error(self._name)

    use.__name__ = operation
    return use


# Python looks for these in the class. What gives any object gives another stand-in; what must give
# a number, an iterator or a block cannot.
_OPERATORS = (
    *("getitem", "or", "ror", "and", "rand", "add", "radd", "sub", "rsub", "mul", "rmul"),
    *("matmul", "rmatmul", "truediv", "rtruediv", "floordiv", "rfloordiv", "mod", "rmod"),
    *("pow", "rpow", "lshift", "rlshift", "rshift", "rrshift", "xor", "rxor", "neg", "pos"),
    *("abs", "invert", "lt", "le", "gt", "ge"),
)
_ENDS = (
    *("iter", "next", "len", "contains", "enter", "exit", "await", "aiter", "aenter", "aexit"),
    *("int", "float", "complex", "index", "instancecheck", "subclasscheck", "array"),
    *("setitem", "delitem", "fspath", "round", "bytes"),
)
for _name in _OPERATORS:
    setattr(MissingMember, f"__{_name}__", _operator(f"__{_name}__"))
for _name in _ENDS:
    setattr(MissingMember, f"__{_name}__", _end(f"__{_name}__"))
