"""Strict comparison of what a submission returned with what an oracle says.

Owns `close` and `equal` and the sentences they raise. Strict on purpose: `np.allclose(np.empty(0),
5)` is True, a scalar broadcasts against anything, and a masked array passes most comparisons; here
type, shape and kind of dtype are compared before a single number is.
"""

import sys
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
) -> None:
    """Check one array or number of the submission against an oracle's.

    Two conditions must hold: the relative error `||a - b|| / max(||a||, ||b||)` is at most
    `rtol` (or `||a - b||` is at most `atol`), and no single element is off by more than
    `10 * rtol` of the largest expected magnitude (plus `atol`).

    Args:
        got: what the submission returned; a Python number counts where a 0-d value is expected.
        expected: NumPy array or number, or a PyTorch tensor; then `got` must be a tensor, too.
        name: how the message calls the value, for example "dw".
        rtol, atol: tolerances; by default those of the coarser floating type of the two.
        exact: every element must be equal.
        any_float: float32 is accepted for float64 and the other way round.

    Raises:
        WrongAnswer: type, shape, kind of dtype or values differ, or there is a NaN.
    """
    want = as_numpy(expected) if is_tensor(expected) else np.asarray(expected)
    have = _as_array(got, want, name, tensor=is_tensor(expected))
    if have.shape != want.shape:
        raise WrongAnswer(f"{name}: got shape {have.shape}, expected {want.shape}.")
    _check_dtype(have.dtype, want.dtype, name, any_float)
    if exact:
        _check_equal(have, want, name)
    elif want.size:
        limits = tolerances(have.dtype, want.dtype)
        _check_near(
            have,
            want,
            name,
            limits[0] if rtol is None else rtol,
            limits[1] if atol is None else atol,
        )


def relative_error(a: Any, b: Any) -> float:
    """`||a - b|| / max(||a||, ||b||)`, 0 when both are 0 (CSCI 5527, homework 3, equation 3)."""
    scale = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)))
    return float(np.linalg.norm(np.asarray(a) - np.asarray(b))) / scale if scale else 0.0


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


def _check_equal(have: np.ndarray[Any, Any], want: np.ndarray[Any, Any], name: str) -> None:
    wrong = ~((have == want) | ((have != have) & (want != want)))
    if wrong.any():
        raise WrongAnswer(_worst(have, want, wrong.astype(float), name))


def _check_near(
    have: np.ndarray[Any, Any], want: np.ndarray[Any, Any], name: str, rtol: float, atol: float
) -> None:
    if not np.isfinite(have).all() and np.isfinite(want).all():
        bad = np.argwhere(~np.isfinite(have))[0].tolist()
        place = f" at {_place(bad)}" if bad else ""
        raise WrongAnswer(
            f"{name}: got {have[tuple(bad)]}{place}, expected {want[tuple(bad)]:.6g}."
        )
    # Extended precision: squares of large float32 values must not overflow the norm.
    off = np.abs(have.astype(np.clongdouble) - want.astype(np.clongdouble)).astype(np.longdouble)
    scale = max(float(np.abs(want).max(initial=0)), 0.0)
    error = relative_error(have.astype(np.clongdouble), want.astype(np.clongdouble))
    too_far = float(np.linalg.norm(off.astype(np.float64))) > atol and error > rtol
    if too_far or float(off.max()) > 10 * rtol * scale + atol:
        raise WrongAnswer(f"{_worst(have, want, off, name)} Relative error {error:.1e}.")


def _worst(have: Any, want: Any, off: Any, name: str) -> str:
    if have.size <= MAX_SHOWN_ELEMENTS and have.size > 1:
        return f"{name}: got {show(have)}, expected {show(want)}."
    index = np.unravel_index(int(np.argmax(off)), have.shape)
    place = f" at {_place(list(index))}" if have.ndim else ""
    return f"{name}: got {have[index]:.6g}, expected {want[index]:.6g}{place}."


def _place(index: list[Any]) -> str:
    return f"index [{', '.join(str(int(i)) for i in index)}]"


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
