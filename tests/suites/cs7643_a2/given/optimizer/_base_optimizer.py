"""What every optimizer shares. Given; nothing to write here."""

from typing import Any


class _BaseOptimizer:
    """Keeps the learning rate, and adds the gradient of the regularisation.

    Args:
        model: the network that will be trained; its layers lie in `model.modules`.
        learning_rate: size of a step.
        reg: strength of the regularisation, the penalty reg / 2 * sum of squared weights.
    """

    def __init__(
        self,
        model: Any,  # for optimizers that prepare something per layer
        learning_rate: float = 1e-4,
        reg: float = 1e-3,
    ) -> None:
        self.learning_rate = learning_rate
        self.reg = reg

    def update(self, model: Any) -> None:
        """Move every parameter once."""
        raise NotImplementedError

    def apply_regularization(self, model: Any) -> None:
        """Add reg * weight to `dw` of every layer that has weights; biases have no penalty."""
        for module in model.modules:
            if hasattr(module, "weight"):
                module.dw += self.reg * module.weight
