"""2d max pooling."""

import numpy as np


class MaxPooling:
    """Square windows."""

    def __init__(self, kernel_size, stride):
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache = None
        self.dx = None

    def forward(self, x):
        """(N, C, H, W) -> (N, C, H', W')."""
        out = None
        k, s = self.kernel_size, self.stride
        H_out, W_out = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
        out = np.zeros((x.shape[0], x.shape[1], H_out, W_out))
        for i in range(H_out):
            for j in range(W_out):
                out[:, :, i, j] = x[:, :, i * s : i * s + k, j * s : j * s + k].max(axis=(2, 3))
        self.cache = (x, H_out, W_out)
        return out

    def backward(self, dout):
        """Set dx."""
        x, H_out, W_out = self.cache
        k, s = self.kernel_size, self.stride
        self.dx = np.zeros(x.shape)
        for n, c, i, j in np.ndindex(x.shape[0], x.shape[1], H_out, W_out):
            window = x[n, c, i * s : i * s + k, j * s : j * s + k]
            row, col = np.unravel_index(np.argmax(window), window.shape)
            self.dx[n, c, i * s + row, j * s + col] += dout[n, c, i, j]
