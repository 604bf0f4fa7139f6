"""The normalization zoo in NumPy: batch, layer and instance norm, and how to compare two tensors.

Owns problem 3 of the homework. Every norm brings each slice of a tensor to mean 0 and variance 1:

    out = (x - mean) / sqrt(var + eps), mean and var over the slice that the element lies in

The same conventions hold for every function of this file:

- Tensors have the layout of the handout, (H, W, C, N): height, width, channels, samples. PyTorch
  has N first. No two sizes need be equal, and N or C may be 1.
- The variance is the biased one (divided by the number of elements), as PyTorch's norms take it.
- The scale gamma is 1 and the shift beta is 0; nothing is learned or remembered between calls.
- eps is added to the variance, inside the root. With eps = 0 no slice given is constant.
- Results stay accurate where the mean is large beside the deviation (a million beside 1, float64).
- float64 and float32 both work. Arrays given are never changed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def batch_norm(x: NDArray[Any], eps: float = 0.0) -> NDArray[Any]:
    """Normalize each channel over all samples, rows and columns.

        mean[c] = average of x[h, w, c, n] over h, w, n; likewise var[c]

    Args:
        x: shape (H, W, C, N).
        eps: added to the variance.

    Returns:
        The normalized tensor, shape (H, W, C, N).

    Source: homework 3, problem 3; Ioffe and Szegedy 2015, arXiv:1502.03167.
    """
    # TODO(task 3a): Normalize each channel over all samples, rows and columns.
    raise NotImplementedError("task 3a: batch_norm is not written yet")


def layer_norm(x: NDArray[Any], eps: float = 0.0) -> NDArray[Any]:
    """Normalize each sample over all its channels, rows and columns.

        mean[n] = average of x[h, w, c, n] over h, w, c; likewise var[n]

    Args:
        x: shape (H, W, C, N).
        eps: added to the variance.

    Returns:
        The normalized tensor, shape (H, W, C, N).

    Source: homework 3, problem 3; Ba, Kiros and Hinton 2016, arXiv:1607.06450.
    """
    # TODO(task 3b): Normalize each sample over all its channels, rows and columns.
    raise NotImplementedError("task 3b: layer_norm is not written yet")


def instance_norm(x: NDArray[Any], eps: float = 0.0) -> NDArray[Any]:
    """Normalize each channel of each sample over its rows and columns.

        mean[c, n] = average of x[h, w, c, n] over h, w; likewise var[c, n]

    Args:
        x: shape (H, W, C, N).
        eps: added to the variance.

    Returns:
        The normalized tensor, shape (H, W, C, N).

    Source: homework 3, problem 3; Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022.
    """
    # TODO(task 3c): Normalize each channel of each sample over its rows and columns.
    raise NotImplementedError("task 3c: instance_norm is not written yet")


def relative_difference(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Say by one number how far two tensors of the same shape are apart.

        ||vec(a) - vec(b)|| / max(||vec(a)||, ||vec(b)||), Euclidean norms; 0 where both are zero

    Args:
        a: any shape.
        b: the same shape.

    Returns:
        A number, 0 for equal tensors and at most 2.

    Source: homework 3, problem 3, equation (3).
    """
    # TODO(task 3d): Say by one number how far two tensors of the same shape are apart.
    raise NotImplementedError("task 3d: relative_difference is not written yet")
