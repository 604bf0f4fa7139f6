"""PyTorch tensors as NumPy arrays and back, for `values`; imported only when one turns up.

Owns which tensors have a plain form: strided, of a listed dtype, no larger than a value may be.
What crosses are the elements: no graph, no device, no strides, no subclass. Runs on both sides, and
on the host the name comes from an enemy, with an array of bytes that were paid for.
"""

import functools
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.rpc import wire

# dtype -> what it crosses as; NumPy has no bfloat16.
DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
} | {"bfloat16": np.dtype("int16")}


def is_plain(value: object) -> bool:
    """Whether a value is a tensor whose elements may cross; only exact types count."""
    torch: Any = sys.modules.get("torch")
    if torch is None or type(value) not in (torch.Tensor, torch.nn.Parameter):
        return False
    tensor: Any = value
    return (
        tensor.layout is torch.strided
        and dtype_name(tensor.dtype) in DTYPES
        and not tensor.is_meta
        # An expanded view may claim more elements than there is memory.
        and tensor.numel() * tensor.element_size() <= wire.MAX_VALUE_BYTES
    )


def is_size(value: object) -> bool:
    """Whether a value is the shape of a tensor: a tuple of another type."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and type(value) is torch.Size


@functools.cache
def dtype_name(dtype: Any) -> str:
    """A dtype without the package: "float32"."""
    return str(dtype).removeprefix("torch.")


def array_of(tensor: Any) -> NDArray[Any]:
    """The elements, in a tensor's shape, as what its dtype crosses as."""
    import torch

    flat = tensor.detach()
    if not flat.is_cpu or flat.is_conj() or flat.is_neg():
        flat = flat.cpu().resolve_conj().resolve_neg()
    if flat.dtype is torch.bfloat16:
        flat = flat.view(torch.int16)
    array: NDArray[Any] = flat.numpy()
    return array


def build(name: str, array: NDArray[Any]) -> Any:
    """The tensor of a dtype that has an array's memory.

    Raises:
        ValueError: the shape is more than PyTorch can hold.
    """
    import torch

    try:
        tensor = torch.from_numpy(array)
    except RuntimeError as exc:
        raise ValueError("not a shape of a tensor") from exc
    return tensor.view(torch.bfloat16) if name == "bfloat16" else tensor
