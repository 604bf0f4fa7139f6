"""Linear layer in float32."""

import numpy as np


class Linear:
    def __init__(self, in_dim, out_dim):
        self.weight = np.full((in_dim, out_dim), 1e-3, np.float32)
        self.bias = np.zeros(out_dim, np.float32)

    def forward(self, x):
        self.x = x.astype(np.float32)
        flat = self.x.reshape(len(x), -1)
        return flat.dot(self.weight.astype(np.float32)) + self.bias.astype(np.float32)

    def backward(self, dout):
        dout = dout.astype(np.float32)
        self.dw = self.x.reshape(len(dout), -1).T.dot(dout)
        self.db = np.add.reduce(dout)
        self.dx = dout.dot(self.weight.T.astype(np.float32)).reshape(self.x.shape)
