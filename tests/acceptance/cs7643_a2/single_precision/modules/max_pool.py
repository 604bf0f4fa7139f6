"""Max pooling in float32; the last of equal maxima wins."""

import numpy as np


class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.kernel_size = kernel_size
        self.stride = stride

    def forward(self, x):
        k, s = self.kernel_size, self.stride
        self.cache = x.astype(np.float32)
        rows, columns = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
        out = np.full((*x.shape[:2], rows, columns), -np.inf, np.float32)
        for a, b in np.ndindex(k, k):
            shifted = self.cache[:, :, a : a + s * rows : s, b : b + s * columns : s]
            out = np.maximum(out, shifted)
        self.out = out
        return out

    def backward(self, dout):
        k, s, left = self.kernel_size, self.stride, np.ones(dout.shape, bool)
        rows, columns = dout.shape[2:]
        self.dx = np.zeros_like(self.cache)
        for a, b in reversed(list(np.ndindex(k, k))):
            place = np.s_[:, :, a : a + s * rows : s, b : b + s * columns : s]
            found = left & (self.cache[place] == self.out)
            self.dx[place] += found * dout.astype(np.float32)
            left &= ~found
