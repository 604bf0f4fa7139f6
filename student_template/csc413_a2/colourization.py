"""Given code: data, the training loop and pictures for the colourization networks.

Owns everything but the networks. Colouring is classification: `quantize` turns each pixel into
the number of the nearest of a few colours, and a network gives one score to each of them. Not
graded; at grading the course's copy replaces yours.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SIZE = 32  # height and width of all images


@dataclass
class Settings:
    """What `train` may be told.

    Attributes:
        images: an .npy file of colour images, (N, 32, 32, 3) with values 0 to 255, such as the
            horses of CIFAR-10; made-up pictures stand in for it when there is none.
        num_colours: how many colours k-means picks from the images.
    """

    kernel: int = 3
    num_filters: int = 32
    num_colours: int = 24
    epochs: int = 25
    batch_size: int = 100
    learn_rate: float = 0.01
    seed: int = 0
    images: str = "horses.npy"
    plot: bool = True


@dataclass
class Data:
    """Grey images and the colours of their pixels, for training and for validation."""

    x_train: torch.Tensor  # (N, 1, 32, 32), 0 to 1
    y_train: torch.Tensor  # (N, 32, 32), number of the colour
    x_valid: torch.Tensor
    y_valid: torch.Tensor
    colours: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))  # (num_colours, 3)


def made_up_images(n, seed=0):
    """n pictures of a coloured disc on a background, (n, 32, 32, 3); the brighter, the redder."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    centres = generator.uniform(8, SIZE - 8, (n, 2, 1, 1))
    radii = generator.uniform(4, 10, (n, 1, 1))
    disc = (rows - centres[:, 0]) ** 2 + (columns - centres[:, 1]) ** 2 < radii**2
    light = generator.uniform(0.3, 0.6, (n, 1, 1)) + 0.4 * disc + 0.1 * rows / SIZE
    colours = np.stack([light * 240, light * (1 - light) * 600, (1 - light) * 200], axis=-1)
    return np.clip(colours + generator.normal(0, 4, colours.shape), 0, 255)


def load_images(path):
    """The images of a file, or made-up ones when the file is not there."""
    if Path(path).is_file():
        return np.load(path).astype(float)
    print(f"{path} is not there: training on made-up pictures")  # noqa: T201  # a student may expect horses
    return made_up_images(600)


def pick_colours(images, count, seed=0, steps=10):
    """The centres of k-means on some of the pixels, (count, 3)."""
    generator = np.random.default_rng(seed)
    pixels = images.reshape(-1, 3)
    pixels = pixels[generator.choice(len(pixels), min(len(pixels), 5000), replace=False)]
    colours = pixels[generator.choice(len(pixels), count, replace=False)]
    for _ in range(steps):
        nearest = quantize(pixels, colours)
        for k in range(count):
            if (nearest == k).any():
                colours[k] = pixels[nearest == k].mean(axis=0)
    return colours


def quantize(images, colours):
    """For each pixel the number of the nearest colour in RGB space; the last axis goes away."""
    distances = [((images - colour) ** 2).sum(axis=-1) for colour in colours]
    return np.argmin(distances, axis=0)


def grey(images):
    """Brightness of each pixel, 0 to 1, shape (N, 1, 32, 32)."""
    return images.mean(axis=-1)[:, None] / 255


def load_data(settings):
    """The images as `train` needs them; every tenth is kept for validation."""
    images = load_images(settings.images)
    colours = pick_colours(images, settings.num_colours, settings.seed)
    x = torch.tensor(grey(images), dtype=torch.float32)
    y = torch.tensor(quantize(images, colours))
    held_back = torch.arange(len(x)) % 10 == 0
    return Data(x[~held_back], y[~held_back], x[held_back], y[held_back], colours)


def train(settings, model, data=None):
    """Make a network and train it with Adam on the cross-entropy over all pixels.

    Args:
        settings: a `Settings`.
        model: the class of the network, such as PoolUpsampleNet.
        data: a `Data`; by default `load_data(settings)`.

    Returns:
        The network, and a list of (training loss, validation loss), one pair for each epoch.
    """
    torch.manual_seed(settings.seed)
    data = data or load_data(settings)
    sizes = (settings.kernel, settings.num_filters, settings.num_colours, data.x_train.shape[1])
    network = model(*sizes)
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learn_rate)
    history = []
    for epoch in range(settings.epochs):
        losses = [step(network, optimizer, *batch) for batch in batches(data, settings)]
        history.append((sum(losses) / len(losses), validation_loss(network, data)))
        if settings.plot:
            told = f"training {history[-1][0]:.4f}, validation {history[-1][1]:.4f}"
            print(f"epoch {epoch + 1}: {told}")  # noqa: T201  # asked for by `plot`
    if settings.plot:
        show(network, data, history)
    return network, history


def batches(data, settings):
    """The training images in random order, batch by batch."""
    for places in torch.randperm(len(data.x_train)).split(settings.batch_size):
        yield data.x_train[places], data.y_train[places]


def step(network, optimizer, x, y):
    """One step of the optimizer; the loss before it."""
    network.train()
    optimizer.zero_grad()
    loss = functional.cross_entropy(network(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def validation_loss(network: nn.Module, data):
    """Cross-entropy on the images kept for validation."""
    network.eval()
    return functional.cross_entropy(network(data.x_valid), data.y_valid).item()


@torch.no_grad()
def show(network, data, history, count=6):
    """Draw the curves, and for a few images the grey input, the true colours and the network's."""
    import matplotlib.pyplot as plt

    plt.figure()
    plt.plot(history, label=["training", "validation"])
    plt.xlabel("epoch")
    plt.ylabel("cross-entropy")
    plt.legend()
    network.eval()
    guessed = network(data.x_valid[:count]).argmax(dim=1)
    _, axes = plt.subplots(3, count)
    for i in range(count):
        axes[0, i].imshow(data.x_valid[i, 0], cmap="gray")
        axes[1, i].imshow(data.colours[data.y_valid[i]] / 255)
        axes[2, i].imshow(data.colours[guessed[i]] / 255)
    for axis in axes.flat:
        axis.axis("off")
    plt.show()
