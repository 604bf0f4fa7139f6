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
        # BEGIN SOLUTION task 6.1-model: make the layers of the encoder and the decoder
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 4, 14, 14)
            *(nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 8, 7, 7)
            *(nn.Flatten(), nn.Linear(392, 20), nn.ReLU()),  # (N, 20)
            nn.Linear(20, 2),  # (N, 2)
        )
        self.decoder = nn.Sequential(
            *(nn.Linear(2, 20), nn.ReLU(), nn.Linear(20, 392), nn.ReLU()),  # (N, 392)
            *(nn.Unflatten(1, (8, 7, 7)), nn.Upsample(scale_factor=2)),  # (N, 8, 14, 14)
            *(nn.Conv2d(8, 4, 3, padding=1), nn.ReLU()),  # (N, 4, 14, 14)
            *(nn.Upsample(scale_factor=2), nn.Conv2d(4, 1, 3, padding=1)),  # (N, 1, 28, 28)
            nn.Sigmoid(),
        )
        # END SOLUTION

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Embed images in the plane.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            Shape (N, 2).
        """
        # BEGIN SOLUTION task 6.1-model
        z: torch.Tensor = self.encoder(x)  # (N, 2)
        return z
        # END SOLUTION

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Draw the images that belong to points of the plane.

        Args:
            z: shape (N, 2), N >= 1.

        Returns:
            Shape (N, 1, 28, 28), between 0 and 1.
        """
        # BEGIN SOLUTION task 6.1-model
        x: torch.Tensor = self.decoder(z)  # (N, 1, 28, 28)
        return x
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruct images: what `decode` makes of what `encode` makes of them.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            The same shape, between 0 and 1.
        """
        # BEGIN SOLUTION task 6.1-model
        return self.decode(self.encode(x))  # (N, 1, 28, 28)
        # END SOLUTION


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
        # BEGIN SOLUTION task 6.2-model: make the layers of the encoder and the decoder
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.down1, self.down2 = nn.Linear(392, 20), nn.Linear(20, 2)
        self.up2, self.up1 = nn.Linear(2, 20), nn.Linear(20, 392)
        self.conv3, self.conv4 = nn.Conv2d(8, 4, 3, padding=1), nn.Conv2d(4, 1, 3, padding=1)
        # END SOLUTION

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Embed images in the plane.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            Shape (N, 2): the embedding alone, without what the skips carry.
        """
        # BEGIN SOLUTION task 6.2-model
        return self._embed(self._pool(x)[1])  # (N, 2)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruct images from their embedding and the two skips.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            The same shape, between 0 and 1.
        """
        # BEGIN SOLUTION task 6.2-model
        wide, small = self._pool(x)  # (N, 4, 14, 14), (N, 8, 7, 7)
        h = F.relu(self.up1(F.relu(self.up2(self._embed(small)))))  # (N, 392)
        h = h.view(-1, 8, 7, 7) + small
        h = F.relu(self.conv3(F.interpolate(h, scale_factor=2)))  # (N, 4, 14, 14)
        h = self.conv4(F.interpolate(h + wide, scale_factor=2))  # (N, 1, 28, 28)
        return torch.sigmoid(h)
        # END SOLUTION

    def _pool(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give what both pooling layers make of images: where the skips begin.

        Returns:
            Shapes (N, 4, 14, 14) and (N, 8, 7, 7).
        """
        # BEGIN SOLUTION task 6.2-model
        wide = F.max_pool2d(F.relu(self.conv1(x)), 2)
        return wide, F.max_pool2d(F.relu(self.conv2(wide)), 2)
        # END SOLUTION

    def _embed(self, small: torch.Tensor) -> torch.Tensor:
        """Embed what the second pooling layer gives.

        Args:
            small: shape (N, 8, 7, 7).

        Returns:
            Shape (N, 2).
        """
        # BEGIN SOLUTION task 6.2-model
        z: torch.Tensor = self.down2(F.relu(self.down1(small.flatten(1))))  # (N, 2)
        return z
        # END SOLUTION


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
    # BEGIN SOLUTION task 6.3-noise
    # Not randn_like: that takes no generator.
    return x + std * torch.randn(x.shape, generator=generator, dtype=x.dtype)
    # END SOLUTION


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
    # BEGIN SOLUTION task 6.3-train: corrupt what the model sees, compare with the clean images
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr)
    losses = []
    for epoch in range(epochs):
        total, seen = 0.0, 0
        for images, _labels in train_loader:
            optimizer.zero_grad()
            loss = F.mse_loss(model(add_noise(images, noise_std)), images)
            loss.backward()  # type: ignore[no-untyped-call]  # not annotated in PyTorch
            optimizer.step()
            total, seen = total + loss.item() * len(images), seen + len(images)
        losses.append(total / seen)
        LOG.info("loss of epoch %d: %.5f", epoch, losses[-1])
    return losses
    # END SOLUTION


def main() -> None:
    """Train both models on MNIST and save `mnist_cae.pt` and `mnist-cae-skip.pt`."""
    # BEGIN SOLUTION task 6.1-checkpoint: train both models and save their state_dicts
    import mnist_data

    logging.basicConfig(level=logging.INFO)
    for kind, path in (
        (ConvAutoencoder, "mnist_cae.pt"),
        (ConvAutoencoderSkip, "mnist-cae-skip.pt"),
    ):
        torch.manual_seed(663)
        model = kind()
        train_model(model, mnist_data.loader("train", batch_size=128), epochs=10)
        torch.save(model.state_dict(), path)
    # END SOLUTION


if __name__ == "__main__":
    main()
