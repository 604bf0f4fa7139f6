"""CIFAR-10 from its official archive, in either of the two published forms.

Owns the decoding of an archive's members. The Python form holds pickles: they are read by an
unpickler that knows three names, all replaced by inert classes here, so nothing that the archive
says is ever executed; anything else is refused. The binary form has rows of 3073 bytes.
"""

import io
import math
import pickle
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from grader import wording
from grader.datasets import files

# As published on the data set's page.
MD5: Final = {
    "c58f30108f718f92721af3b95e74349a": "cifar-10-python.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530": "cifar-10-binary.tar.gz",
}
ITEM_BYTES: Final = 3 * 32 * 32
MAX_MEMBER_BYTES: Final = 64 * wording.MB
TRAIN_BATCHES: Final = 5

Batch = tuple[files.Array, files.Array]


def read(archive: Path) -> files.DataSet:
    """The data set of an archive whose checksum was compared before.

    Raises:
        ValueError: not such an archive, a member is missing, or holds something else.
    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            batches = dict(_batches(tar))
    except (tarfile.TarError, OSError, EOFError) as exc:
        raise ValueError(f"the archive is broken ({exc})") from exc
    train = [f"data_batch_{number}" for number in range(1, TRAIN_BATCHES + 1)]
    if missing := sorted({*train, "test_batch"} - set(batches)):
        raise ValueError(f"the archive holds no {missing[0]}")
    return files.DataSet(
        "cifar10",
        _split([batches[name] for name in train]),
        _split([batches["test_batch"]]),
        "CIFAR-10, the published archive",
    )


def _batches(tar: tarfile.TarFile) -> Iterator[tuple[str, Batch]]:
    for member in tar:
        name = member.name.rpartition("/")[2]
        stem = name.removesuffix(".bin")
        if not member.isfile() or not stem.startswith(("data_batch_", "test_batch")):
            continue
        file = tar.extractfile(member)
        if file is None or member.size > MAX_MEMBER_BYTES:
            raise ValueError(f"{member.name} is larger than any batch of CIFAR-10")
        decode: Callable[[bytes], Batch] = unbinary if name.endswith(".bin") else unpickle
        yield stem, decode(file.read())


def _split(batches: list[Batch]) -> files.Split:
    x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return files.Split(x.reshape(-1, *files.ITEM_SHAPES["cifar10"]), y)


def unbinary(content: bytes) -> Batch:
    """Images (N, 3072) and labels of a batch in the binary form.

    Raises:
        ValueError: not whole rows.
    """
    if not content or len(content) % (ITEM_BYTES + 1):
        raise ValueError(f"a binary batch of {len(content)} bytes has no whole rows")
    rows = np.frombuffer(content, np.uint8).reshape(-1, ITEM_BYTES + 1)
    return rows[:, 1:], rows[:, 0].astype(np.int64)


def unpickle(content: bytes) -> Batch:
    """Images (N, 3072) and labels of a batch in the Python form.

    Raises:
        ValueError: it is no such pickle, or names anything that a batch does not need.
    """
    try:
        batch: Any = _Reader(io.BytesIO(content), encoding="bytes").load()
        rows, labels = batch[b"data"].rows(), batch[b"labels"]
        y = np.array([int(label) for label in labels], np.int64)
    except Exception as exc:  # a hostile pickle can fail in any way
        raise ValueError(f"the batch is not a pickle of CIFAR-10 ({exc})") from exc
    return rows, y


class _Type:
    """Stands for a dtype in a pickle; only unsigned bytes are met."""

    def __init__(self, name: Any, *_rest: Any) -> None:
        if name not in (b"u1", "u1"):
            raise ValueError(f"an array of {name!r}")

    def __setstate__(self, _state: Any) -> None:
        pass


class _Array:
    """Stands for an array in a pickle: keeps what is said of it, reserves nothing."""

    def __init__(self, *_arguments: Any) -> None:
        self._state: tuple[Any, ...] = ()

    def __setstate__(self, state: Any) -> None:
        self._state = tuple(state)

    def rows(self) -> files.Array:
        """The array (N, 3072)."""
        _version, shape, kind, is_fortran, content = self._state
        if not isinstance(kind, _Type) or is_fortran or type(content) is not bytes:
            raise ValueError("an array of another layout")
        if len(shape) != 2 or shape[1] != ITEM_BYTES or math.prod(shape) != len(content):
            raise ValueError(f"an array of shape {shape}")
        return np.frombuffer(content, np.uint8).reshape(shape)


class _Reader(pickle.Unpickler):
    """Knows an array's three names and nothing that does anything."""

    _KNOWN: Final = {
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Type,
    }

    def find_class(self, module: str, name: str) -> Any:
        """The inert class for a name."""
        if (module, name) not in self._KNOWN:
            raise ValueError(f"it names {module}.{name}")
        return self._KNOWN[module, name]
