"""The two sides of a comparison as NumPy arrays, with the name of their dtype.

Owns what counts as a number, an array or a tensor, and what its elements look like. Does not own
when two sides are near each other (`compare`) nor the words for it (`mismatch`). Asking whether a
value is a tensor does not import PyTorch.
"""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

HALF = ("float16", "bfloat16")
# Half precision and numbers such as 0, 2.5 and 1024 have no more bits than this.
ROUND_BITS = 11


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison.

    Attributes:
        array: the elements; bfloat16, which NumPy has not, as float32.
        dtype: as the value's own library calls it: "float64", "bfloat16".
    """

    array: Array
    dtype: str

    @property
    def kind(self) -> str:
        """ "b" for truth values, "i" for integers, "f" and "c" for real and complex numbers."""
        kind = self.array.dtype.kind
        return "i" if kind == "u" else kind


def of(value: Any) -> Operand | None:
    """The side that a number, an array or a tensor is; None for anything else.

    Only exact types of array count: a masked one compares as it likes.
    """
    if is_tensor(value):
        return Operand(as_numpy(value), str(value.dtype).removeprefix("torch."))
    if type(value) is int and not -(2**63) <= value < 2**64:
        return Operand(np.asarray(_large(value)), "int")
    if type(value) in (np.ndarray, bool, int, float, complex) or isinstance(value, np.generic):
        array = np.asarray(value)
        return Operand(array, array.dtype.name)
    return None


def _large(value: int) -> float:
    """An integer that NumPy has no type for."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def is_tensor(value: Any) -> bool:
    """Whether a value is a PyTorch tensor."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def as_numpy(tensor: Any) -> Array:
    """A tensor's elements; bfloat16, which NumPy has not, as float32."""
    plain = tensor.detach().cpu()
    array: Array = (plain.float() if str(plain.dtype) == "torch.bfloat16" else plain).numpy()
    return array


def is_whole(array: Array) -> bool:
    """Whether all elements are integers, whatever their type."""
    return bool((np.isfinite(array) & (np.trunc(array) == array)).all())


def is_single(array: Array) -> bool:
    """Whether float64 numbers were computed in float32 and stored in float64 afterwards.

    All of them are numbers of float32, and at least one uses bits that a round number does not.
    """
    if array.dtype not in (np.float64, np.complex128):
        return False
    parts = np.ascontiguousarray(array).view(np.float64)
    parts = parts[np.isfinite(parts)]
    with np.errstate(over="ignore"):
        narrow = parts.astype(np.float32)
    if not (narrow == parts).all():
        return False
    mantissas, _ = np.frexp(narrow)
    return bool((mantissas * 2**ROUND_BITS % 1 != 0).any())


def wide(array: Array) -> Array:
    """The numbers in a type that holds each of them; int64 needs the 64 bits of a long double."""
    widest: dict[str, type] = {"c": np.complex128, "f": np.float64}
    return array.astype(widest.get(array.dtype.kind, np.longdouble), copy=False)
