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
        # BEGIN SOLUTION task 5.4-model: make the linear layers of the encoder and the decoder
        self.encoder = nn.Sequential(
            *(nn.Linear(784, 256), nn.ReLU()),
            *(nn.Linear(256, 64), nn.ReLU()),
            *(nn.Linear(64, 16), nn.ReLU()),
            nn.Linear(16, 2),
        )
        self.decoder = nn.Sequential(
            *(nn.Linear(2, 16), nn.ReLU()),
            *(nn.Linear(16, 64), nn.ReLU()),
            *(nn.Linear(64, 256), nn.ReLU()),
            *(nn.Linear(256, 784), nn.Sigmoid()),
        )
        # END SOLUTION

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Embed images in the plane.

        Args:
            x: shape (N, 784), N >= 1.

        Returns:
            Shape (N, 2).
        """
        # BEGIN SOLUTION task 5.4-model
        z: torch.Tensor = self.encoder(x)  # (N, 2)
        return z
        # END SOLUTION

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Draw the images that belong to points of the plane.

        Args:
            z: shape (N, 2), N >= 1.

        Returns:
            Shape (N, 784).
        """
        # BEGIN SOLUTION task 5.4-model
        x: torch.Tensor = self.decoder(z)  # (N, 784)
        return x
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruct images: what `decode` makes of what `encode` makes of them.

        Args:
            x: shape (N, 784), N >= 1.

        Returns:
            Shape (N, 784).
        """
        # BEGIN SOLUTION task 5.4-model
        return self.decode(self.encode(x))  # (N, 784)
        # END SOLUTION


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
    # BEGIN SOLUTION task 5.4-train: flatten the images; the target is the input itself
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr)
    losses = []
    for epoch in range(epochs):
        total, seen = 0.0, 0
        for images, _labels in train_loader:
            x = images.flatten(1)  # (N, 784)
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), x)
            loss.backward()  # type: ignore[no-untyped-call]  # not annotated in PyTorch
            optimizer.step()
            total, seen = total + loss.item() * len(x), seen + len(x)
        losses.append(total / seen)
        LOG.info("loss of epoch %d: %.5f", epoch, losses[-1])
    return losses
    # END SOLUTION


def main() -> None:
    """Train on MNIST and save `mnist_ae.pt`."""
    # BEGIN SOLUTION task 5.4-checkpoint: train for at least ten epochs and save the state_dict
    import mnist_data

    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(663)
    model = Autoencoder()
    train_model(model, mnist_data.loader("train", batch_size=128), epochs=10)
    torch.save(model.state_dict(), "mnist_ae.pt")
    # END SOLUTION


if __name__ == "__main__":
    main()
