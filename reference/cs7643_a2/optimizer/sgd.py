"""Stochastic gradient descent with momentum."""

from typing import Any

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    """Every parameter has a velocity, and moves by it.

    Args:
        model: the network that will be trained.
        learning_rate: size of a step.
        reg: strength of the regularisation of weights.
        momentum: how much of a velocity is left one step later.
    """

    def __init__(
        self,
        model: Any,
        learning_rate: float = 1e-4,
        reg: float = 1e-3,
        momentum: float = 0.9,
    ) -> None:
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum
        self.velocity: dict[Any, Any] = {}  # yours to use, in any way; or not at all

    def update(self, model: Any) -> None:
        """Move weight and bias of every layer that has them by one step.

            v <- momentum * v - learning_rate * gradient
            parameter <- parameter + v

        A velocity starts at zero, belongs to one parameter of one layer, and is kept from step to
        step. `dw` and `db` of the layers are the gradients; the first line below has already added
        the regularisation to `dw`, and only there.

        Source: assignment 2, part 1, task 1.3.
        """
        self.apply_regularization(model)
        # BEGIN SOLUTION task 1.3
        # Velocities are kept by the layer's place: two layers may have equal shapes.
        layers = [layer for layer in model.modules if hasattr(layer, "weight")]
        for place, layer in enumerate(layers):
            v_weight, v_bias = self.velocity.get(place, (0.0, 0.0))
            v_weight = self.momentum * v_weight - self.learning_rate * layer.dw
            v_bias = self.momentum * v_bias - self.learning_rate * layer.db
            self.velocity[place] = v_weight, v_bias
            layer.weight = layer.weight + v_weight
            layer.bias = layer.bias + v_bias
        # END SOLUTION
