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
        channels, height, width = input_dim
        pooled = ((height - filter_size + 1) // 2) * ((width - filter_size + 1) // 2)  # h * w
        shapes = {
            "W1": (num_filters, channels, filter_size, filter_size),
            "W2": (num_filters * pooled, hidden_dim),
            "W3": (hidden_dim, num_classes),
        }
        for name, shape in shapes.items():
            self.params[name] = weight_scale * np.random.standard_normal(shape)
        self.params["b2"] = np.zeros(hidden_dim)
        self.params["b3"] = np.zeros(num_classes)
        self.params = {name: value.astype(dtype) for name, value in self.params.items()}

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
        p = self.params
        maps, conv = layers.conv_forward(X.astype(p["W1"].dtype), p["W1"])
        active, relu1 = layers.relu_forward(maps)  # (N, F, H - k + 1, W - k + 1)
        pooled, pool = layers.max_pool_forward(active, POOLING)  # (N, F, h, w)
        flat = pooled.reshape(X.shape[0], -1)  # (N, F * h * w)
        hidden, fc2 = layers.fc_forward(flat, p["W2"], p["b2"])  # (N, M)
        features, relu2 = layers.relu_forward(hidden)  # (N, M)
        scores, fc3 = layers.fc_forward(features, p["W3"], p["b3"])  # (N, K)
        if y is None:
            return scores
        grads: dict[str, Array] = {}
        loss, dscores = layers.softmax_loss(scores, y)
        dfeatures, grads["W3"], grads["b3"] = layers.fc_backward(dscores, fc3)
        dhidden = layers.relu_backward(dfeatures, relu2)
        dflat, grads["W2"], grads["b2"] = layers.fc_backward(dhidden, fc2)
        dactive = layers.max_pool_backward(dflat.reshape(pooled.shape), pool)
        dmaps = layers.relu_backward(dactive, relu1)
        _, grads["W1"] = layers.conv_backward(dmaps, conv)
        return loss, grads
