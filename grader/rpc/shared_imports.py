"""Libraries that a submission imports, imported once instead of in each of its tests.

Owns which imports are shared, finding them in compiled code, and making them. Runs in the sandbox:
the process that compiles a submission (`bytecode`) finds its imports, the supervisor, which runs no
line of it, makes them. What was found is a claim, so a name counts only where it is a library of
the image that is known to leave neither threads nor changed generators behind.

A test's process that finds a library in `sys.modules` saves its import: 2 s of each test where a
notebook names pandas, scikit-learn and torchvision at its top, as most do.
"""

import contextlib
import dis
import gc
import importlib.machinery
import sys
import time
import warnings
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from types import CodeType

import msgspec

from grader.rpc import missing_modules

# Not a course's own packages: some start threads, which no fork has. A manifest's `preload` may.
LIBRARIES = frozenset(
    {
        *("PIL", "einops", "h5py", "matplotlib", "numpy", "pandas", "requests", "safetensors"),
        *("scipy", "seaborn", "sklearn", "tensorboard", "torch", "torchinfo", "torchmetrics"),
        *("torchvision", "tqdm", "yaml"),
    }
)
# Names of modules that no library imports, and that files of submissions may have.
NOT_WANTED = frozenset({missing_modules.COURSE_PACKAGE, "test"})
MAX_IMPORTS = 200  # of one submission
MOST_S = 30.0  # of the wall's; the rest is left to the tests


class Import(msgspec.Struct, frozen=True, array_like=True):
    """`import module`, or `from module import members`."""

    module: str
    members: tuple[str, ...] = ()


def named_in(code: CodeType) -> Iterator[Import]:
    """What code imports when it is run, functions left out, of the libraries that are shared."""
    words = [one for one in dis.get_instructions(code) if one.opname != "EXTENDED_ARG"]
    for level, members, word in zip(words, words[1:], words[2:], strict=False):
        if word.opname == "IMPORT_NAME" and level.argval == 0 and _is_shared(str(word.argval)):
            names = members.argval if isinstance(members.argval, tuple) else ()
            yield Import(str(word.argval), tuple(map(str, names)))


def make(wanted: Iterable[Import], paths: Collection[str]) -> None:
    """Import what is shared; what fails is left to the tests, which hear why.

    Args:
        paths: files of the submission. Where one in Python has the name of a module, it is meant
            instead, so that nothing is shared then.
    """
    if any(map(_is_taken, _own(paths))):
        return
    until = time.monotonic() + MOST_S
    gc.disable()  # as `preload`: what is imported stays
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in islice(wanted, MAX_IMPORTS):
            if _is_shared(one.module) and time.monotonic() < until:
                with contextlib.suppress(Exception):
                    __import__(one.module, fromlist=one.members)
    gc.enable()
    gc.freeze()


def _is_shared(module: str) -> bool:
    first, *parts = module.split(".")
    return first in LIBRARIES and all(part.isidentifier() and part[0] != "_" for part in parts)


def _own(paths: Collection[str]) -> set[str]:
    tops = {PurePosixPath(path).parts[0] for path in paths if path.endswith(".py")}
    names = {top.removesuffix(".py") for top in tops}
    return {name for name in names if name.isidentifier()} - NOT_WANTED


def _is_taken(name: str) -> bool:
    """Whether Python or an installed library has a module of this name."""
    if name in sys.modules or name in sys.stdlib_module_names:
        return True
    with contextlib.suppress(Exception):  # a path entry that cannot be read
        return importlib.machinery.PathFinder.find_spec(name) is not None
    return False
