"""A small convolutional network."""

import torch
from torch import nn


class VanillaCNN(nn.Module):
    """Convolution, ReLU, max-pooling, linear layer; for images of 3 x 32 x 32 and ten classes.

    | layer | of it |
    |---|---|
    | convolution | 32 output channels, kernel 7, stride 1, no padding |
    | max-pooling | kernel 2, stride 2 |
    | linear | 10 output features |
    """

    def __init__(self) -> None:
        """Make the layers; those that have weights have a bias, too.

        Source: assignment 2, part 2, section 2.2, model 2.
        """
        super().__init__()
        # TODO(task 2.2b): Make the layers; those that have weights have a bias, too.
        raise NotImplementedError("task 2.2b: __init__ is not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute scores (logits); no softmax, the loss takes care of it.

        Args:
            x: images, shape (N, 3, 32, 32); one image is an ordinary batch.

        Returns:
            Scores of shape (N, 10).

        Source: assignment 2, part 2, section 2.2, model 2.
        """
        # TODO(task 2.2b): Compute scores (logits); no softmax, the loss takes care of it.
        raise NotImplementedError("task 2.2b: forward is not written yet")
