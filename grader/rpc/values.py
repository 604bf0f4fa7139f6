"""Plain values to and from the wire: scalars, containers, arrays, and handles to all else.

Owns the encoding of arguments and results and every bound on it. Imports only `wire` and
`tensors`, because it runs on both sides; the decoder trusts nothing that the other side's encoder
claims.

A value is a scalar, or a list whose first item is a `Tag`. Elements of arrays travel in the
frame's payload: each array must be covered exactly by the next bytes of it, so there are no
offsets or strides to lie about and no size that was not paid for in bytes.
"""

import enum
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from grader.rpc import tensors, wire
from grader.rpc.wire import ProtocolViolation, WireError

MAX_DEPTH = 32
MAX_DIMS = 32
MAX_INT_BITS = 4096
MAX_TEXT_CHARS = wire.MiB
INT64_BITS = 63

# Of sets, as they stand in the message. Of large integers and of tuples anybody can make a hundred
# thousand with the same hash; a set of those would keep the host busy for minutes.
_MEMBERS = (str, int, float, bool)

DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}
_NAMES = {dtype: name for name, dtype in DTYPES.items()}  # `dtype.name` itself is slow


class Tag(enum.IntEnum):
    """First item of an encoded value that is not a plain scalar."""

    LIST = 0  # items
    TUPLE = 1  # items
    SET = 2  # items
    DICT = 3  # key, value, key, value ...
    COMPLEX = 4  # real, imaginary
    BIG_INT = 5  # hexadecimal text
    BYTES = 6  # size; bytes in the payload
    ARRAY = 7  # dtype name, shape; elements in the payload, C order, little-endian
    NUMPY_SCALAR = 8  # dtype name; element in the payload
    HANDLE = 9  # id, type name: the object stays in the guest
    TENSOR = 10  # dtype name, shape; elements in the payload, as of an array


class Handle(msgspec.Struct, frozen=True):
    """An object that stays in the guest."""

    id: int
    type_name: str


def type_name(value: object) -> str:
    """What an object is that stays in the guest; of an array also why it does: its dtype."""
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__.partition(".")[0] not in ("numpy", "torch") or not hasattr(value, "dtype"):
        return name
    array: Any = value
    return f"{name} (dtype {str(array.dtype).removeprefix('torch.')}, {_shape(array)})"


def _shape(array: Any) -> str:
    try:
        return f"shape {tuple(array.shape)}"
    except RuntimeError:  # a parameter of a lazy layer that has seen no input
        return "without a shape yet"


class Packer:
    """Encodes values; array bytes collect in `payload`.

    Args:
        hold: what to do with an object that has no encoding: returns its `Handle`, or raises.
    """

    def __init__(self, hold: Callable[[object], Handle]) -> None:
        self.payload: list[Any] = []
        self._hold = hold

    def pack(self, value: object, depth: int = 0) -> Any:
        """The encoded form of a value.

        Only exact types count (`type(value) is list`): a subclass can lie about its contents.

        Raises:
            WireError: nested deeper than `MAX_DEPTH`.
        """
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} deep")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is str and len(value) <= MAX_TEXT_CHARS:  # type: ignore[arg-type]  # kind is str
            return value
        handler = self._HANDLERS.get(kind)
        encoded = handler(self, value, depth) if handler else None
        if encoded is None and isinstance(value, np.generic):
            encoded = self._numpy_scalar(value)
        elif encoded is None and tensors.is_plain(value):
            encoded = self._tensor(value)
        elif encoded is None and tensors.is_size(value):
            encoded = self._tuple(value, depth)  # type: ignore[arg-type]  # a torch.Size
        return encoded if encoded is not None else self.refer(value)

    def refer(self, value: object) -> list[Any]:
        """A handle to the object instead of its value."""
        handle = self._hold(value)
        return [Tag.HANDLE, handle.id, handle.type_name]

    def _int(self, value: int, _depth: int) -> Any:
        if value.bit_length() <= INT64_BITS:
            return value
        return [Tag.BIG_INT, hex(value)] if value.bit_length() <= MAX_INT_BITS else None

    def _complex(self, value: complex, _depth: int) -> Any:
        return [Tag.COMPLEX, value.real, value.imag]

    def _list(self, value: list[Any], depth: int) -> Any:
        return [Tag.LIST, *(self.pack(item, depth + 1) for item in value)]

    def _tuple(self, value: tuple[Any, ...], depth: int) -> Any:
        return [Tag.TUPLE, *(self.pack(item, depth + 1) for item in value)]

    def _set(self, value: set[Any], depth: int) -> Any:
        packed = [self.pack(item, depth + 1) if type(item) in _MEMBERS else [] for item in value]
        return [Tag.SET, *packed] if all(type(item) in _MEMBERS for item in packed) else None

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        if not all(type(key) in (str, int) for key in value):
            return None
        flat = (item for pair in value.items() for item in pair)
        return [Tag.DICT, *(self.pack(item, depth + 1) for item in flat)]

    def _bytes(self, value: bytes, _depth: int) -> Any:
        self.payload.append(value)
        return [Tag.BYTES, len(value)]

    def _array(self, value: np.ndarray[Any, Any], _depth: int) -> Any:
        native = value.dtype.newbyteorder("=")
        name = _NAMES.get(native)
        if name is None or value.ndim > MAX_DIMS or value.nbytes > wire.MAX_VALUE_BYTES:
            return None  # object, structured, string, long double; or a view of no memory
        self._add(value.astype(native, copy=False))
        return [Tag.ARRAY, name, list(value.shape)]

    def _numpy_scalar(self, value: "np.generic[Any]") -> Any:
        name = _NAMES.get(value.dtype)
        if name is None:
            return None
        self.payload.append(value.tobytes())
        return [Tag.NUMPY_SCALAR, name]

    def _tensor(self, value: Any) -> Any:
        self._add(tensors.array_of(value))
        return [Tag.TENSOR, tensors.dtype_name(value.dtype), list(value.shape)]

    def _add(self, array: np.ndarray[Any, Any]) -> None:
        """Put an array's elements into the payload, a large one without a copy."""
        if array.nbytes <= wire.JOINED_BYTES:
            self.payload.append(array.tobytes())
        else:
            self.payload.append(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)

    _HANDLERS: dict[type, Callable[..., Any]] = {  # noqa: RUF012  # a constant table
        int: _int,
        complex: _complex,
        list: _list,
        tuple: _tuple,
        set: _set,
        dict: _dict,
        OrderedDict: _dict,  # a state_dict
        bytes: _bytes,
        np.ndarray: _array,
    }


class Unpacker:
    """Decodes values that may come from an enemy; array bytes are taken from `payload`.

    Args:
        payload: the frame's payload; each array takes its bytes from the front.
        adopt: turns a `Handle` into what the caller wants to see in its place.
    """

    def __init__(self, payload: memoryview, adopt: Callable[[Handle], object]) -> None:
        self._payload = payload
        self._adopt = adopt

    def unpack(self, encoded: object) -> Any:
        """The value of an encoded form; all of the payload must be used up.

        Raises:
            ProtocolViolation: any form that `Packer` would not write.
        """
        try:
            value = self._value(encoded, 0)
        except (TypeError, ValueError, OverflowError, IndexError, KeyError) as exc:
            raise ProtocolViolation("not a well-formed value") from exc
        if len(self._payload):
            raise ProtocolViolation("bytes left over behind the last array")
        return value

    def _value(self, encoded: object, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise ProtocolViolation(f"nested more than {MAX_DEPTH} deep")
        kind = type(encoded)
        if encoded is None or kind in (bool, int, float, str):
            return encoded
        if kind is not list:
            raise ProtocolViolation(f"a {kind.__name__} where a value is due")
        items: list[Any] = encoded  # type: ignore[assignment]  # kind is list
        return self._HANDLERS[_exact(int, items[0])](self, items[1:], depth + 1)

    def _take(self, size: int) -> memoryview:
        if size > len(self._payload):
            raise ProtocolViolation("fewer bytes than an array needs")
        taken, self._payload = self._payload[:size], self._payload[size:]
        return taken

    def _list(self, rest: list[Any], depth: int) -> list[Any]:
        return [self._value(item, depth) for item in rest]

    def _tuple(self, rest: list[Any], depth: int) -> tuple[Any, ...]:
        return tuple(self._list(rest, depth))

    def _set(self, rest: list[Any], _depth: int) -> set[Any]:
        if not all(type(item) in _MEMBERS for item in rest):
            raise ProtocolViolation("a member of a set that is not a plain scalar")
        return set(rest)

    def _dict(self, rest: list[Any], depth: int) -> dict[Any, Any]:
        keys, values = rest[::2], rest[1::2]
        if not all(type(key) in (str, int) for key in keys):
            raise ProtocolViolation("a dict key that is not str or int")
        if len(keys) != len(values) or len(set(keys)) != len(keys):
            raise ProtocolViolation("a dict with a missing value or a key twice")
        return dict(zip(keys, self._list(values, depth), strict=True))

    def _complex(self, rest: list[Any], _depth: int) -> complex:
        real, imaginary = (_exact(float, part) for part in rest)
        return complex(real, imaginary)

    def _big_int(self, rest: list[Any], _depth: int) -> int:
        (text,) = rest
        if len(_exact(str, text)) > MAX_INT_BITS // 4 + 3:  # sign and 0x
            raise ProtocolViolation("an integer of too many digits")
        return int(text, 16)

    def _bytes(self, rest: list[Any], _depth: int) -> bytes:
        (size,) = rest
        return bytes(self._take(_size(size)))

    def _array(self, rest: list[Any], _depth: int) -> np.ndarray[Any, Any]:
        name, shape = rest
        return self._elements(DTYPES[_exact(str, name)], _dims(shape))

    def _numpy_scalar(self, rest: list[Any], _depth: int) -> "np.generic[Any]":
        (name,) = rest
        scalar: np.generic[Any] = self._elements(DTYPES[_exact(str, name)], [1])[0]
        return scalar

    def _tensor(self, rest: list[Any], _depth: int) -> Any:
        name, shape = rest
        array = self._elements(tensors.DTYPES[_exact(str, name)], _dims(shape))
        return tensors.build(name, array)

    def _elements(self, dtype: np.dtype[Any], dims: list[int]) -> np.ndarray[Any, Any]:
        # A copy: what is made of it is ours.
        raw = bytearray(self._take(math.prod(dims) * dtype.itemsize))
        if dtype == np.bool_:
            # Any other bit pattern in a bool is undefined behaviour in NumPy.
            return np.frombuffer(raw, np.uint8).astype(np.bool_).reshape(dims)
        return np.frombuffer(raw, dtype).reshape(dims)

    def _handle(self, rest: list[Any], _depth: int) -> object:
        number, type_name = rest
        return self._adopt(Handle(_size(number), _exact(str, type_name)[:200]))

    _HANDLERS: dict[int, Callable[..., Any]] = {  # noqa: RUF012  # a constant table
        Tag.LIST: _list,
        Tag.TUPLE: _tuple,
        Tag.SET: _set,
        Tag.DICT: _dict,
        Tag.COMPLEX: _complex,
        Tag.BIG_INT: _big_int,
        Tag.BYTES: _bytes,
        Tag.ARRAY: _array,
        Tag.NUMPY_SCALAR: _numpy_scalar,
        Tag.HANDLE: _handle,
        Tag.TENSOR: _tensor,
    }


def _dims(shape: Any) -> list[int]:
    dims: list[int] = _exact(list, shape)
    if len(dims) > MAX_DIMS:
        raise ProtocolViolation("an array of too many dimensions")
    for dim in dims:
        _size(dim)
    return dims


def _exact(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ProtocolViolation(f"a {type(value).__name__} where {kind.__name__} is due")
    return value


def _size(value: Any) -> int:
    number: int = _exact(int, value)
    if number < 0:
        raise ProtocolViolation("a negative size")
    return number
