"""Problem 4: a convolutional network for MNIST, its training, its filters, its confusions.

Owns the classifier and what is asked about it. Images are float32 of shape (N, 1, 28, 28) with
pixels between 0 and 1 (the bytes divided by 255, no mean subtracted), labels int64 of shape (N,).
`mnist_data.py` loads them. Run this file to train for five epochs and to save `mnist_cnn.pt`:

    python prob4_CNN.py
"""

import argparse
import logging
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

Loader = Iterable[Any]  # yields (images, labels)
LOG = logging.getLogger(__name__)


class CNN(nn.Module):
    """Two convolutional and two fully connected layers, 726,630 parameters.

    conv1 1 -> 40, kernel 5; relu; max-pool 2; conv2 40 -> 80, kernel 5; relu; max-pool 2;
    fc1 1280 -> 500; relu; fc2 500 -> 10; log-softmax over the classes.

    No padding, stride 1 in the convolutions; every layer has a bias. The 1280 features are the
    80 channels of 4 x 4 in PyTorch's order (channel, row, column). Names are up to you.

    Source: exercise II, problem 4.
    """

    def __init__(self) -> None:
        super().__init__()
        # BEGIN SOLUTION task 4.2-model: make the four layers that have parameters
        self.conv1 = nn.Conv2d(1, 40, 5)
        self.conv2 = nn.Conv2d(40, 80, 5)
        self.fc1 = nn.Linear(80 * 4 * 4, 500)
        self.fc2 = nn.Linear(500, 10)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classify images.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            Logarithms of the classes' probabilities, shape (N, 10).
        """
        # BEGIN SOLUTION task 4.2-model
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # (N, 40, 12, 12)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)  # (N, 80, 4, 4)
        x = F.relu(self.fc1(x.flatten(1)))  # (N, 500)
        return F.log_softmax(self.fc2(x), dim=1)  # (N, 10)
        # END SOLUTION


def train(
    args: Any,
    model: nn.Module,
    device: torch.device | str,
    train_loader: Loader,
    optimizer: torch.optim.Optimizer,
    epoch: int,
) -> float:
    """Train for one epoch: one step of the optimizer per batch, each from its own gradient.

    The loss of a batch is the mean negative log-likelihood of its labels. The model is in training
    mode. Works for any model that returns logarithms of probabilities.

    Args:
        args: settings; `args.log_interval` is the number of batches between two lines of progress.
            Whether you print any is up to you.
        device: where images and labels must go before the model sees them.
        train_loader: batches (images, labels); the last may be smaller.
        epoch: its number, for lines of progress.

    Returns:
        The epoch's loss per image (batches of different size count by their images).

    Source: exercise II, problem 4.2 (a).
    """
    # BEGIN SOLUTION task 4.2-train: train mode, then per batch: clear, forward, backward, step
    model.train()
    total, seen = 0.0, 0
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = F.nll_loss(model(images.to(device)), labels.to(device))
        loss.backward()  # type: ignore[no-untyped-call]  # not annotated in PyTorch
        optimizer.step()
        total, seen = total + loss.item() * len(images), seen + len(images)
    LOG.info("epoch %d of %s: loss %.4f", epoch, args.epochs, total / seen)
    return total / seen
    # END SOLUTION


def test(
    args: Any, model: nn.Module, device: torch.device | str, test_loader: Loader, epoch: int
) -> tuple[float, float]:
    """Judge the model on all images of a loader; nothing is learned.

    The model is in evaluation mode and no graph is built. Works for any model that returns
    logarithms of probabilities.

    Args:
        args: settings, as in `train`.
        device: where images and labels must go before the model sees them.
        test_loader: batches (images, labels); the last may be smaller.
        epoch: its number, for lines of progress.

    Returns:
        The negative log-likelihood per image, and the fraction of the images whose most probable
        class is the label.

    Source: exercise II, problem 4.2.
    """
    # BEGIN SOLUTION task 4.2-train: evaluation mode, no gradients, sums over images, one division
    model.eval()
    total, right, seen = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in test_loader:
            scores, wanted = model(images.to(device)), labels.to(device)  # (N, 10), (N,)
            total += F.nll_loss(scores, wanted, reduction="sum").item()
            right += int((scores.argmax(dim=1) == wanted).sum())
            seen += len(images)
    LOG.info("epoch %d of %s: %d of %d right", epoch, args.epochs, right, seen)
    return total / seen, right / seen
    # END SOLUTION


def first_layer_filters(model: nn.Module) -> NDArray[Any]:
    """Give the filters of the first convolutional layer, to draw them.

    Args:
        model: a `CNN`.

    Returns:
        Shape (40, 5, 5), float32: a copy, which training the model further leaves as it is.

    Source: exercise II, problem 4.2 (a).
    """
    # BEGIN SOLUTION task 4.2a-filters
    weight = next(p for p in model.parameters() if p.ndim == 4)  # (40, 1, 5, 5)
    return weight.detach().cpu().numpy()[:, 0].copy()
    # END SOLUTION


def confusion_matrix(y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
    """Count which digit was taken for which.

        C[i, j] = how many images of the digit i were taken for a j

    Args:
        y_true: digits 0 to 9, shape (N,), whole numbers; some digits may not occur.
        y_pred: what the model said, of the same shape.

    Returns:
        Shape (10, 10), whole numbers; the true digits are the rows.

    Source: exercise II, problem 4.2 (b).
    """
    # BEGIN SOLUTION task 4.2b-confusion
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (y_true, y_pred), 1)  # counts[i, j] += 1 would count a pair only once
    return counts
    # END SOLUTION


def main() -> None:
    """Train on MNIST and save `mnist_cnn.pt`."""
    # BEGIN SOLUTION task 4.2-checkpoint: train for five epochs and save the state_dict
    import mnist_data

    args = argparse.Namespace(epochs=5, log_interval=100)
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(663)
    model, loader = CNN(), mnist_data.loader("train", batch_size=64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(1, args.epochs + 1):
        train(args, model, "cpu", loader, optimizer, epoch)
    torch.save(model.state_dict(), "mnist_cnn.pt")
    # END SOLUTION


if __name__ == "__main__":
    main()
