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
        # TODO(task 1.1a-forward): Filter every image with every kernel.
        raise NotImplementedError("task 1.1a-forward: forward is not written yet")

    def backward(self, dout: Array) -> None:
        """Carry the gradient back through the convolution; sets `dx`, `dw` and `db`.

        Args:
            dout: gradient of the loss with respect to the output of the latest `forward`.

        Source: assignment 2, part 1, task 1.1.
        """
        # TODO(task 1.1a-backward): Carry the gradient back through the convolution; sets `dx`, `dw`
        #     and `db`.
        raise NotImplementedError("task 1.1a-backward: backward is not written yet")
