"""The words for two values that differ: how to print them so that a student sees the difference.

Owns the digits, the place of an element and what a value is called. Does not decide what differs
(`compare`), nor who may read it (`grader.scoring.redaction`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.suite import operands
from grader.suite.operands import Array, Operand

MAX_SHOWN_ELEMENTS = 12
DIGITS = (6, 8, 10, 12, 14, 17)  # tried in turn; 17 tell any two numbers of float64 apart
PRECISIONS = (5, 8, 11, 14, 17)  # of arrays, behind the point
NEAR_SINGLE = (1e-8, 1e-6)  # relative errors that computing in float32 leaves


def worst(have: Array, want: Array, off: Array) -> str:
    """Both values of the element that is furthest off; a small array whole.

    Args:
        off: how far each element is off.
    """
    if 1 < have.size <= MAX_SHOWN_ELEMENTS:
        got, expected = _arrays(have, want)
        return f"got {got}, expected {expected}"
    index = np.unravel_index(int(np.argmax(off)), have.shape)
    return one(have, want, index)


def one(have: Array, want: Array, index: Sequence[Any]) -> str:
    """Both values of one element, and its place."""
    got, expected = numbers(have[tuple(index)], want[tuple(index)])
    return f"got {got}, expected {expected}{at(index)}"


def at(index: Sequence[Any]) -> str:
    """The place of an element; nothing for a number."""
    return f" at index [{', '.join(str(int(i)) for i in index)}]" if len(index) else ""


def numbers(*values: Any) -> list[str]:
    """Numbers with as many digits as it takes to tell different ones apart."""
    different = len({complex(value) for value in values})
    for digits in DIGITS:
        texts = [_number(value, digits) for value in values]
        if len(set(texts)) >= different:
            break
    return texts


def _number(value: Any, digits: int) -> str:
    return str(value) if np.asarray(value).dtype.kind in "biu" else f"{value:.{digits}g}"


def _arrays(have: Array, want: Array) -> tuple[str, str]:
    for precision in PRECISIONS:
        got, expected = show(have, precision), show(want, precision)
        if got != expected:
            return got, expected
    return _plain(have), _plain(want)


def show(array: Any, precision: int = PRECISIONS[0]) -> str:
    """A small array on one line."""
    text = np.array2string(
        np.asarray(array), precision=precision, separator=", ", suppress_small=True
    )
    return " ".join(text.split())


def _plain(array: Array) -> str:
    return " ".join(np.array2string(array, precision=17, separator=", ").split())


def remark(have: Operand, want: Operand, accepted: str, error: float) -> str:
    """What the types of two sides may have to do with their difference; a sentence, or nothing.

    Args:
        accepted: dtypes, in words.
        error: relative error of the values.
    """
    if have.dtype in operands.HALF and want.dtype not in operands.HALF:
        return f" Got dtype {have.dtype}; this test accepts {accepted}."
    if have.kind != want.kind:
        return f" Got dtype {have.dtype}, expected {want.dtype}."
    double = want.dtype in ("float64", "complex128")
    if double and NEAR_SINGLE[0] <= error <= NEAR_SINGLE[1]:
        return f" This looks like single precision (float32); the test needs {want.dtype}."
    return ""


def shapes(value: Any, got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Two shapes that differ; "()" alone says nothing to a beginner."""
    if expected:
        return f"got shape {got}, expected {expected}."
    if got and set(got) == {1}:
        kind, due = ("a tensor", "it") if operands.is_tensor(value) else ("an array", "the number")
        how = "without axes, shape ()" if operands.is_tensor(value) else "itself"
        return f"got {kind} with one number, shape {got}; return {due} {how}."
    return f"got shape {got}, expected a single number, shape ()."


def as_plain_array(value: Any) -> str:
    """What to do with a matrix or a masked array, which may not stand for an array."""
    kind = repr(value)[:200] if type(value).__module__.startswith("grader.") else ""
    is_array = isinstance(value, np.ndarray) and type(value) is not np.ndarray
    if is_array or (kind.startswith("<numpy.") and " (dtype " in kind):
        return " Return np.asarray(...) of it."
    return ""


def kind_of(value: Any) -> str:
    """What a value is, in a few words."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if operands.is_tensor(value):
        return f"a torch.Tensor of shape {tuple(value.shape)}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)} items"
    if type(value) in (bool, int, float, complex, str):
        return f"{type(value).__name__} {value!r:.60}"
    if isinstance(value, np.generic):
        return f"the number {value}"
    return f"{value!r:.100}"
