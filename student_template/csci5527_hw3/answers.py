"""Answers to the questions of problem 2 (a) that have one right answer.

Owns one function per question. Work them out by hand: `x * y` is defined at the top of
`correlation.py`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def example_correlation() -> NDArray[Any]:
    """Say what [3, 2, 1] * [4, 6, 3, 9] is.

    Returns:
        All elements of the result, in order.

    Source: homework 3, problem 2 (a), first question.
    """
    # TODO(task 2a-answers): Say what [3, 2, 1] * [4, 6, 3, 9] is.
    raise NotImplementedError("task 2a-answers: example_correlation is not written yet")


def correlation_commutes() -> bool:
    """Say whether x * y = y * x for all vectors x and y.

    Returns:
        True or False.

    Source: homework 3, problem 2 (a), second question.
    """
    # TODO(task 2a-answers): Say whether x * y = y * x for all vectors x and y.
    raise NotImplementedError("task 2a-answers: correlation_commutes is not written yet")


def swapped(x_star_y: NDArray[Any]) -> NDArray[Any]:
    """Say what y * x is when nothing but x * y is known.

    Args:
        x_star_y: the correlation x * y of two unknown vectors, shape (n1 + n2 - 1,).

    Returns:
        y * x, of the same shape.

    Source: homework 3, problem 2 (a), third question: how x * y and y * x are related.
    """
    # TODO(task 2a-answers): Say what y * x is when nothing but x * y is known.
    raise NotImplementedError("task 2a-answers: swapped is not written yet")
