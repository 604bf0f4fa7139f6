"""2d convolution."""

import numpy as np


class Conv2D:
    """A layer of square kernels."""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.cache = None
        self._init_weights()

    def _init_weights(self):
        np.random.seed(1024)
        k = self.kernel_size
        self.weight = 1e-3 * np.random.randn(self.out_channels, self.in_channels, k, k)
        self.bias = np.zeros(self.out_channels)
        self.dx = None
        self.dw = None
        self.db = None

    def _window(self, i, j):
        top, left = i * self.stride, j * self.stride
        return slice(top, top + self.kernel_size), slice(left, left + self.kernel_size)

    def forward(self, x):
        """(N, C, H, W) -> (N, F, H', W')."""
        out = None
        N, C, H, W = x.shape
        p, k, s = self.padding, self.kernel_size, self.stride
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
        H_out, W_out = (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1
        out = np.zeros((N, self.out_channels, H_out, W_out))
        for i in range(H_out):
            for j in range(W_out):
                rows, cols = self._window(i, j)
                patch = padded[:, :, rows, cols].reshape(N, -1)
                out[:, :, i, j] = patch @ self.weight.reshape(self.out_channels, -1).T + self.bias
        self.cache = x
        return out

    def backward(self, dout):
        """Set dx, dw and db."""
        x = self.cache
        p = self.padding
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
        dpadded = np.zeros(padded.shape)
        self.dw = np.zeros(self.weight.shape)
        self.db = dout.sum(axis=(0, 2, 3))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, cols = self._window(i, j)
                slope = dout[:, :, i, j]
                self.dw += np.einsum("nf,nchw->fchw", slope, padded[:, :, rows, cols])
                dpadded[:, :, rows, cols] += np.einsum("nf,fchw->nchw", slope, self.weight)
        self.dx = dpadded[:, :, p : p + x.shape[2], p : p + x.shape[3]]
