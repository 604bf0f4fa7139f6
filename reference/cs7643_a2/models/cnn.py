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
        # BEGIN SOLUTION task 2.2b
        self.convolution = nn.Conv2d(3, 32, kernel_size=7)
        self.linear = nn.Linear(32 * 13 * 13, 10)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute scores (logits); no softmax, the loss takes care of it.

        Args:
            x: images, shape (N, 3, 32, 32); one image is an ordinary batch.

        Returns:
            Scores of shape (N, 10).

        Source: assignment 2, part 2, section 2.2, model 2.
        """
        # BEGIN SOLUTION task 2.2b
        maps = torch.relu(self.convolution(x))  # (N, 32, 26, 26)
        pooled = nn.functional.max_pool2d(maps, kernel_size=2, stride=2)  # (N, 32, 13, 13)
        scores: torch.Tensor = self.linear(pooled.flatten(1))  # (N, 10)
        return scores
        # END SOLUTION
