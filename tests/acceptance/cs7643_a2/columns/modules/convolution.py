"""Convolution as one matrix product over columns gathered by fancy indices."""

import numpy as np

from .layer import Memory, Parametric


class Conv2D(Parametric):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        super().__init__(out_channels, in_channels, kernel_size, kernel_size, outputs=out_channels)
        self.geometry = in_channels, kernel_size, stride, padding

    def places(self, height, width):
        """Indices (c, row, column) of every column of the matrix, and the output's size."""
        c, k, s, p = self.geometry
        rows, cols = (height + 2 * p - k) // s + 1, (width + 2 * p - k) // s + 1
        channel = np.repeat(np.arange(c), k * k)[:, None]
        down = np.tile(np.repeat(np.arange(k), k), c)[:, None]
        across = np.tile(np.arange(k), k * c)[:, None]
        i = s * np.repeat(np.arange(rows), cols)[None, :]
        j = s * np.tile(np.arange(cols), rows)[None, :]
        return (channel, down + i, across + j), (rows, cols)

    def forward(self, x):
        p = self.geometry[3]
        padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], mode="constant")
        places, size = self.places(*x.shape[2:])
        columns = padded[(slice(None), *places)]  # (N, C k k, places)
        self.memory = Memory(padded.shape, {"columns": columns, "places": places})
        out = self.weight.reshape(len(self.bias), -1) @ columns + self.bias.reshape(-1, 1)
        return out.reshape(len(x), -1, *size)

    def backward(self, dout):
        flat = dout.reshape(*dout.shape[:2], -1)
        columns, places = self.memory.parts["columns"], self.memory.parts["places"]
        self.db = flat.sum(2).sum(0)
        self.dw = np.einsum("nfp,nkp->fk", flat, columns).reshape(self.weight.shape)
        spread = np.einsum("fk,nfp->nkp", self.weight.reshape(len(self.bias), -1), flat)
        padded = np.zeros(self.memory.shape)
        np.add.at(padded, (slice(None), *places), spread)
        p = self.geometry[3]
        self.dx = padded[:, :, p:-p, p:-p] if p else padded
