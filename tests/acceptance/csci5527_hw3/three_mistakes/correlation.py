"""Cross-correlation in NumPy: one and two dimensions, as a matrix, on channels, and put to use.

Owns problem 2 of the homework. The same conventions hold for every function of this file:

- `x * y` is the cross-correlation, not the convolution: the filter x slides over the fixed y and
  is never flipped. It starts with the last element of x on the first of y, ends with the first
  of x on the last of y, and counts what lies outside of y as 0:

      (x * y)[k] = sum_i x[i] * y[k - (n1 - 1) + i],   k = 0 .. n1 + n2 - 2

- So the order matters. SciPy names the fixed array first: its `correlate(y, x, 'full')`, operands
  swapped, is this `x * y`.
- Letters in shapes: n1, n2, m, n lengths; h, w height and width of a filter, H, W those of an
  image, D channels. No two sizes need be equal, any may be 1, and a filter may be longer, higher
  or wider than what it slides over.
- float64 and float32 both work. Images and signals (y) may hold 8-bit integers (pixels); filters
  (x) hold floating-point numbers, and results are floating point.
- Arrays given are never changed.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Array: TypeAlias = npt.NDArray[Any]

# The filter X1 of part (e): it answers to changes from left to right. X2 is its transpose.
X1: Array = np.array([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]])


def correlate1d(x: Array, y: Array) -> Array:
    """Slide the vector x over the vector y and collect the inner products from left to right.

        out[k] = sum_i x[i] * y[k - (n1 - 1) + i], with y = 0 outside of its n2 elements

    Args:
        x: what slides, shape (n1,).
        y: what stays in place, shape (n2,).

    Returns:
        x * y, shape (n1 + n2 - 1,).

    Source: homework 3, problem 2 (a).
    """
    padded = np.pad(y, len(x) - 1)  # (n2 + 2 * (n1 - 1),)
    return sliding_window_view(padded, len(x)) @ x  # (n1 + n2 - 1, n1) @ (n1,)


def weight_matrix(w: Array, n: int) -> Array:
    """Write the correlation with a filter w as a matrix that acts on the signal.

        w * x = C_w @ x for every x of n elements

    Args:
        w: filter, shape (m,).
        n: how many elements the signals have.

    Returns:
        C_w, shape (n + m - 1, n).

    Source: homework 3, problem 2 (b).
    """
    # C_w[k, j] = w[j - k + m - 1]: each row holds w, one place further to the right than the row
    # above, so the windows of the padded filter are the rows from the last up.
    windows = sliding_window_view(np.pad(w, n - 1), n)  # (n + m - 1, n)
    return windows[::-1].copy()


def jacobian_w(x: Array, m: int) -> Array:
    """Differentiate w * x with respect to the filter w.

        J[k, i] = d (w * x)[k] / d w[i]

    The correlation is linear in w, so J is the matrix C_x with w * x = C_x @ w.

    Args:
        x: signal, shape (n,).
        m: how many elements the filter has.

    Returns:
        J, shape (n + m - 1, m).

    Source: homework 3, problem 2 (c).
    """
    # J[k, i] = x[k - (m - 1) + i]: row k holds what lies under the filter at its k-th place.
    return sliding_window_view(np.pad(x, m - 1), m).copy()  # (n + m - 1, m)


def correlate2d(x: Array, y: Array) -> Array:
    """Slide the matrix x over the matrix y, row by row, and collect the inner products.

        out[i, j] = sum_{p, q} x[p, q] * y[i - (h - 1) + p, j - (w - 1) + q], y = 0 outside

    Python loops over the places are allowed, but not over the elements of every place as well.

    Args:
        x: what slides, shape (h, w).
        y: what stays in place, shape (H, W).

    Returns:
        x * y, shape (H + h - 1, W + w - 1).

    Source: homework 3, problem 2 (d).
    """
    h, w = x.shape
    padded = np.pad(y, ((h - 1, h - 1), (w - 1, w - 1)))  # (H + 2h - 2, W + 2w - 2)
    windows = sliding_window_view(padded, (h, w))  # (H + h - 1, W + w - 1, h, w)
    out: Array = np.einsum("ijpq,pq->ij", windows, x)
    return out.astype(y.dtype)


def gradient_magnitude(y: Array) -> Array:
    """Measure how steeply an image changes at every pixel.

        G1 = X1 * y,  G2 = X1^T * y,  out = sqrt(G1^2 + G2^2), element by element

    Args:
        y: image, shape (H, W).

    Returns:
        Shape (H + 2, W + 2), the border of the full correlation included.

    Source: homework 3, problem 2 (e).
    """
    # hypot is sqrt(a^2 + b^2) without overflow in between
    out: Array = np.hypot(correlate2d(X1, y), correlate2d(X1.T, y))  # (H + 2, W + 2)
    return out


def match_template(image: Array, template: Array) -> tuple[int, int]:
    """Find where a template fits best: the centre of the patch with the largest correlation.

    Image and template are correlated after each has lost its own mean, since a bright area would
    win everywhere else. Candidates are the places whose centre lies in the image. The centre of
    an h by w patch at (top, left) is (top + (h - 1) // 2, left + (w - 1) // 2), as in SciPy's
    `correlate2d(image, template, mode='same')`.

    Args:
        image: shape (H, W).
        template: shape (h, w), no larger than the image.

    Returns:
        Row and column of the centre in the image.

    Source: homework 3, problem 2 (f).
    """
    # At full[i, j] the patch has its last row at i of the image: centre = i - h // 2.
    (height, width), (h, w) = image.shape, template.shape
    full = correlate2d(template - template.mean(), image - image.mean())
    same = full[h // 2 : h // 2 + height, w // 2 : w // 2 + width]  # (H, W), by centre
    row, column = np.unravel_index(same.argmax(), same.shape)
    return int(row) + (h % 2 == 0), int(column) + (w % 2 == 0)


def correlate_multichannel(x: Array, y: Array) -> Array:
    """Correlate channel by channel and add up; the filter moves in height and width only.

        out = sum_d x[:, :, d] * y[:, :, d], no bias

    Args:
        x: filter, shape (h, w, D).
        y: input, shape (H, W, D).

    Returns:
        Shape (H + h - 1, W + w - 1).

    Source: homework 3, problem 2 (g).
    """
    h, w, _ = x.shape
    padded = np.pad(y, ((h - 1, h - 1), (w - 1, w - 1), (0, 0)))  # height and width only
    windows = sliding_window_view(padded, (h, w), axis=(0, 1))  # (H+h-1, W+w-1, D, h, w)
    out: Array = np.einsum("ijdpq,pqd->ij", windows, x)  # (H + h - 1, W + w - 1)
    return out
