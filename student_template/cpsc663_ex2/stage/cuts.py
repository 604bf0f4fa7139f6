"""Runs a convolutional autoencoder with some of its steps replaced, to see what depends on what.

A step is known by its place in the order of calls, not by names or module types: the first and the
second convolution are the encoder's, the first linear layer that gives two numbers per image is
the embedding.
"""

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

CONVOLUTIONS = (torch.conv2d, F.conv2d)
LINEAR = (F.linear, torch.nn.functional.linear, torch.addmm)


class _Replace(TorchFunctionMode):
    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        self.convolutions = 0
        self.embedded = False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        if function in CONVOLUTIONS:
            self.convolutions += 1
            return self._replaced(f"conv{self.convolutions}", out)
        if function in LINEAR and not self.embedded and out.shape[-1] == 2:
            self.embedded = True
            return self._replaced("embedding", out)
        return out

    def _replaced(self, step, out):
        """What the step gave, or the same shape full of a number, or upside down."""
        if step not in self.steps:
            return out
        number = self.steps[step]
        return torch.flip(out, [-2]) if number == "flipped" else torch.full_like(out, number)


def run_with(model, x, **steps):
    """What a model makes of x when steps give something else.

    Args:
        steps: "conv1", "conv2" or "embedding" -> a number that fills its output, or "flipped".
    """
    with torch.no_grad(), _Replace(steps):
        return model(x)
