"""A submitted checkpoint file as plain tensors, or one sentence that says what the file is.

Owns reading: which pickles are taken, what else a file under `.pt` turns out to be, the remedy.
Which entries fit a model is `checkpoints`'s. Runs in the guest only. UNTRUSTED, as all of it.

Theory of operation. `torch.load(weights_only=True)` runs no code of a pickle, but it knows only
what PyTorch itself writes with pickle protocol 2. Two things are added to it:
- NumPy's scalars and arrays are safe globals, and every class or function that is not becomes an
  `Inert`: an object that takes any argument and does nothing. So `{"model": ..., "config": Config}`
  is read without a line of `Config`.
- Other protocols, and the format from before PyTorch 1.6, are read by Python's own unpickler, which
  finds exactly the same names.
"""

import importlib
import os
import pickle
import types
import warnings
import zipfile
from typing import Any

import numpy as np
import torch
from torch import _weights_only_unpickler as weights_only

HEAD_BYTES = 512
PLAIN_PROTOCOL = 2  # what torch.save writes unless asked otherwise
SAVE = "Save it again by torch.save(model.state_dict(), path)"
_LFS = b"version https://git-lfs"
_BEGINNINGS = {
    b"\x1f\x8b": "is compressed by gzip. Submit the unpacked file.",
    b"BZh": "is compressed by bzip2. Submit the unpacked file.",
    b"\xfd7zXZ": "is compressed by xz. Submit the unpacked file.",
    b"7z\xbc\xaf\x27\x1c": "is a 7-Zip archive. Submit the unpacked file.",
    b"Rar!": "is a RAR archive. Submit the unpacked file.",
    b"\x93NUMPY": f"is a NumPy array (numpy.save), not a PyTorch checkpoint. {SAVE}.",
    b"\x89HDF": f"is an HDF5 file, as Keras and h5py write it, not a PyTorch checkpoint. {SAVE}.",
    _LFS: (
        "is a Git LFS pointer: the text that git keeps in place of a large file. Run `git lfs "
        "pull` and submit the file that it downloads."
    ),
}


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the message is for the student."""


class Inert:
    """Stands for an object of a class that is not loaded."""

    def __new__(cls, *_args: object, **_kwargs: object) -> "Inert":
        """Take what the pickle would have given to the real class."""
        return super().__new__(cls)

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        pass

    def __setstate__(self, _state: object) -> None:
        pass


def read(path: str) -> Any:
    """What a checkpoint holds: tensors, numbers, text, containers of them, and `Inert` objects.

    Raises:
        CheckpointError: no such file, another kind of file, a whole model, damaged.
    """
    try:
        if what := _other_kind(path):
            raise CheckpointError(f"{path} {what}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = _load(path)
    except FileNotFoundError:
        raise CheckpointError(f"{path} was not submitted.") from None
    except (CheckpointError, MemoryError):
        raise
    except Exception:  # a stranger's bytes; PyTorch's own words name none of the causes
        raise CheckpointError(
            f"{path} was not written by torch.save, or is damaged. {SAVE}."
        ) from None
    if isinstance(value, Inert):
        raise CheckpointError(
            f"{path} holds a whole object of class {type(value).__name__}, as torch.save(model) "
            f"writes it; only its values can be loaded. {SAVE}."
        )
    return value


def _load(path: str) -> Any:
    if not zipfile.is_zipfile(path) or _protocol(path) != PLAIN_PROTOCOL:
        return torch.load(path, map_location="cpu", weights_only=False, pickle_module=_plain_pickle)
    unknown = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    known = {name: _inert(name) for name in unknown} | _numpy_globals()
    with torch.serialization.safe_globals([(value, name) for name, value in known.items()]):
        return torch.load(path, map_location="cpu", weights_only=True)


# ---- what else it is ----------------------------------------------------------------------


def _other_kind(path: str) -> str:
    """What the file is if no checkpoint, as the rest of a sentence; else empty."""
    with open(path, "rb") as file:  # noqa: PTH123  # as the student's own code names it
        head = file.read(HEAD_BYTES)
        size = os.fstat(file.fileno()).st_size
    if not head:
        return f"is empty (0 bytes). {SAVE}."
    for beginning, what in _BEGINNINGS.items():
        if head.startswith(beginning):
            return what
    if (
        head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9]
        .lower()
        .startswith((b"<!doctype", b"<html", b"<?xml"))
    ):
        return (
            "is a web page (HTML), not the file that its link leads to. Download the file itself."
        )
    if head[257:262] == b"ustar":
        return "is a tar archive. Submit the unpacked file."
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < size:
        return (
            "is in the safetensors format under another name. Save the values by "
            "torch.save(model.state_dict(), path)."
        )
    return _other_zip(path) if head.startswith(b"PK") else ""


def _other_zip(path: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [name.rpartition("/")[2] for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError):
        return f"is cut off or damaged: its end is missing. {SAVE}, and submit the whole file."
    if "constants.pkl" in inside:
        return f"is a TorchScript model (torch.jit.save), which cannot be loaded here. {SAVE}."
    if "data.pkl" not in inside:
        kind = (
            "a NumPy archive (.npz)" if inside and inside[0].endswith(".npy") else "a zip archive"
        )
        return f"is {kind}, not a PyTorch checkpoint. {SAVE}."
    return ""


def _protocol(path: str) -> int:
    """The pickle protocol of a checkpoint in PyTorch's zip format."""
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.rpartition("/")[2] == "data.pkl")
        with archive.open(name) as file:
            head = file.read(2)
    return head[1] if head[:1] == pickle.PROTO else 0


# ---- what a pickle may name ---------------------------------------------------------------


def _numpy_globals() -> dict[str, Any]:
    """NumPy's scalars and arrays, under the names of NumPy 1 and 2."""
    core = "core" if np.__version__.startswith("1.") else "_core"
    own = importlib.import_module(f"numpy.{core}.multiarray")
    both = ("numpy.core.multiarray", "numpy._core.multiarray")
    found: dict[str, Any] = {"numpy.ndarray": np.ndarray, "numpy.dtype": np.dtype}
    for module in both:
        found |= {f"{module}.scalar": own.scalar, f"{module}._reconstruct": own._reconstruct}
    # What `scalar` and `_reconstruct` are given: a dtype, whose class is of its own for each kind.
    kinds = (getattr(np.dtypes, name) for name in dir(np.dtypes) if name.endswith("DType"))
    return found | {f"numpy.dtypes.{kind.__name__}": kind for kind in kinds} | _text_as_bytes()


def _text_as_bytes() -> dict[str, Any]:
    """Protocol 2 has no bytes: it writes text and how to encode it."""
    return {"_codecs.encode": lambda text, encoding="latin1": str(text).encode(str(encoding))}


def _inert(name: str) -> type[Inert]:
    return type(name, (Inert,), {})


class _PlainUnpickler(pickle.Unpickler):
    """Finds what `weights_only=True` allows, NumPy's values, and for the rest `Inert` classes."""

    def find_class(self, module: str, name: str) -> Any:
        """The object of a name; never one that was not listed."""
        whole = f"{module}.{name}"
        known = weights_only._get_allowed_globals() | _numpy_globals()
        return known.get(whole) or _inert(whole)


def _plain_load(file: Any, **options: Any) -> Any:
    return _PlainUnpickler(file, **options).load()


_plain_pickle: Any = types.SimpleNamespace(
    __name__="plain_pickle", Unpickler=_PlainUnpickler, load=_plain_load
)
