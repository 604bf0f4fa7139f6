"""Softmax with mean cross-entropy: the criterion of the network. Given; nothing to write here."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


class SoftmaxCrossEntropy:
    """Turns scores into probabilities, and compares them with the right classes.

    Attributes:
        dx: set by `backward`: gradient of the mean loss with respect to the scores, (N, classes).
    """

    def __init__(self) -> None:
        self.cache: Any = None
        self.dx: Array | None = None

    def forward(self, x: Array, y: Array) -> tuple[Array, float]:
        """Compute probabilities and mean loss.

            p[n, c] = exp(x[n, c]) / sum_k exp(x[n, k])
            loss    = -(1 / N) * sum_n log p[n, y[n]]

        Args:
            x: scores, shape (N, classes).
            y: index of the right class of each sample, integers, shape (N,).
        """
        shifted = x - x.max(axis=1, keepdims=True)  # changes no probability; no exp overflows
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, classes)
        probs = np.exp(log_p)
        self.cache = probs, y
        return probs, -float(log_p[np.arange(len(y)), y].mean())

    def backward(self) -> None:
        """Set `dx` to (p - onehot(y)) / N."""
        probs, y = self.cache
        dx = probs.copy()
        dx[np.arange(len(y)), y] -= 1
        self.dx = dx / len(y)
