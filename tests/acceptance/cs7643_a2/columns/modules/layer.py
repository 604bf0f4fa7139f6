"""What all layers have in common here."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Memory:
    """The cache of a layer."""

    shape: tuple = ()
    parts: dict = field(default_factory=dict)


class Layer:
    def __init__(self):
        self.memory = Memory()
        self.dx: Any = None

    def __call__(self, x):
        return self.forward(x)


class Parametric(Layer):
    def __init__(self, *shape, outputs):
        super().__init__()
        generator = np.random.RandomState(1024)
        self.parameters = {"weight": generator.randn(*shape) * 1e-3, "bias": np.zeros(outputs)}

    @property
    def weight(self):
        return self.parameters["weight"]

    @weight.setter
    def weight(self, value):
        self.parameters["weight"] = value

    @property
    def bias(self):
        return self.parameters["bias"]

    @bias.setter
    def bias(self, value):
        self.parameters["bias"] = value
