"""Fully connected layer."""

import numpy as np


class Linear:
    """Flattens its input."""

    def __init__(self, in_dim, out_dim):
        self.in_dim = in_dim
        self.out_dim = out_dim
        self.cache = None
        self._init_weights()

    def _init_weights(self):
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(self.in_dim, self.out_dim)
        np.random.seed(1024)
        self.bias = np.zeros(self.out_dim)
        self.dx = None
        self.dw = None
        self.db = None

    def forward(self, x):
        """(N, d1, ..., dk) -> (N, out_dim)."""
        out = None
        out = x.reshape(x.shape[0], -1) @ self.weight + self.bias
        self.cache = x
        return out

    def backward(self, dout):
        """Set dx, dw and db."""
        x = self.cache
        flat = x.reshape(x.shape[0], -1)
        self.dx = (dout @ self.weight.T).reshape(x.shape)
        self.dw = flat.T @ dout
        self.db = np.sum(dout, axis=0)
