"""Answers to the questions of problem 2 (a) that have one right answer.

Owns one function per question. Work them out by hand: `x * y` is defined at the top of
`correlation.py`.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def example_correlation() -> Array:
    """Say what [3, 2, 1] * [4, 6, 3, 9] is.

    Returns:
        All elements of the result, in order.

    Source: homework 3, problem 2 (a), first question.
    """
    return np.array([4.0, 14.0, 27.0, 33.0, 27.0, 27.0])


def correlation_commutes() -> bool:
    """Say whether x * y = y * x for all vectors x and y.

    Returns:
        True or False.

    Source: homework 3, problem 2 (a), second question.
    """
    return False


def swapped(x_star_y: Array) -> Array:
    """Say what y * x is when nothing but x * y is known.

    Args:
        x_star_y: the correlation x * y of two unknown vectors, shape (n1 + n2 - 1,).

    Returns:
        y * x, of the same shape.

    Source: homework 3, problem 2 (a), third question: how x * y and y * x are related.
    """
    return x_star_y[::-1].copy()
