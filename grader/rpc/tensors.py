"""PyTorch tensors as bytes and back, for `values`; PyTorch is imported only when one turns up.

Owns which tensors have a plain form: strided, of a listed dtype, at most one payload large. What
crosses are the elements: no graph, no device, no strides, no subclass. Runs on both sides, and on
the host the name and shape come from an enemy: `build` is only given bytes that were paid for.
"""

import sys
from typing import Any

from grader.rpc import wire

ITEM_BYTES: dict[str, int] = {
    **dict.fromkeys(("bool", "int8", "uint8"), 1),
    **dict.fromkeys(("int16", "float16", "bfloat16"), 2),
    **dict.fromkeys(("int32", "float32"), 4),
    **dict.fromkeys(("int64", "float64", "complex64"), 8),
    "complex128": 16,
}


def is_plain(value: object) -> bool:
    """Whether a value is a tensor whose elements may cross; only exact types count."""
    torch: Any = sys.modules.get("torch")
    if torch is None or type(value) not in (torch.Tensor, torch.nn.Parameter):
        return False
    tensor: Any = value
    return (
        tensor.layout is torch.strided
        and dtype_name(tensor) in ITEM_BYTES
        and tensor.device.type != "meta"
        # An expanded view may claim more elements than there is memory.
        and tensor.numel() * tensor.element_size() <= wire.MAX_PAYLOAD_BYTES
    )


def is_size(value: object) -> bool:
    """Whether a value is the shape of a tensor: a tuple of another type."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and type(value) is torch.Size


def dtype_name(tensor: Any) -> str:
    """A tensor's dtype without the package: "float32"."""
    return str(tensor.dtype).removeprefix("torch.")


def elements(tensor: Any) -> memoryview:
    """The elements in C order, little-endian."""
    import torch

    flat = tensor.detach().cpu().resolve_conj().resolve_neg().reshape(-1).contiguous()
    return memoryview(flat.view(torch.uint8).numpy()).cast("B")


def build(name: str, shape: list[int], raw: memoryview) -> Any:
    """A fresh tensor of exactly these bytes.

    Raises:
        ValueError: the shape is more than PyTorch can hold (a dimension of 2**63, say).
    """
    import torch

    flat = torch.frombuffer(bytearray(raw), dtype=torch.uint8) if raw else torch.empty(0).byte()
    if name == "bool":  # any other bit pattern in a bool is undefined behaviour
        flat = flat != 0
    try:
        return flat.view(getattr(torch, name)).reshape(shape)
    except RuntimeError as exc:
        raise ValueError("not a shape of a tensor") from exc
