"""Data sets for tests: `datasets.load("mnist", "test").x`, on the trusted side only.

Owns which folder a suite process reads and what happens when data is missing. At the service the
folder travels in the runner's request and missing data is the machine's fault (the assignment is
refused before it comes to that). At home a test that needs held-back data is not run.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader import errors, models, settings
from grader.datasets import files
from grader.rpc import host

Split = files.Split


def _home() -> Path:
    return settings.from_environment().datasets


@dataclass(slots=True)
class DataLocation:
    """Where this process reads: set by `suite_process`, else as at home."""

    folder: Callable[[], Path] = _home
    at_home: bool = True


running = DataLocation()


def use(folder: str) -> None:
    """Read from this folder from now on; called once in a suite process."""
    running.folder, running.at_home = lambda: Path(folder), False


def load(name: str, split: files.SplitName) -> Split:
    """The arrays `x` (uint8) and `y` (int64) of a data set, read-only, read once per process.

    Args:
        name: one that the manifest lists in `datasets`.
        split: "train", which submissions see as /data/<name>/train.npz, or "test", which they
            never see.
    """
    try:
        return _load(running.folder(), name, split)
    except errors.DatasetMissing as exc:
        if not running.at_home:
            raise
        raise host.Stopped(
            models.Verdict.NOT_RUN,
            f"Not run here: this test needs the {split} half of the data set {name}. "
            f"`grader data fetch {name}` gets it; the course's machine has it.",
        ) from exc


@functools.cache
def _load(folder: Path, name: str, split: files.SplitName) -> Split:
    return files.load(folder, name, split)
