"""Max pooling layer. Conventions of all layers are told in `convolution.py`."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Array: TypeAlias = npt.NDArray[Any]


class MaxPooling:
    """Keeps the largest element of every square window.

    Attributes:
        dx: set by `backward`, of the shape of x.
    """

    def __init__(self, kernel_size: int, stride: int) -> None:
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache: Any = None
        self.dx: Array | None = None

    def forward(self, x: Array) -> Array:
        """Take the maximum of each window, in every channel for itself; nothing is padded.

            out[n, c, i, j] = max_{p, q} x[n, c, i * stride + p, j * stride + q]

        Windows overlap where the stride is smaller than the window, and skip elements where it is
        larger. Rows and columns at the end that fill no whole window are left out.

        Args:
            x: images, shape (N, C, H, W), no smaller than the window.

        Returns:
            out of shape (N, C, 1 + (H - k) // stride, 1 + (W - k) // stride).

        Source: assignment 2, part 1, task 1.1.
        """
        k, stride = self.kernel_size, self.stride
        windows = sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]
        out: Array = windows.max(axis=(4, 5))  # (N, C, H', W')
        self.cache = x
        return out

    def backward(self, dout: Array) -> None:
        """Carry the gradient back to the largest element of each window; sets `dx`.

        An element that is the largest of several windows receives the sum of their gradients.
        Where several elements of one window are equally large, any way of sharing is right.

        Args:
            dout: gradient of the loss with respect to the output of the latest `forward`.

        Source: assignment 2, part 1, task 1.1.
        """
        x, k, stride = self.cache, self.kernel_size, self.stride
        windows = sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]
        best = windows.reshape(*dout.shape, k * k).argmax(axis=4)  # (N, C, H', W')
        rows, columns = np.divmod(best, k)
        n, c, i, j = np.ix_(*(np.arange(size) for size in dout.shape))  # as one: (N, C, H', W')
        dx = np.zeros(x.shape, dtype=dout.dtype)  # (N, C, H, W); x itself may hold integers
        dx[n, c, i * stride + rows, j * stride + columns] = dout
        self.dx = dx
