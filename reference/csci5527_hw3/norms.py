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
    # BEGIN SOLUTION task 3a
    # Stability: the variance of centred values; E[x^2] - E[x]^2 would cancel under a large mean.
    centred = x - x.mean(axis=(0, 1, 3), keepdims=True)  # (H, W, C, N) - (1, 1, C, 1)
    variance = np.square(centred).mean(axis=(0, 1, 3), keepdims=True)  # (1, 1, C, 1)
    out: NDArray[Any] = centred / np.sqrt(variance + eps)  # (H, W, C, N)
    return out
    # END SOLUTION


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
    # BEGIN SOLUTION task 3b
    centred = x - x.mean(axis=(0, 1, 2), keepdims=True)  # (H, W, C, N) - (1, 1, 1, N)
    variance = np.square(centred).mean(axis=(0, 1, 2), keepdims=True)  # (1, 1, 1, N)
    out: NDArray[Any] = centred / np.sqrt(variance + eps)  # (H, W, C, N)
    return out
    # END SOLUTION


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
    # BEGIN SOLUTION task 3c
    centred = x - x.mean(axis=(0, 1), keepdims=True)  # (H, W, C, N) - (1, 1, C, N)
    variance = np.square(centred).mean(axis=(0, 1), keepdims=True)  # (1, 1, C, N)
    out: NDArray[Any] = centred / np.sqrt(variance + eps)  # (H, W, C, N)
    return out
    # END SOLUTION


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
    # BEGIN SOLUTION task 3d
    scale = max(np.linalg.norm(a.ravel()), np.linalg.norm(b.ravel()))
    return float(np.linalg.norm((a - b).ravel()) / scale) if scale else 0.0
    # END SOLUTION
