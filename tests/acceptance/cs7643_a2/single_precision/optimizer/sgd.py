"""SGD in float32; the velocity lies in the layer itself."""

import numpy as np

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = np.float32(momentum)

    def update(self, model):
        self.apply_regularization(model)
        for layer in model.modules:
            if "weight" not in vars(layer):
                continue
            kept = vars(layer).setdefault("velocity", [np.float32(0), np.float32(0)])
            for i, name in enumerate(("weight", "bias")):
                gradient = np.asarray(getattr(layer, "d" + name[0]), np.float32)
                kept[i] = self.momentum * kept[i] - np.float32(self.learning_rate) * gradient
                setattr(layer, name, (getattr(layer, name) + kept[i]).astype(np.float32))
