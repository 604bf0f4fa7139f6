"""Fully connected layer. Conventions of all layers are told in `convolution.py`."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


class Linear:
    """Maps every sample, flattened, by one affine function.

    Attributes:
        weight: shape (in_dim, out_dim).
        bias: shape (out_dim,).
        dx, dw, db: set by `backward`, of the shapes of x, weight and bias.
    """

    def __init__(self, in_dim: int, out_dim: int) -> None:
        self.in_dim = in_dim
        self.out_dim = out_dim
        # The same start for everybody: results can be compared with those of other students.
        start = np.random.RandomState(1024)
        self.weight: Array = 1e-3 * start.randn(in_dim, out_dim)
        self.bias: Array = np.zeros(out_dim)
        self.cache: Any = None
        self.dx: Array | None = None
        self.dw: Array | None = None
        self.db: Array | None = None

    def forward(self, x: Array) -> Array:
        """Multiply every flattened sample with the weights and add the bias.

            out[n, j] = bias[j] + sum_i flat[n, i] * weight[i, j]

        Args:
            x: input, shape (N, d1, ..., dk) with d1 * ... * dk = in_dim; flattened in row-major
                order. Images come straight from a convolution: (N, C, H, W).

        Returns:
            out of shape (N, out_dim).

        Source: assignment 2, part 1, task 1.1.
        """
        self.cache = x
        return x.reshape(x.shape[0], -1) @ self.weight + self.bias  # (N, out_dim)

    def backward(self, dout: Array) -> None:
        """Carry the gradient back through the layer; sets `dx` (of the shape of x), `dw`, `db`.

        Args:
            dout: gradient of the loss with respect to the output of the latest `forward`.

        Source: assignment 2, part 1, task 1.1.
        """
        # dflat[n, i] = sum_j dout[n, j] * weight[i, j]
        # dw[i, j]    = sum_n flat[n, i] * dout[n, j]
        # db[j]       = sum_n dout[n, j]
        x = self.cache
        self.dx = (dout @ self.weight.T).reshape(x.shape)  # (N, d1, ..., dk)
        self.dw = x.reshape(x.shape[0], -1).T @ dout  # (in_dim, out_dim)
        self.db = dout.sum(axis=0)  # (out_dim,)
