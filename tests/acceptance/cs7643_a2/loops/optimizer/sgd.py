"""SGD; velocities in two lists, one entry per module; parameters are changed in place."""

import numpy as np

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum
        self.v_w = [None] * len(model.modules)
        self.v_b = [None] * len(model.modules)

    def update(self, model):
        self.apply_regularization(model)
        for i, m in enumerate(model.modules):
            if not hasattr(m, "weight"):
                continue
            if self.v_w[i] is None:
                self.v_w[i], self.v_b[i] = np.zeros(m.weight.shape), np.zeros(m.bias.shape)
            self.v_w[i] *= self.momentum
            self.v_w[i] -= self.learning_rate * m.dw
            self.v_b[i] *= self.momentum
            self.v_b[i] -= self.learning_rate * m.db
            m.weight += self.v_w[i]
            m.bias += self.v_b[i]
