"""SGD; velocities kept by the identity of the layer."""

from optimizer._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum, self.velocities = momentum, {}

    def update(self, model):
        self.apply_regularization(model)
        for layer in filter(lambda layer: hasattr(layer, "dw"), model.modules):
            for name, gradient in (("weight", layer.dw), ("bias", layer.db)):
                old = self.velocities.get((id(layer), name), 0)
                new = self.momentum * old - self.learning_rate * gradient
                self.velocities[id(layer), name] = new
                setattr(layer, name, getattr(layer, name) + new)
