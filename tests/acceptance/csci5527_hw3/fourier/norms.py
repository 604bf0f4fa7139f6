"""Homework 3, problem 3: one class, three sets of axes."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Norm:
    axes: tuple

    def __call__(self, x, eps=0.0):
        deviation = np.sqrt(np.var(x, self.axes) + eps)
        return (x - np.expand_dims(np.mean(x, self.axes), self.axes)) / np.expand_dims(
            deviation, self.axes
        )


batch_norm = Norm((0, 1, 3))
layer_norm = Norm((0, 1, 2))
instance_norm = Norm((0, 1))


def relative_difference(a, b):
    norms = [np.sqrt(np.vdot(z, z)) for z in (a - b, a, b)]
    return np.divide(norms[0], max(norms[1:]), out=np.zeros(()), where=max(norms[1:]) > 0)
