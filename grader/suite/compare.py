"""Strict comparison of what a submission returned with what an oracle says.

Owns `close`, `close_to_any`, `differ` and the rules they follow. Strict on purpose:
`np.allclose(np.empty(0), 5)` is True, a scalar broadcasts against anything, and a masked array
passes most comparisons; here type, shape and kind of dtype are compared before a single number is.
Does not own the words for a difference (`mismatch`).

Rules
    kind        integers count where floats are expected, if the values agree; floats where integers
                are expected, if each is a whole number; nothing else stands for another kind
    precision   single precision is enough: float32, float64 that was computed in float32, and what
                is as far off as one step in float32 leaves it; half precision only where the
                expected value has it, or the test says `half=True`
    not finite  an infinity is right where it is expected, NaN where the test says `equal_nan=True`

Every threshold is written as the condition that a right answer meets: NaN meets none.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.suite import mismatch, operands
from grader.suite.operands import Array, Operand

# Relative and absolute tolerance by the coarser dtype of the two sides.
TOLERANCES: dict[str, tuple[float, float]] = {
    "bfloat16": (3e-2, 3e-3),
    "float16": (1e-2, 1e-3),
    "float32": (1e-4, 1e-5),
    "complex64": (1e-4, 1e-5),
    "float64": (1e-7, 1e-9),
    "complex128": (1e-7, 1e-9),
}
SINGLE = TOLERANCES["float32"]
# Of float64 that no longer shows that one of its steps was computed in float32.
PARTLY_SINGLE = (mismatch.NEAR_SINGLE[1], 1e-7)
ELEMENT_FACTOR = 10  # by which a single element may be further off than all together


class WrongAnswer(AssertionError):
    """A value of the submission is not what the test expects; the message is for the student."""


@dataclass(frozen=True, slots=True)
class Strictness:
    """What one comparison accepts; see `close`."""

    rtol: float | None = None
    atol: float | None = None
    exact: bool = False
    exact_dtype: bool = False
    equal_nan: bool = False
    half: bool = False

    def accepted(self, want: Operand) -> str:
        """The dtypes that may stand where one is expected, in words."""
        if self.exact_dtype or want.kind not in "ifc":
            return want.dtype
        if want.kind == "i":
            return "any integer dtype"
        names = ["complex128", "complex64"] if want.kind == "c" else ["float64", "float32"]
        if self.half and want.kind == "f":
            names += operands.HALF
        return " or ".join(dict.fromkeys([*names, want.dtype]))


def close(
    got: Any,
    expected: Any,
    *,
    name: str = "the result",
    rtol: float | None = None,
    atol: float | None = None,
    exact: bool = False,
    any_float: bool = True,
    exact_dtype: bool = False,
    equal_nan: bool = False,
    half: bool = False,
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
        rtol, atol: tolerances; by default those of the coarser floating type of the two, and 0
            where integers are expected.
        exact: every element must be equal.
        exact_dtype: the dtype must be the expected one, in kind and precision.
        any_float: False is the older way to write `exact_dtype=True`.
        equal_nan: NaN is right where NaN is expected; else it is right nowhere.
        half: an answer in float16 or bfloat16 is compared as coarsely as its type is.

    Raises:
        WrongAnswer: type, shape, kind of dtype or values differ, or there is a NaN.
    """
    rules = Strictness(rtol, atol, exact, exact_dtype or not any_float, equal_nan, half)
    want = _expected(expected)
    have = _answer(got, want, name, rules, tensor=operands.is_tensor(expected))
    if have.array.shape != want.array.shape:
        shapes = mismatch.shapes(got, have.array.shape, want.array.shape)
        raise WrongAnswer(f"{name}: {shapes}")
    _check_dtype(have, want, name, rules)
    finite = _check_not_finite(have.array, want.array, name, equal_nan)
    if exact:
        _check_equal(have.array, want.array, finite, name)
    else:
        _check_near(have, want, finite, name, rules)


def close_to_any(got: Any, candidates: Sequence[Any], **how: Any) -> None:
    """Check that a result is one of several that earn the same, for example either order.

    For partial credit: a facet that asks for the right sums, whichever way round they stand.

    Args:
        candidates: what `close` expects, the right answer first: the message is about that one.
        how: as for `close`.

    Raises:
        WrongAnswer: the result is none of them.
    """
    wrongs = []
    for candidate in candidates:
        try:
            close(got, candidate, **how)
        except WrongAnswer as wrong:
            wrongs.append(wrong)
    if len(wrongs) == len(candidates):
        raise wrongs[0] from None


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
    arrays = [_expected(value).array for value in (one, other)]
    if arrays[0].shape != arrays[1].shape:
        raise WrongAnswer(f"{message} Got shapes {arrays[0].shape} and {arrays[1].shape}.")
    for array in arrays:
        if (bad := ~np.isfinite(array)).any():
            index = tuple(np.argwhere(bad)[0].tolist())
            raise WrongAnswer(f"{message} Got {array[index]}{mismatch.at(index)}.")
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


# ---- kinds -------------------------------------------------------------------------------------


def _expected(value: Any) -> Operand:
    """A value of the test's own; lists may stand for arrays."""
    array = np.asarray(value) if (side := operands.of(value)) is None else side.array
    return Operand(array, array.dtype.name) if side is None else side


def _answer(got: Any, want: Operand, name: str, rules: Strictness, *, tensor: bool) -> Operand:
    """The answer as a side; of the kind of value that is expected."""
    number = want.array.ndim == 0
    side = operands.of(got)
    if side is not None:
        is_array = type(got) is np.ndarray
        fits = tensor or number if operands.is_tensor(got) else not tensor if is_array else number
        if fits:
            return side
    kind = "a torch.Tensor" if tensor else "an array"
    due = f"{kind} of shape {want.array.shape} and dtype {rules.accepted(want)}"
    due = "a number" if number else due
    advice = "" if tensor else mismatch.as_plain_array(got)
    raise WrongAnswer(f"{name}: got {mismatch.kind_of(got)}, expected {due}.{advice}")


def _check_dtype(have: Operand, want: Operand, name: str, rules: Strictness) -> None:
    if rules.exact_dtype:
        right, more = have.dtype == want.dtype, ""
    elif (have.kind, want.kind) == ("f", "i"):
        right, more = operands.is_whole(have.array), ", and not all of it whole numbers"
    else:
        right, more = have.kind == want.kind or (have.kind, want.kind) == ("i", "f"), ""
    if not right or want.kind not in "bifc":
        raise WrongAnswer(f"{name}: got dtype {have.dtype}, expected {want.dtype}{more}.")


# ---- values ------------------------------------------------------------------------------------


def _check_not_finite(have: Array, want: Array, name: str, equal_nan: bool) -> Array:
    """Which elements are finite on both sides; all others must be the same."""
    finite: Array = np.isfinite(have) & np.isfinite(want)
    if finite.all():
        return finite
    same = have == want
    if equal_nan:
        same |= np.isnan(have) & np.isnan(want)
    wrong = ~(finite | same)
    if wrong.any():
        index = tuple(np.argwhere(wrong)[0].tolist())
        both = np.isnan(have[index]) and np.isnan(want[index])
        why = " (NaN equals nothing)" if both else ""
        raise WrongAnswer(f"{name}: {mismatch.one(have, want, index)}{why}.")
    return finite


def _check_equal(have: Array, want: Array, finite: Array, name: str) -> None:
    wrong = finite & (operands.wide(have) != operands.wide(want))
    if wrong.any():
        raise WrongAnswer(f"{name}: {mismatch.worst(have, want, wrong.astype(float))}.")


def _check_near(have: Operand, want: Operand, finite: Array, name: str, rules: Strictness) -> None:
    """Compare what is finite on both sides."""
    distance = _distance(have.array, want.array, finite)
    if distance.within(*_limits(have, want, rules)):
        return
    if _may_be_single(want, rules) and (
        distance.within(*PARTLY_SINGLE)
        or (operands.is_single(have.array) and distance.within(*SINGLE))
    ):
        return
    raise WrongAnswer(
        f"{name}: {mismatch.worst(have.array, want.array, distance.off)}. "
        f"Relative error {distance.error:.1e}."
        f"{mismatch.remark(have, want, rules.accepted(want), distance.error)}"
    )


def _limits(have: Operand, want: Operand, rules: Strictness) -> tuple[float, float]:
    """The author's tolerances, or those of the coarser type; half precision chooses none."""
    answer = have.dtype if rules.half or have.dtype not in operands.HALF else "float32"
    names = [want.dtype] if want.kind == "i" else [want.dtype, answer]
    rtol, atol = max((TOLERANCES[n] for n in names if n in TOLERANCES), default=(0.0, 0.0))
    return rtol if rules.rtol is None else rules.rtol, atol if rules.atol is None else rules.atol


def _may_be_single(want: Operand, rules: Strictness) -> bool:
    says_otherwise = rules.exact_dtype or rules.rtol is not None or rules.atol is not None
    return want.kind in "fc" and not says_otherwise


@dataclass(frozen=True, slots=True)
class _Distance:
    """How far two arrays are from each other.

    Attributes:
        off: `|a - b|` of each element, 0 where one is not finite.
        norm, error: `||a - b||`, and the relative error.
        furthest, largest: the largest of `off`, and of the expected magnitudes.
    """

    off: Array
    norm: float
    error: float
    furthest: float
    largest: float

    def within(self, rtol: float, atol: float) -> bool:
        """Whether both conditions of `close` hold."""
        together = self.norm <= atol or self.error <= rtol
        return together and self.furthest <= ELEMENT_FACTOR * rtol * self.largest + atol


def _distance(have: Array, want: Array, finite: Array) -> _Distance:
    chosen: Any = ... if finite.all() else finite
    got, due = operands.wide(have[chosen]), operands.wide(want[chosen])
    off = np.zeros(have.shape)
    with np.errstate(over="ignore", invalid="ignore"):  # too far in any case
        off[chosen] = np.abs(got - due)
        furthest = float(off.max(initial=0))
        norm = furthest * float(np.linalg.norm(off / (furthest or 1.0)))
    largest = float(np.abs(due).max(initial=0))
    return _Distance(off, norm, relative_error(got, due), furthest, largest)
