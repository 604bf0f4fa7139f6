"""Rectified linear unit."""

import numpy as np


class ReLU:
    """max(0, x), element by element."""

    def __init__(self):
        self.cache = None
        self.dx = None

    def forward(self, x):
        """Any shape."""
        out = None
        out = np.where(x > 0, x, 0)
        self.cache = x
        return out

    def backward(self, dout):
        """Set dx."""
        dx, x = None, self.cache
        dx = dout * (x > 0)
        self.dx = dx
