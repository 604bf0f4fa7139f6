"""Problem 6, the part that a program can check: the three operations of task 1c.

Owns nothing but these three functions of two matrices. `a` is the image, shape (H_a, W_a), `b`
the filter, shape (H_b, W_b); sums below count from 1, as the handout does. Arguments are never
changed; integers and floating point numbers both work.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def filtering(a: Array, b: Array) -> Array:
    """Lay the filter, not flipped, on every patch of the image.

        out[i, j] = sum_{p, q} a[i + p - 1, j + q - 1] * b[p, q]

    Args:
        a: image, shape (H_a, W_a).
        b: filter, no larger than the image, shape (H_b, W_b).

    Returns:
        out of shape (H_a - H_b + 1, W_a - W_b + 1).

    Source: homework 4, tasks 1c and 6.
    """
    patches = np.lib.stride_tricks.sliding_window_view(a, b.shape)  # (H'', W'', H_b, W_b)
    out: Array = np.tensordot(patches, b, axes=((2, 3), (0, 1)))
    return out


def valid_convolution(a: Array, b: Array) -> Array:
    """Lay the flipped filter on every patch of the image.

        out[i, j] = sum_{m, n} a[m, n] * b[i - m + H_b, j - n + W_b]

    Args:
        a: image, shape (H_a, W_a).
        b: filter, no larger than the image, shape (H_b, W_b).

    Returns:
        out of shape (H_a - H_b + 1, W_a - W_b + 1).

    Source: homework 4, tasks 1c and 6.
    """
    flipped = b[::-1, ::-1]
    return filtering(a, flipped)


def full_convolution(a: Array, b: Array) -> Array:
    """Convolve wherever image and flipped filter overlap at all; the image is zero outside.

        out[i, j] = sum_{m, n} a[m, n] * b[i - m + 1, j - n + 1]

    Args:
        a: image, shape (H_a, W_a).
        b: filter of any size, shape (H_b, W_b).

    Returns:
        out of shape (H_a + H_b - 1, W_a + W_b - 1).

    Source: homework 4, tasks 1c and 6.
    """
    rows, columns = b.shape[0] - 1, b.shape[1] - 1
    padded = np.pad(a, ((rows, rows), (columns, columns)))
    return valid_convolution(padded, b)
