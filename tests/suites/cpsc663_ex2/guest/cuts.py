"""Runs a convolutional autoencoder with some of its steps replaced, to see what depends on what.

A step is known by what is computed, not by names or module types: the first and the second
convolution (by the order in which their weights are first used) are the encoder's, a product that
gives two numbers per image is the embedding. A step that is computed twice is replaced each time.
"""

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

PRODUCTS = (
    *(F.linear, torch.matmul, torch.mm, torch.addmm),
    *(torch.Tensor.matmul, torch.Tensor.__matmul__, torch.Tensor.mm),
)


class _Replace(TorchFunctionMode):
    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        self.weights = []  # of the convolutions, in order

    def __torch_function__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        if function is torch.conv2d:
            return self._replaced(self._convolution(*args, **(kwargs or {})), out)
        if function in PRODUCTS and out.ndim == 2 and out.shape[1] == 2:
            return self._replaced("embedding", out)
        return out

    def _convolution(self, _input, weight, *_rest, **_options):
        """Its name: conv1, conv2, ..."""
        if not any(known is weight for known in self.weights):
            self.weights.append(weight)
        (number,) = (i for i, known in enumerate(self.weights, 1) if known is weight)
        return f"conv{number}"

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
