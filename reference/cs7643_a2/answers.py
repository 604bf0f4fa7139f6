"""Answers to theory questions that a program can check. Optional: leave it out if you like."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def conv_matrix(w: Array) -> Array:
    """Write a convolution with stride 4 and zero padding 2 as one matrix A, so that y = A x.

    The input is one 3x3 channel; x holds its nine elements in row-major order and no padding.
    y holds the output in row-major order. The kernel is not flipped, and there is no bias.

    Args:
        w: the kernel, shape (3, 3).

    Returns:
        A of shape (4, 9).

    Source: assignment 2, theory question 1.
    """
    # BEGIN SOLUTION task T1
    # Output (i, j) sees rows 4i-2 ... 4i of the input: only one corner of it is inside, and meets
    # the opposite corner of the kernel.
    matrix = np.zeros((4, 9))
    corners = [(0, 0), (0, 2), (2, 0), (2, 2)]
    for row, (i, j) in enumerate(corners):
        matrix[row, 3 * i + j] = w[2 - i, 2 - j]
    return matrix
    # END SOLUTION


def linear_piece(x0: float) -> tuple[float, float]:
    """Name the linear function that equals the network h near a point.

        h(x) = W3 max(0, W2 max(0, W1 x + b1) + b2) + b3
        W1 = [[1.5], [0.5]], b1 = [0, 1], W2 = [[1, 2], [2, 1]], b2 = [0, 1], W3 = [[1, 1]], b3 = -1

    Args:
        x0: one of 2, -1 and 1.

    Returns:
        W and b, two numbers: near x0, h(x) = W x + b.

    Source: assignment 2, theory question 2.
    """
    # BEGIN SOLUTION task T2
    # x0 > 0: all four neurons are on; (1.5x + x + 2) + (3x + 0.5x + 1 + 1) - 1 = 6x + 3.
    # x0 = -1: the first neuron of the first layer is off; (x + 2) + (0.5x + 1 + 1) - 1 = 1.5x + 3.
    return (6.0, 3.0) if x0 > 0 else (1.5, 3.0)
    # END SOLUTION
