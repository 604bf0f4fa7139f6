"""What a sandbox does before the submission arrives, so that no test's process has to do it.

Owns imports, and a first use of PyTorch: a fork shares what its parent has set up and touched, and
pays for the rest anew in every test. Runs no line of a submission.
"""

import contextlib
import gc
import importlib
import logging
import os
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from grader.rpc import deferred_torch

OF_TORCH = ("torch.utils.serialization",)  # what PyTorch itself imports late
# Each costs milliseconds in every test that imports it anew.
OFTEN_IMPORTED = ("numpy.typing", "numpy.lib.stride_tricks", "numpy.random", "dataclasses", "enum")

MMAPPED = 0x7000_0000_0000  # addresses above are not of the allocator's one heap
_held: list[object] = []


def everything(library: str, also: Iterable[str]) -> None:
    """Import and use what most submissions do.

    Args:
        library: "numpy" or "torch".
        also: further modules; one that is not there is left to the submission that imports it.
    """
    gc.disable()  # what is imported stays; to look through it again and again takes a tenth more
    for name in (library, *OFTEN_IMPORTED, *(OF_TORCH if library == "torch" else ())):
        importlib.import_module(name)
    for name in also:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if library == "torch":
        deferred_torch.install()
        _use(importlib.import_module("torch"))
    gc.enable()
    if library == "torch":
        _held.extend(_holes())
    # A collection in a child would touch, and so copy, every preloaded page. One before finds less
    # than 1 MB to free and takes a tenth of the start.
    gc.freeze()


def _use(torch: Any) -> None:
    """Train a tiny network for one step: 5 of 18 ms of a test that does so are spent here once."""
    torch.set_num_threads(1)
    functional, nn = torch.nn.functional, torch.nn
    with torch.random.fork_rng(devices=[]):  # the generators stand as if nothing had happened
        layers = (nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        network = nn.Sequential(*layers, nn.Linear(18, 3))
        step = torch.optim.SGD(network.parameters(), lr=0.1).step
        functional.cross_entropy(network(torch.ones(2, 1, 8, 8)), torch.tensor([0, 2])).backward()
        step()
    _quieten()


def _quieten() -> None:
    """Drop the handlers of PyTorch's own loggers: each child would renew the lock of every one."""
    for name, logger in logging.Logger.manager.loggerDict.items():
        if name.startswith("torch") and isinstance(logger, logging.Logger):
            logger.handlers.clear()


def _holes() -> Iterator[object]:
    """Blocks that fill what imports left free between what they keep.

    A child would be given such places first, and copy a page for almost every block: 450 of the
    1,800 that it copies in a step of training. From the end of the heap blocks lie side by side.
    """
    end = max((id(it) for it in gc.get_objects() if id(it) < MMAPPED), default=0)
    for size in (*range(2**16, 2**10, -(2**10)), *range(2**10, 0, -16)):
        while id(block := bytes(size)) < end:
            yield block
    while id(smallest := object()) < end:
        yield smallest


def show_deprecations(folder: str) -> None:
    """Print what files below a folder use that is deprecated; of libraries nothing is said."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if filename.startswith(folder + os.sep) or not issubclass(category, DeprecationWarning):
            usual(message, category, filename, lineno, file, line)

    warnings.simplefilter("default", DeprecationWarning)
    warnings.showwarning = show
