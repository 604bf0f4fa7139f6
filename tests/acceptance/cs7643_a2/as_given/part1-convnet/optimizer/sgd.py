"""Stochastic gradient descent with momentum."""

import numpy as np

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    """One velocity per parameter."""

    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum
        self.velocities = []
        for m in model.modules:
            v = {}
            if hasattr(m, "weight"):
                v["weight"] = np.zeros_like(m.weight)
            if hasattr(m, "bias"):
                v["bias"] = np.zeros_like(m.bias)
            self.velocities.append(v)

    def update(self, model):
        """One step of every parameter."""
        self.apply_regularization(model)
        for idx, m in enumerate(model.modules):
            if hasattr(m, "weight"):
                v = self.momentum * self.velocities[idx]["weight"] - self.learning_rate * m.dw
                self.velocities[idx]["weight"] = v
                m.weight = m.weight + v
            if hasattr(m, "bias"):
                v = self.momentum * self.velocities[idx]["bias"] - self.learning_rate * m.db
                self.velocities[idx]["bias"] = v
                m.bias = m.bias + v
