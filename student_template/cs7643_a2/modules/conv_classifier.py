"""A network made of a list of layers and a criterion.

Owns the order in which layers are called; the layers themselves lie in the other files of this
folder.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy.typing as npt

from .convolution import Conv2D
from .linear import Linear
from .max_pool import MaxPooling
from .relu import ReLU
from .softmax_ce import SoftmaxCrossEntropy

Array: TypeAlias = npt.NDArray[Any]

LAYERS = {"Conv2D": Conv2D, "Linear": Linear, "MaxPooling": MaxPooling, "ReLU": ReLU}


def build(definition: dict[str, Any]) -> Any:
    """A layer from its definition: `type` names the class, all else are its arguments."""
    arguments = dict(definition)
    kind = arguments.pop("type")
    if kind not in LAYERS:
        raise ValueError(f"no layer of type {kind!r}; there are {', '.join(LAYERS)}")
    return LAYERS[kind](**arguments)


class ConvNet:
    """Layers in order, closed by softmax and cross-entropy.

    Attributes:
        modules: the layers, first one first; any number, any order, any layer more than once.
        criterion: the `SoftmaxCrossEntropy` behind them.
    """

    def __init__(self, modules: Sequence[dict[str, Any]], criterion: dict[str, Any]) -> None:
        """Build the layers.

        Args:
            modules: e.g. `{"type": "Conv2D", "in_channels": 3, "out_channels": 32}`.
            criterion: `{"type": "SoftmaxCrossEntropy"}`; a ValueError for any other.
        """
        if criterion["type"] != "SoftmaxCrossEntropy":
            raise ValueError(f"no criterion of type {criterion['type']!r}")
        self.modules = [build(definition) for definition in modules]
        self.criterion = SoftmaxCrossEntropy()

    def forward(self, x: Array, y: Array) -> tuple[Array, float]:
        """Send a batch through all layers, then through the criterion.

        Args:
            x: what the first layer takes; images are (N, C, H, W).
            y: index of the right class of each sample, integers, shape (N,).

        Returns:
            The probabilities, shape (N, classes), and the mean loss, one number.

        Source: assignment 2, part 1, task 1.2.
        """
        # TODO(task 1.2): Send a batch through all layers, then through the criterion.
        raise NotImplementedError("task 1.2: forward is not written yet")

    def backward(self) -> None:
        """Carry the gradient of the latest loss back through criterion and layers.

        Afterwards every layer has its gradients set: `dx`, and `dw` and `db` where it has
        parameters. Nothing is returned, and no parameter is changed.

        Source: assignment 2, part 1, task 1.2.
        """
        # TODO(task 1.2): Carry the gradient of the latest loss back through criterion and layers.
        raise NotImplementedError("task 1.2: backward is not written yet")
