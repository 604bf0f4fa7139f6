"""Max pooling with plain loops; equal maxima share."""

import numpy as np
from modules.walk import count, windows


class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.kernel_size, self.stride = kernel_size, stride

    def walk(self):
        n, c, h, w = self.x.shape
        for image in range(n):
            for channel in range(c):
                for i, j, down, across in windows(h, w, self.kernel_size, self.stride):
                    yield (image, channel, i, j), (image, channel, down, across)

    def forward(self, x):
        self.x = x
        rows, cols = (count(size, self.kernel_size, self.stride) for size in x.shape[2:])
        out = np.zeros((*x.shape[:2], rows, cols))
        for here, there in self.walk():
            out[here] = x[there].max()
        return out

    def backward(self, dout):
        self.dx = np.zeros(self.x.shape)
        for here, there in self.walk():
            largest = self.x[there] == self.x[there].max()
            self.dx[there] += dout[here] * largest / largest.sum()
