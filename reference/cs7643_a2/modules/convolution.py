"""Convolution layer: weights, forward pass and backward pass of one object.

Owns the layer `Conv2D`. What holds for every layer of this folder:

- `forward` returns the output. `backward` returns nothing: it sets `dx`, the gradient of the loss
  with respect to the input, and, where there are parameters, `dw` and `db`.
- A backward pass belongs to the latest forward pass, and replaces gradients of earlier ones.
- `cache` is private to the layer: keep there what the backward pass needs, in whatever form.
- Letters in shapes: N samples of a batch, C input channels, F filters, H height, W width. N = 1 is
  an ordinary batch; no two sizes need be equal.
- Gradients are sums over the batch; the mean is taken in the loss.
- Arrays given are never changed, nor are the layer's own weights. Two layers share nothing.
- float64 and float32 both work. `x` may hold integers (pixel values); gradients are floating
  point all the same.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Array: TypeAlias = npt.NDArray[Any]


class Conv2D:
    """Square kernels over images, with stride and zero padding; kernels are not flipped.

    Attributes:
        weight: kernels, shape (F, C, k, k).
        bias: one number per filter, shape (F,).
        dx, dw, db: set by `backward`, of the shapes of x, weight and bias.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        # The same start for everybody: results can be compared with those of other students.
        start = np.random.RandomState(1024)
        self.weight: Array = 1e-3 * start.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias: Array = np.zeros(out_channels)
        self.cache: Any = None
        self.dx: Array | None = None
        self.dw: Array | None = None
        self.db: Array | None = None

    def forward(self, x: Array) -> Array:
        """Filter every image with every kernel.

            out[n, f, i, j] = bias[f]
                + sum_{c, p, q} padded[n, c, i * stride + p, j * stride + q] * weight[f, c, p, q]

        `padded` is x with `padding` rows and columns of zeros on each of its four sides. Rows and
        columns at the end that fill no whole window are left out. Images need not be square.

        Args:
            x: images, shape (N, C, H, W).

        Returns:
            out of shape (N, F, 1 + (H + 2 * padding - k) // stride,
            1 + (W + 2 * padding - k) // stride).

        Source: assignment 2, part 1, task 1.1.
        """
        # BEGIN SOLUTION task 1.1a-forward
        k, stride, pad = self.kernel_size, self.stride, self.padding
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        windows = sliding_window_view(padded, (k, k), axis=(2, 3))
        windows = windows[:, :, ::stride, ::stride]  # (N, C, H', W', k, k)
        out = np.tensordot(windows, self.weight, axes=((1, 4, 5), (1, 2, 3)))  # (N, H', W', F)
        self.cache = windows, padded.shape
        return np.moveaxis(out, 3, 1) + self.bias[:, None, None]  # (N, F, H', W')
        # END SOLUTION

    def backward(self, dout: Array) -> None:
        """Carry the gradient back through the convolution; sets `dx`, `dw` and `db`.

        Args:
            dout: gradient of the loss with respect to the output of the latest `forward`.

        Source: assignment 2, part 1, task 1.1.
        """
        # BEGIN SOLUTION task 1.1a-backward
        # dw[f, c, p, q] = sum_{n, i, j} dout[n, f, i, j] * padded[n, c, i*stride + p, j*stride + q]
        # db[f]          = sum_{n, i, j} dout[n, f, i, j]
        # dpadded[n, c, i*stride + p, j*stride + q] += sum_f dout[n, f, i, j] * weight[f, c, p, q]
        windows, padded_shape = self.cache
        stride, pad = self.stride, self.padding
        rows, columns = (stride * size for size in dout.shape[2:])
        self.dw = np.tensordot(dout, windows, axes=((0, 2, 3), (0, 2, 3)))  # (F, C, k, k)
        self.db = dout.sum(axis=(0, 2, 3))  # (F,)
        share = np.tensordot(self.weight, dout, axes=(0, 1))  # (C, k, k, N, H', W')
        dpadded = np.zeros(padded_shape, dtype=share.dtype)
        # One step per place in the kernel: places of different windows overlap, so they are added.
        for p, q in np.ndindex(*share.shape[1:3]):
            place = dpadded[:, :, p : p + rows : stride, q : q + columns : stride]
            place += share[:, p, q].swapaxes(0, 1)  # (N, C, H', W')
        height, width = padded_shape[2] - pad, padded_shape[3] - pad
        self.dx = dpadded[:, :, pad:height, pad:width]  # (N, C, H, W)
        # END SOLUTION
