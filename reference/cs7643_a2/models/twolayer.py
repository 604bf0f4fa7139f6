"""A network of two fully connected layers."""

import torch
from torch import nn


class TwoLayerNet(nn.Module):
    """Flatten, linear layer, sigmoid, linear layer."""

    def __init__(self, input_dim: int, hidden_size: int, num_classes: int) -> None:
        """Make the layers; both have a bias.

        Args:
            input_dim: D, numbers of one sample; 3 * 32 * 32 for an image of CIFAR-10.
            hidden_size: units between the layers.
            num_classes: scores of one sample.

        Source: assignment 2, part 2, section 2.2, model 1.
        """
        super().__init__()
        # BEGIN SOLUTION task 2.2a
        self.first = nn.Linear(input_dim, hidden_size)
        self.second = nn.Linear(hidden_size, num_classes)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute scores (logits); no softmax, the loss takes care of it.

            scores = W2 sigmoid(W1 flat + b1) + b2

        Args:
            x: samples, shape (N, d1, ..., dk) with d1 * ... * dk = D, flattened in row-major order;
                images (N, 3, 32, 32) come as they are.

        Returns:
            Scores of shape (N, num_classes).

        Source: assignment 2, part 2, section 2.2, model 1.
        """
        # BEGIN SOLUTION task 2.2a
        hidden = torch.sigmoid(self.first(x.flatten(1)))  # (N, hidden_size)
        scores: torch.Tensor = self.second(hidden)  # (N, num_classes)
        return scores
        # END SOLUTION
