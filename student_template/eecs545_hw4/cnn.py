"""A convolutional classifier: convolution, ReLU, max pooling, then two fully connected layers.

Owns the parameters of the model and the order of its layers; the layers themselves are those of
`layers.py`, and training is `solver.py`'s. Letters in shapes: N images, C channels, H height,
W width, F filters, k side of a filter, M hidden units, K classes, and after pooling
h = (H - k + 1) // 2, w = (W - k + 1) // 2.
"""

from typing import Any, TypeAlias

import layers
import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
POOLING = {"pool_height": 2, "pool_width": 2, "stride": 2}


class ConvNet:
    """conv - relu - 2x2 max pool of stride 2 - fc - relu - fc - softmax.

    `params` maps names to arrays: W1 (F, C, k, k), W2 (F * h * w, M), b2 (M,), W3 (M, K), b3
    (K,). The convolution has no bias, so there is no b1.
    """

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (1, 28, 28),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        """Draw weights from a normal distribution; biases are zero.

        Args:
            input_dim: channels, height and width (C, H, W) of an image; H and W may differ.
            num_filters: number F of filters.
            filter_size: side k of a filter.
            hidden_dim: number M of hidden units.
            num_classes: number K of classes.
            weight_scale: standard deviation of the weights.
            dtype: type of every parameter.

        Source: homework 4, task 3b.
        """
        self.params: dict[str, Array] = {}
        self.dtype = dtype
        # TODO(task 3b): fill self.params with W1, W2, b2, W3, b3 of the type asked for
        raise NotImplementedError("task 3b: __init__ is not written yet")

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Class scores, or the loss and its gradients.

        Between pooling and the first fully connected layer every image's (F, h, w) is read row
        by row into F * h * w features (`reshape(N, -1)`).

        Args:
            X: a batch of images, shape (N, C, H, W).
            y: index of each image's class, integers in [0, K), shape (N,); None when testing.

        Returns:
            Without y, the scores of shape (N, K). With y, the mean loss (a number) and a dict of
            gradients, with the same keys as `params` and arrays of the same shapes.

        Source: homework 4, task 3b.
        """
        # TODO(task 3b): Class scores, or the loss and its gradients.
        raise NotImplementedError("task 3b: loss is not written yet")
