"""Problem 6: a convolutional autoencoder, with and without skips, on clean and noisy images.

Owns the two models, the noise and the training. Images are float32 of shape (N, 1, 28, 28) with
pixels between 0 and 1. Run this file to train both models and to save `mnist_cae.pt` and
`mnist-cae-skip.pt`:

    python prob6_CAE.py
"""

import logging
from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

Loader = Iterable[Any]  # yields (images, labels)
LOG = logging.getLogger(__name__)


class ConvAutoencoder(nn.Module):
    """Convolutions and pooling down to two numbers, upsampling and convolutions back up.

    Encoder: conv 1 -> 4; relu; max-pool 2; conv 4 -> 8; relu; max-pool 2; linear 392 -> 20; relu;
    linear 20 -> 2. Decoder: linear 2 -> 20; relu; linear 20 -> 392; relu; reshape to (8, 7, 7);
    upsample by 2; conv 8 -> 4; relu; upsample by 2; conv 4 -> 1; sigmoid.

    All four convolutions have kernel 3, stride 1, padding 1; upsampling repeats the nearest pixel;
    every layer has a bias: 16,859 parameters. Images are flattened in PyTorch's order (channel,
    row, column). Names are up to you.

    Source: exercise II, problem 6.1.
    """

    def __init__(self) -> None:
        super().__init__()
        # TODO(task 6.1-model): make the layers of the encoder and the decoder
        raise NotImplementedError("task 6.1-model: __init__ is not written yet")

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Embed images in the plane.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            Shape (N, 2).
        """
        # TODO(task 6.1-model): Embed images in the plane.
        raise NotImplementedError("task 6.1-model: encode is not written yet")

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Draw the images that belong to points of the plane.

        Args:
            z: shape (N, 2), N >= 1.

        Returns:
            Shape (N, 1, 28, 28), between 0 and 1.
        """
        # TODO(task 6.1-model): Draw the images that belong to points of the plane.
        raise NotImplementedError("task 6.1-model: decode is not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruct images: what `decode` makes of what `encode` makes of them.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            The same shape, between 0 and 1.
        """
        # TODO(task 6.1-model): Reconstruct images: what `decode` makes of what `encode` makes of
        #     them.
        raise NotImplementedError("task 6.1-model: forward is not written yet")


class ConvAutoencoderSkip(nn.Module):
    """The convolutional autoencoder with a skip from each pooling layer to its upsampling layer.

    What the first pooling layer sees or gives (28 or 14 pixels wide) also goes into the second
    upsampling layer or what follows it, what the second sees or gives (14 or 7 wide) into the
    first. Adding to what is there and concatenating channels are both right; when concatenating,
    the decoder's convolutions take more channels. Encoder and embedding are as in
    `ConvAutoencoder`; the reconstruction uses both skips and the embedding.

    Source: exercise II, problem 6.2; Ronneberger, Fischer and Brox 2015, arXiv:1505.04597.
    """

    def __init__(self) -> None:
        super().__init__()
        # TODO(task 6.2-model): make the layers of the encoder and the decoder
        raise NotImplementedError("task 6.2-model: __init__ is not written yet")

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Embed images in the plane.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            Shape (N, 2): the embedding alone, without what the skips carry.
        """
        # TODO(task 6.2-model): Embed images in the plane.
        raise NotImplementedError("task 6.2-model: encode is not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruct images from their embedding and the two skips.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            The same shape, between 0 and 1.
        """
        # TODO(task 6.2-model): Reconstruct images from their embedding and the two skips.
        raise NotImplementedError("task 6.2-model: forward is not written yet")

    def _pool(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give what both pooling layers make of images: where the skips begin.

        Returns:
            Shapes (N, 4, 14, 14) and (N, 8, 7, 7).
        """
        # TODO(task 6.2-model): Give what both pooling layers make of images: where the skips begin.
        raise NotImplementedError("task 6.2-model: _pool is not written yet")

    def _embed(self, small: torch.Tensor) -> torch.Tensor:
        """Embed what the second pooling layer gives.

        Args:
            small: shape (N, 8, 7, 7).

        Returns:
            Shape (N, 2).
        """
        # TODO(task 6.2-model): Embed what the second pooling layer gives.
        raise NotImplementedError("task 6.2-model: _embed is not written yet")


def add_noise(
    x: torch.Tensor, std: float = 0.3, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Corrupt images with Gaussian noise.

        out = x + std * e, each e drawn from N(0, 1) on its own

    Nothing is clipped: pixels may leave [0, 1].

    Args:
        x: any shape, float32 or float64; it stays as it is.
        std: standard deviation of the noise; 0 adds none.
        generator: where the noise comes from; PyTorch's own if None. In the same state it gives
            the same noise.

    Returns:
        A new tensor of the shape and type of x.

    Source: exercise II, problem 6.3. Its N(0, 0.3) names no unit; here 0.3 is the deviation.
    """
    # TODO(task 6.3-noise): Corrupt images with Gaussian noise.
    raise NotImplementedError("task 6.3-noise: add_noise is not written yet")


def train_model(
    model: nn.Module,
    train_loader: Loader,
    epochs: int = 10,
    lr: float = 0.001,
    noise_std: float = 0.0,
) -> list[float]:
    """Train an autoencoder with Adam on the mean squared error of the pixels.

        loss of a batch = average of (model(x + noise) - x)^2 over all pixels of its images

    What the model sees is corrupted (fresh noise for every batch of every epoch), what it is
    compared with is clean. One step of Adam (learning rate lr, otherwise as PyTorch has it) per
    batch, each from that batch's own gradient. The model is in training mode. Works for any model
    from (N, 1, 28, 28) to the same.

    Args:
        train_loader: batches (images, labels); it is gone through once per epoch.
        noise_std: standard deviation of the noise; with 0 the model sees the images themselves.

    Returns:
        One loss per epoch: the average over its batches, or over its images.

    Source: exercise II, problems 6.1 and 6.3; Vincent et al. 2008.
    """
    # TODO(task 6.3-train): corrupt what the model sees, compare with the clean images
    raise NotImplementedError("task 6.3-train: train_model is not written yet")


def main() -> None:
    """Train both models on MNIST and save `mnist_cae.pt` and `mnist-cae-skip.pt`."""
    # TODO(task 6.1-checkpoint): train both models and save their state_dicts
    raise NotImplementedError("task 6.1-checkpoint: main is not written yet")


if __name__ == "__main__":
    main()
