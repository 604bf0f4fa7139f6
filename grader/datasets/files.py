"""Data sets on disk: two folders of arrays with their checksums, written whole or not at all.

Owns the layout and who may see which half. Does not know where data comes from (`fetch`,
`stand_in`).

    <datasets>/public/<name>/train.npz, meta.json      mounted read-only at /data in every sandbox
    <datasets>/heldback/<name>/test.npz, meta.json     read by the trusted side only

Arrays: `x` uint8 of shape (N, *item), `y` int64 of shape (N,).

Theory of operation
    A new folder is filled under another name and then renamed, held-back half first, so the
    public `meta.json` says that both are there. A stand-in that gives way to real data is moved
    aside before that. One writer at a time holds `<datasets>/.lock`. Readers compare the file with
    the checksum in `meta.json` before they use it.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np

from grader import disk, errors

Array = np.ndarray[Any, np.dtype[Any]]
SplitName = Literal["train", "test"]

ITEM_SHAPES: Final[dict[str, tuple[int, ...]]] = {
    "cifar10": (3, 32, 32),  # channels red, green, blue
    "digits": (8, 8),  # values 0 to 16
    "mnist": (28, 28),
}
CLASSES: Final = 10
HALVES: Final[dict[SplitName, str]] = {"train": "public", "test": "heldback"}


@dataclass(frozen=True, slots=True)
class Split:
    """One half of a data set.

    Attributes:
        x: uint8, (N, *item).
        y: int64 labels, (N,).
    """

    x: Array
    y: Array


@dataclass(frozen=True, slots=True)
class DataSet:
    """A whole data set in memory; `source` says in words where it comes from."""

    name: str
    train: Split
    test: Split
    source: str
    stand_in: bool = False


class Meta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `meta.json` says of the arrays beside it."""

    name: str
    split: SplitName
    stand_in: bool
    source: str
    shape: tuple[int, ...]  # of x
    sha256: str  # of the .npz file


def is_of_layout(parts: tuple[str, ...]) -> bool:
    """Whether a path below a homework's folder belongs to data sets fetched there."""
    return parts[:1] == ("datasets",) and parts[1:2] in [("public",), ("heldback",), (".lock",)]


def public_dir(root: Path) -> Path:
    """The half that sandboxes see; made if missing, so that there is always something to mount.

    Raises:
        OperatorError: it cannot be made.
    """
    folder = root / HALVES["train"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o055 != 0o055:  # as it should be it may be read-only
            folder.chmod(0o755)  # the sandbox's user is nobody
    except OSError as exc:
        raise errors.OperatorError(
            f"Cannot make the folder of data sets {folder}: {exc.strerror}. Fix it, or name "
            "another folder by GRADER_DATASETS_DIR."
        ) from exc
    return folder.resolve()


def meta(root: Path, name: str, split: SplitName = "train") -> Meta | None:
    """What is known of one half; None when it is not there.

    Raises:
        OperatorError: the file is broken.
    """
    path = root / HALVES[split] / name / "meta.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Meta)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as exc:
        raise errors.OperatorError(f"{path}: {exc}. {_renew(name, path.parent)}") from exc


def public_dir_if_any(root: Path) -> Path | None:
    """The same, or None for a course that has no data sets and cannot be written to.

    Raises:
        OperatorError: it cannot be made for another reason.
    """
    try:
        return public_dir(root)
    except errors.OperatorError as exc:
        if isinstance(exc.__cause__, OSError) and exc.__cause__.errno == errno.EROFS:
            return None
        raise


def require(root: Path, names: Sequence[str], whose: str) -> list[str]:
    """Make sure that both halves of these data sets are there.

    Args:
        whose: the assignment that needs them, for the message.

    Returns:
        One remark for each that is only a stand-in.

    Raises:
        DatasetMissing: one is not; the message holds the command that fetches it.
    """
    remarks = []
    for name in names:
        halves = [meta(root, name, split) for split in HALVES if not _is_closed(root, split)]
        if None in halves:
            raise errors.DatasetMissing(
                f"{whose} needs the data set {name}, which is not in {root}. Get it with "
                f"`grader data fetch {name}`, or make synthetic data of its shape with "
                f"`grader data stand-in {name}`."
            )
        if any(half and half.stand_in for half in halves):
            remarks.append(f"The data set {name} was a synthetic stand-in on this machine.")
    return remarks


def _is_closed(root: Path, split: SplitName) -> bool:
    """Whether this half is not for this process: an API of its own has no rights to labels."""
    folder = root / HALVES[split]
    return folder.exists() and not os.access(folder, os.R_OK | os.X_OK)


def load(root: Path, name: str, split: SplitName) -> Split:
    """One half, its arrays read-only.

    Raises:
        DatasetMissing: it is not there.
        OperatorError: the file is not the one that was written.
    """
    recorded = meta(root, name, split)
    folder = root / HALVES[split] / name
    if recorded is None:
        raise errors.DatasetMissing(
            f"There is no {folder / _file(split)}; `grader data fetch {name}` gets it."
        )
    path = folder / _file(split)
    try:
        if _sha256(path) != recorded.sha256:
            raise errors.OperatorError(f"{path} has been changed. {_renew(name, folder)}")
        with np.load(path, allow_pickle=False) as arrays:
            x, y = arrays["x"], arrays["y"]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as exc:
        raise errors.OperatorError(f"{path}: {exc}. {_renew(name, folder)}") from exc
    x.flags.writeable = y.flags.writeable = False
    return Split(x, y)


def save(root: Path, data: DataSet) -> None:
    """Put a data set in place of what is there; call it under `writing`.

    Raises:
        ValueError: arrays of another type or shape than this data set has.
        OperatorError: the disk refuses.
    """
    _check(data)
    try:
        public_dir(root)
        (root / HALVES["test"]).mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(root, data, "test", data.test)
        _write(root, data, "train", data.train)
    except OSError as exc:
        raise errors.OperatorError(
            f"Cannot write the data set {data.name} to {root}: {exc.strerror}. Nothing of it is "
            "left; make room or name another folder by GRADER_DATASETS_DIR."
        ) from exc


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """Hold the folder for one writer; a second one waits."""
    public_dir(root)
    held = disk.lock(root / ".lock")
    try:
        yield
    finally:
        os.close(held)


def _check(data: DataSet) -> None:
    item = ITEM_SHAPES[data.name]
    for half in (data.train, data.test):
        x, y = half.x, half.y
        fits = x.shape == (len(y), *item) and y.ndim == 1 and len(y) > 0
        if not fits or x.dtype != np.uint8 or y.dtype != np.int64:
            raise ValueError(f"{data.name}: x {x.dtype} {x.shape}, y {y.dtype} {y.shape}")
        if y.min() < 0 or y.max() >= CLASSES:
            raise ValueError(f"{data.name}: labels from {y.min()} to {y.max()}")


def _write(root: Path, data: DataSet, split: SplitName, half: Split) -> None:
    parent = root / HALVES[split]
    fresh = Path(tempfile.mkdtemp(prefix=f".{data.name}-", dir=parent))
    try:
        path = fresh / _file(split)
        np.savez(path, x=half.x, y=half.y)  # not compressed: read often, by slow programs too
        about = Meta(data.name, split, data.stand_in, data.source, half.x.shape, _sha256(path))
        (fresh / "meta.json").write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")
        for file in fresh.iterdir():
            file.chmod(0o644)
        fresh.chmod(0o755)
        _swap(fresh, parent / data.name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, place: Path) -> None:
    if place.exists():
        aside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        place.rename(aside)
        fresh.rename(place)
        shutil.rmtree(aside)
    else:
        fresh.rename(place)


def _file(split: SplitName) -> str:
    return f"{split}.npz"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _renew(name: str, folder: Path) -> str:
    return f"Remove {folder} and run `grader data fetch {name}`."
