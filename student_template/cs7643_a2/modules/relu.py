"""Rectifier layer. Conventions of all layers are told in `convolution.py`."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


class ReLU:
    """Replaces every negative element by zero.

    Attributes:
        dx: set by `backward`, of the shape of x.
    """

    def __init__(self) -> None:
        self.cache: Any = None
        self.dx: Array | None = None

    def forward(self, x: Array) -> Array:
        """Keep positive elements only: out = max(0, x), element by element.

        Args:
            x: input of any shape.

        Returns:
            out of the same shape.

        Source: assignment 2, part 1, task 1.1.
        """
        # TODO(task 1.1c): Keep positive elements only: out = max(0, x), element by element.
        raise NotImplementedError("task 1.1c: forward is not written yet")

    def backward(self, dout: Array) -> None:
        """Carry the gradient back through the rectifier; sets `dx`.

        At an input of exactly 0 any choice of subgradient is right.

        Args:
            dout: gradient of the loss with respect to the output of the latest `forward`.

        Source: assignment 2, part 1, task 1.1.
        """
        # TODO(task 1.1c): Carry the gradient back through the rectifier; sets `dx`.
        raise NotImplementedError("task 1.1c: backward is not written yet")
