"""Linear layer by einsum."""

import numpy as np

from .layer import Memory, Parametric


class Linear(Parametric):
    def __init__(self, in_dim, out_dim):
        super().__init__(in_dim, out_dim, outputs=out_dim)

    def forward(self, x):
        self.memory = Memory(x.shape, {"flat": x.reshape(len(x), -1)})
        return np.einsum("ni,ij->nj", self.memory.parts["flat"], self.weight) + self.bias

    def backward(self, dout):
        self.dx = np.einsum("nj,ij->ni", dout, self.weight).reshape(self.memory.shape)
        self.dw = np.einsum("ni,nj->ij", self.memory.parts["flat"], dout)
        self.db = np.ones(len(dout)) @ dout
