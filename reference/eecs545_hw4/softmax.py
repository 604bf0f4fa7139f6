"""A two-layer classifier: fully connected, ReLU, fully connected, softmax.

Owns the parameters of the model and the order of its layers; the layers themselves are those of
`layers.py`, and training is `solver.py`'s. Letters in shapes: N samples, D input features,
M hidden units, C classes.
"""

from typing import Any, TypeAlias

import layers
import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


class SoftmaxClassifier:
    """fc - relu - fc - softmax.

    `params` maps names to arrays: W1 (D, M), b1 (M,), W2 (M, C), b2 (C,). Whoever trains the
    model replaces or changes these arrays; `loss` uses what it finds there.
    """

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
    ) -> None:
        """Draw weights from a normal distribution; biases are zero.

        Args:
            input_dim: number D of input features.
            hidden_dim: number M of hidden units.
            num_classes: number C of classes.
            weight_scale: standard deviation of the weights.

        Source: homework 4, task 2b.
        """
        self.params: dict[str, Array] = {}
        # BEGIN SOLUTION task 2b: fill self.params with W1, b1, W2, b2
        self.params["W1"] = weight_scale * np.random.standard_normal((input_dim, hidden_dim))
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.standard_normal((hidden_dim, num_classes))
        self.params["b2"] = np.zeros(num_classes)
        # END SOLUTION

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Class scores, or the loss and its gradients.

            scores = relu(X W1 + b1) W2 + b2
            loss   = softmax_loss(scores, y)

        Args:
            X: a batch of samples, shape (N, D).
            y: index of each sample's class, integers in [0, C), shape (N,); None when testing.

        Returns:
            Without y, the scores of shape (N, C). With y, the mean loss (a number) and a dict of
            gradients, with the same keys as `params` and arrays of the same shapes.

        Source: homework 4, task 2b.
        """
        # BEGIN SOLUTION task 2b
        hidden, fc1 = layers.fc_forward(X, self.params["W1"], self.params["b1"])  # (N, M)
        active, relu = layers.relu_forward(hidden)  # (N, M)
        scores, fc2 = layers.fc_forward(active, self.params["W2"], self.params["b2"])  # (N, C)
        if y is None:
            return scores
        grads: dict[str, Array] = {}
        loss, dscores = layers.softmax_loss(scores, y)
        dactive, grads["W2"], grads["b2"] = layers.fc_backward(dscores, fc2)
        dhidden = layers.relu_backward(dactive, relu)
        _, grads["W1"], grads["b1"] = layers.fc_backward(dhidden, fc1)
        return loss, grads
        # END SOLUTION
