"""Strict comparison of what a submission returned with what an oracle says.

Owns `close`, `differ` and the sentences they raise. Strict on purpose: `np.allclose(np.empty(0),
5)` is True, a scalar broadcasts against anything, and a masked array passes most comparisons; here
type, shape and kind of dtype are compared before a single number is. Every threshold is written as
the condition that a right answer meets: NaN meets none.
"""

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

# Relative and absolute tolerance by the coarser dtype of the two sides.
TOLERANCES: dict[str, tuple[float, float]] = {
    "float16": (1e-2, 1e-3),
    "float32": (1e-4, 1e-5),
    "complex64": (1e-4, 1e-5),
    "float64": (1e-7, 1e-9),
    "complex128": (1e-7, 1e-9),
}
MAX_SHOWN_ELEMENTS = 12


class WrongAnswer(AssertionError):
    """A value of the submission is not what the test expects; the message is for the student."""


def close(
    got: Any,
    expected: Any,
    *,
    name: str = "the result",
    rtol: float | None = None,
    atol: float | None = None,
    exact: bool = False,
    any_float: bool = True,
    equal_nan: bool = False,
) -> None:
    """Check one array or number of the submission against an oracle's.

    Where either side is infinite, the other is the same infinity. For all other elements two
    conditions must hold: the relative error `||a - b|| / max(||a||, ||b||)` is at most `rtol` (or
    `||a - b||` is at most `atol`), and no single element is off by more than `10 * rtol` of the
    largest expected magnitude (plus `atol`).

    Args:
        got: what the submission returned; a Python number counts where a 0-d value is expected.
        expected: NumPy array or number, or a PyTorch tensor; then `got` must be a tensor, too.
        name: how the message calls the value, for example "dw".
        rtol, atol: tolerances; by default those of the coarser floating type of the two.
        exact: every element must be equal.
        any_float: float32 is accepted for float64 and the other way round.
        equal_nan: NaN is right where NaN is expected; else it is right nowhere.

    Raises:
        WrongAnswer: type, shape, kind of dtype or values differ, or there is a NaN.
    """
    want = as_numpy(expected) if is_tensor(expected) else np.asarray(expected)
    have = _as_array(got, want, name, tensor=is_tensor(expected))
    if have.shape != want.shape:
        raise WrongAnswer(f"{name}: got shape {have.shape}, expected {want.shape}.")
    _check_dtype(have.dtype, want.dtype, name, any_float)
    finite = _check_not_finite(have, want, name, equal_nan)
    if exact:
        _check_equal(have, want, finite, name)
    else:
        limits = tolerances(have.dtype, want.dtype)
        _check_near(
            have,
            want,
            finite,
            name,
            limits[0] if rtol is None else rtol,
            limits[1] if atol is None else atol,
        )


def differ(one: Any, other: Any, message: str, *, by: float = 1e-4) -> None:
    """Check that two results of the submission are not the same.

    For a claim of the kind "the decoder is not linear", of which NaN would be no counter-example.

    Args:
        one, other: arrays, tensors or numbers of one shape.
        message: what it means when they are the same, for the student.
        by: the relative error that is too small for a difference.

    Raises:
        WrongAnswer: shapes differ, a number is not finite, or the relative error is not above `by`.
    """
    arrays = [as_numpy(side) if is_tensor(side) else np.asarray(side) for side in (one, other)]
    if arrays[0].shape != arrays[1].shape:
        raise WrongAnswer(f"{message} Got shapes {arrays[0].shape} and {arrays[1].shape}.")
    for array in arrays:
        if (bad := ~np.isfinite(array)).any():
            index = tuple(np.argwhere(bad)[0].tolist())
            raise WrongAnswer(f"{message} Got {array[index]}{_at(index)}.")
    if not relative_error(*arrays) > by:
        raise WrongAnswer(message)


def relative_error(a: Any, b: Any) -> float:
    """`||a - b|| / max(||a||, ||b||)` (CSCI 5527, homework 3, equation 3).

    0 when both are 0, and infinite when a number is not finite: it is near nothing.
    """
    one, other = np.asarray(a), np.asarray(b)
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return math.inf
    # Of numbers up to 1, whose squares cannot overflow.
    largest = max(float(np.abs(side).max(initial=0)) for side in (one, other)) or 1.0
    one, other = one / largest, other / largest
    scale = max(float(np.linalg.norm(one)), float(np.linalg.norm(other)))
    return float(np.linalg.norm(one - other)) / scale if scale else 0.0


def tolerances(*dtypes: np.dtype[Any]) -> tuple[float, float]:
    """Default (rtol, atol) for values of these types."""
    known = [TOLERANCES[d.name] for d in dtypes if d.name in TOLERANCES]
    return max(known, default=(0.0, 0.0))


def is_tensor(value: Any) -> bool:
    """Whether a value is a PyTorch tensor; asking does not import PyTorch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def as_numpy(tensor: Any) -> np.ndarray[Any, Any]:
    """A tensor's elements; bfloat16, which NumPy has not, as float32."""
    plain = tensor.detach().cpu()
    array: np.ndarray[Any, Any] = (
        plain.float() if str(plain.dtype) == "torch.bfloat16" else plain
    ).numpy()
    return array


def _as_array(
    got: Any, want: np.ndarray[Any, Any], name: str, *, tensor: bool
) -> np.ndarray[Any, Any]:
    if is_tensor(got) and (tensor or want.ndim == 0):
        return as_numpy(got)
    if type(got) is np.ndarray and not tensor:
        return got
    scalar = isinstance(got, np.generic) or type(got) in (bool, int, float, complex)
    if scalar and want.ndim == 0:
        return np.asarray(got)
    kind = f"{'a torch.Tensor' if tensor else 'an array'} of shape {want.shape}"
    kind = "a number" if want.ndim == 0 else kind
    raise WrongAnswer(f"{name}: got {describe_kind(got)}, expected {kind}.")


def _check_dtype(have: np.dtype[Any], want: np.dtype[Any], name: str, any_float: bool) -> None:
    same_kind = have.kind == want.kind or {have.kind, want.kind} <= {"i", "u"}
    if not same_kind or (not any_float and have != want):
        raise WrongAnswer(f"{name}: got dtype {have}, expected {want}.")


def _check_not_finite(
    have: np.ndarray[Any, Any], want: np.ndarray[Any, Any], name: str, equal_nan: bool
) -> np.ndarray[Any, Any]:
    """Which elements are finite on both sides; all others must be the same."""
    finite: np.ndarray[Any, Any] = np.isfinite(have) & np.isfinite(want)
    if finite.all():
        return finite
    same = have == want
    if equal_nan:
        same |= np.isnan(have) & np.isnan(want)
    wrong = ~(finite | same)
    if wrong.any():
        index = tuple(np.argwhere(wrong)[0].tolist())
        both = np.isnan(have[index]) and np.isnan(want[index])
        why = ", which equals nothing" if both else ""
        raise WrongAnswer(
            f"{name}: got {have[index]:.6g}, expected {want[index]:.6g}{why}{_at(index)}."
        )
    return finite


def _check_equal(
    have: np.ndarray[Any, Any], want: np.ndarray[Any, Any], finite: np.ndarray[Any, Any], name: str
) -> None:
    wrong = finite & (have != want)
    if wrong.any():
        raise WrongAnswer(_worst(have, want, wrong.astype(float), name))


def _check_near(
    have: np.ndarray[Any, Any],
    want: np.ndarray[Any, Any],
    finite: np.ndarray[Any, Any],
    name: str,
    rtol: float,
    atol: float,
) -> None:
    """Compare what is finite on both sides."""
    chosen: Any = ... if finite.all() else finite
    got, due = _wide(have[chosen]), _wide(want[chosen])
    off = np.zeros(have.shape)
    with np.errstate(over="ignore", invalid="ignore"):  # too far in any case
        off[chosen] = np.abs(got - due)
        furthest = float(off.max(initial=0))
        norm = furthest * float(np.linalg.norm(off / (furthest or 1.0)))
    error = relative_error(got, due)
    largest = float(np.abs(due).max(initial=0))
    near = (norm <= atol or error <= rtol) and furthest <= 10 * rtol * largest + atol
    if not near:
        raise WrongAnswer(f"{_worst(have, want, off, name)} Relative error {error:.1e}.")


def _wide(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The numbers in a type that holds each of them; int64 needs the 64 bits of a long double."""
    widest: dict[str, type] = {"c": np.complex128, "f": np.float64}
    return array.astype(widest.get(array.dtype.kind, np.longdouble), copy=False)


def _worst(have: Any, want: Any, off: Any, name: str) -> str:
    if have.size <= MAX_SHOWN_ELEMENTS and have.size > 1:
        return f"{name}: got {show(have)}, expected {show(want)}."
    index = np.unravel_index(int(np.argmax(off)), have.shape)
    return f"{name}: got {have[index]:.6g}, expected {want[index]:.6g}{_at(index)}."


def _at(index: Sequence[Any]) -> str:
    """The place of an element; nothing for a number."""
    return f" at index [{', '.join(str(int(i)) for i in index)}]" if index else ""


def show(array: Any) -> str:
    """A small array on one line."""
    text = np.array2string(np.asarray(array), precision=5, separator=", ", suppress_small=True)
    return " ".join(text.split())


def describe_kind(value: Any) -> str:
    """What a value is, in a few words."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if is_tensor(value):
        return f"a torch.Tensor of shape {tuple(value.shape)}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)} items"
    if type(value) in (bool, int, float, complex, str):
        return f"{type(value).__name__} {value!r:.60}"
    if isinstance(value, np.generic):
        return f"the number {value}"
    return f"{value!r:.100}"
