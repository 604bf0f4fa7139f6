"""Parts of PyTorch that are loaded when something uses them, not when something asks in passing.

Owns stand-ins for two modules that PyTorch imports only to learn that it has no use for them: half
of the processor time in which a sandbox starts. Runs in the sandbox and is no more to be trusted.

Theory of operation
    torch.optim          imports `torch._dynamo`, to keep the compiler away from an optimizer; but
                         nothing is compiled in a process that has not loaded the compiler
    backward(gradient)   imports `symbolic_shapes` (and sympy), to compare sizes that may be
                         symbols; but plain numbers compare without it

While a stand-in is in `sys.modules` it answers these few questions by itself. Anything else that is
asked of it, and any import of a module below it, loads the real one, puts it in the stand-in's
place, and hands it what the stand-in has promised meanwhile: `torch.compile` works as ever, and
pays then.
"""

import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
import types
from collections.abc import Callable, Sequence
from typing import Any

COMPILER = "torch._dynamo"
SYMBOLS = "torch.fx.experimental.symbolic_shapes"
_lock = threading.RLock()
_kept_from_compiler: list[tuple[Callable[..., Any], bool]] = []


def install() -> None:
    """Put the stand-ins where the modules would be, unless these are loaded; needs PyTorch."""
    if not any(isinstance(finder, _SubmodulesFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _SubmodulesFinder())
    _defer(COMPILER, disable=_disable, graph_break=_graph_break)
    _defer(SYMBOLS, sym_eq=_sym_eq, expect_true=_expect_true)


def _defer(name: str, **answers: Callable[..., Any]) -> None:
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None:  # another version of PyTorch
        return
    deferred = _Deferred(name)
    deferred.__spec__, deferred.__file__ = spec, spec.origin
    if spec.submodule_search_locations is not None:
        deferred.__path__ = spec.submodule_search_locations
    deferred.__dict__.update(answers)
    _put(name, deferred)


def _put(name: str, module: types.ModuleType) -> None:
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)


class _Deferred(types.ModuleType):
    """Stands in for a module until it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # whoever walks over all modules wants to know nothing of them
            raise AttributeError(name)
        return getattr(_load(self.__name__), name)


def _is_deferred(name: str) -> bool:
    return isinstance(sys.modules.get(name), _Deferred)


def _load(name: str) -> types.ModuleType:
    """The real module, in the stand-in's place."""
    with _lock:
        deferred = sys.modules[name]
        if not isinstance(deferred, _Deferred):
            return deferred
        del sys.modules[name]
        try:
            real = importlib.import_module(name)
        except BaseException:
            _put(name, deferred)
            raise
        if name == COMPILER:
            _keep_promises(real)
        return real


class _SubmodulesFinder(importlib.abc.MetaPathFinder):
    """Loads a real module before the first import of a module below it."""

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None,
        _target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Where a module below a stand-in is found; nothing for any other."""
        parent = fullname.rpartition(".")[0]
        if not _is_deferred(parent):
            return None
        _load(parent)
        module = importlib.import_module(fullname)
        # Else the import that asks would take the module's own spec, and run it a second time.
        del sys.modules[fullname]
        return importlib.machinery.ModuleSpec(fullname, _Loaded(module))


class _Loaded(importlib.abc.Loader):
    """Hands over a module that has been imported already."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, _spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """The module itself."""
        return self._module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing but its own spec is missing, where the import could replace it."""
        if module.__spec__ is not self._spec:
            module.__spec__ = self._spec


# ---- what the stand-ins answer ------------------------------------------------------------


def _disable(fn: Any = None, recursive: bool = True, **options: Any) -> Any:
    """PyTorch's own functions, which keep the answer, run as they are until there is a compiler."""
    if fn is None or options != {"wrapping": False}:
        return _load(COMPILER).disable(fn, recursive, **options)

    @functools.wraps(fn)
    def undisturbed(*args: Any, **kwargs: Any) -> Any:
        if _is_deferred(COMPILER):
            return fn(*args, **kwargs)
        return fn.__dynamo_disable(*args, **kwargs)

    _kept_from_compiler.append((fn, recursive))
    return undisturbed


def _keep_promises(compiler: types.ModuleType) -> None:
    """From now on the compiler knows what it has to leave alone."""
    for fn, recursive in _kept_from_compiler:
        fn.__dynamo_disable = compiler.disable(fn, recursive, wrapping=False)  # type: ignore[attr-defined]  # PyTorch keeps it there
    _kept_from_compiler.clear()


def _graph_break(*_args: object, **_kwargs: object) -> None:
    """Of the graph that no compiler makes."""


def _sym_eq(x: Any, y: Any) -> Any:
    if _is_plain(x) and _is_plain(y):
        return tuple(x) == tuple(y)
    return _load(SYMBOLS).sym_eq(x, y)


def _is_plain(sizes: object) -> bool:
    return isinstance(sizes, tuple | list) and all(type(number) is int for number in sizes)


def _expect_true(condition: Any, skip: int = 0) -> Any:
    return condition if type(condition) is bool else _load(SYMBOLS).expect_true(condition, skip)
