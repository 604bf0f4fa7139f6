"""Problem 5: an autoencoder that brings an image of 28 x 28 pixels down to two numbers.

Owns the model and its training. Images are float32 with pixels between 0 and 1; the loader yields
them as (N, 1, 28, 28), the model takes rows of 784 pixels. Run this file to train and to save
`mnist_ae.pt`:

    python prob5_AE.py
"""

import logging
from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

Loader = Iterable[Any]  # yields (images, labels)
LOG = logging.getLogger(__name__)


class Autoencoder(nn.Module):
    """Linear layers from 784 pixels to 2 numbers and back, with ReLU between them.

    Four layers each way are a good start; how many and how wide is up to you. What is fixed: the
    encoder ends, and the decoder begins, with a linear layer (with bias); nothing non-linear
    touches the embedding, so that it can be any point of the plane. Between the linear layers
    there is a non-linearity. After the decoder's last layer you may bring the pixels into (0, 1).

    Source: exercise II, problem 5.4; Hinton and Salakhutdinov 2006.
    """

    def __init__(self) -> None:
        super().__init__()
        # TODO(task 5.4-model): make the linear layers of the encoder and the decoder
        raise NotImplementedError("task 5.4-model: __init__ is not written yet")

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Embed images in the plane.

        Args:
            x: shape (N, 784), N >= 1.

        Returns:
            Shape (N, 2).
        """
        # TODO(task 5.4-model): Embed images in the plane.
        raise NotImplementedError("task 5.4-model: encode is not written yet")

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Draw the images that belong to points of the plane.

        Args:
            z: shape (N, 2), N >= 1.

        Returns:
            Shape (N, 784).
        """
        # TODO(task 5.4-model): Draw the images that belong to points of the plane.
        raise NotImplementedError("task 5.4-model: decode is not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruct images: what `decode` makes of what `encode` makes of them.

        Args:
            x: shape (N, 784), N >= 1.

        Returns:
            Shape (N, 784).
        """
        # TODO(task 5.4-model): Reconstruct images: what `decode` makes of what `encode` makes of
        #     them.
        raise NotImplementedError("task 5.4-model: forward is not written yet")


def train_model(
    model: nn.Module, train_loader: Loader, epochs: int = 10, lr: float = 0.001
) -> list[float]:
    """Train an autoencoder with Adam on the mean squared error of the pixels.

        loss of a batch = average of (model(x) - x)^2 over all pixels of its images

    One step of Adam (learning rate lr, otherwise as PyTorch has it) per batch, each from that
    batch's own gradient. The model is in training mode. Works for any model from (N, 784) to
    (N, 784).

    Args:
        train_loader: batches (images, labels), images of shape (N, 1, 28, 28); it is gone
            through once per epoch.

    Returns:
        One loss per epoch: the average over its batches, or over its images.

    Source: exercise II, problem 5.4; Kingma and Ba 2015, arXiv:1412.6980.
    """
    # TODO(task 5.4-train): flatten the images; the target is the input itself
    raise NotImplementedError("task 5.4-train: train_model is not written yet")


def main() -> None:
    """Train on MNIST and save `mnist_ae.pt`."""
    # TODO(task 5.4-checkpoint): train for at least ten epochs and save the state_dict
    raise NotImplementedError("task 5.4-checkpoint: main is not written yet")


if __name__ == "__main__":
    main()
