"""Max pooling over gathered windows; every equal maximum counts."""

import numpy as np

from .layer import Layer, Memory


class MaxPooling(Layer):
    def __init__(self, kernel_size, stride):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride

    def places(self, height, width):
        k, s = self.kernel_size, self.stride
        i = s * np.arange((height - k) // s + 1)[:, None, None, None]
        j = s * np.arange((width - k) // s + 1)[None, :, None, None]
        return i + np.arange(k)[:, None], j + np.arange(k)[None, :]

    def forward(self, x):
        rows, columns = self.places(*x.shape[2:])
        windows = x[:, :, rows, columns]
        largest = windows == windows.max((-2, -1), keepdims=True)
        self.memory = Memory(x.shape, {"largest": largest, "places": (rows, columns)})
        return windows.max((-2, -1))

    def backward(self, dout):
        self.dx = np.zeros(self.memory.shape)
        amounts = dout[..., None, None] * self.memory.parts["largest"]
        np.add.at(self.dx, (slice(None), slice(None), *self.memory.parts["places"]), amounts)
