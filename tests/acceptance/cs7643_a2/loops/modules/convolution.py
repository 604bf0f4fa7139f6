"""Convolution with plain loops."""

import numpy as np
from modules.walk import count, windows


class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.k, self.s, self.p = kernel_size, stride, padding
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias = np.zeros(out_channels)
        self.cache = self.dx = self.dw = self.db = None

    def forward(self, x):
        n, c, h, w = x.shape
        big = np.zeros((n, c, h + 2 * self.p, w + 2 * self.p))
        big[:, :, self.p : self.p + h, self.p : self.p + w] = x
        rows, cols = count(big.shape[2], self.k, self.s), count(big.shape[3], self.k, self.s)
        out = np.zeros((n, len(self.bias), rows, cols))
        for image in range(n):
            for f in range(len(self.bias)):
                for i, j, down, across in windows(*big.shape[2:], self.k, self.s):
                    seen = big[image, :, down, across]
                    out[image, f, i, j] = np.sum(seen * self.weight[f]) + self.bias[f]
        self.cache = {"big": big, "shape": x.shape}
        return out

    def backward(self, dout):
        big, (n, _, h, w) = self.cache["big"], self.cache["shape"]
        dbig = np.zeros(big.shape)
        self.dw, self.db = np.zeros(self.weight.shape), np.zeros(len(self.bias))
        for image in range(n):
            for f in range(len(self.bias)):
                for i, j, down, across in windows(*big.shape[2:], self.k, self.s):
                    amount = dout[image, f, i, j]
                    self.db[f] += amount
                    self.dw[f] += amount * big[image, :, down, across]
                    dbig[image, :, down, across] += amount * self.weight[f]
        self.dx = dbig[:, :, self.p : self.p + h, self.p : self.p + w]
        return self.dx
