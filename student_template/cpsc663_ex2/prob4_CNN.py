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
        # TODO(task 4.2-model): make the four layers that have parameters
        raise NotImplementedError("task 4.2-model: __init__ is not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classify images.

        Args:
            x: shape (N, 1, 28, 28), N >= 1.

        Returns:
            Logarithms of the classes' probabilities, shape (N, 10).
        """
        # TODO(task 4.2-model): Classify images.
        raise NotImplementedError("task 4.2-model: forward is not written yet")


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
    # TODO(task 4.2-train): train mode, then per batch: clear, forward, backward, step
    raise NotImplementedError("task 4.2-train: train is not written yet")


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
    # TODO(task 4.2-train): evaluation mode, no gradients, sums over images, one division
    raise NotImplementedError("task 4.2-train: test is not written yet")


def first_layer_filters(model: nn.Module) -> NDArray[Any]:
    """Give the filters of the first convolutional layer, to draw them.

    Args:
        model: a `CNN`.

    Returns:
        Shape (40, 5, 5), float32: a copy, which training the model further leaves as it is.

    Source: exercise II, problem 4.2 (a).
    """
    # TODO(task 4.2a-filters): Give the filters of the first convolutional layer, to draw them.
    raise NotImplementedError("task 4.2a-filters: first_layer_filters is not written yet")


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
    # TODO(task 4.2b-confusion): Count which digit was taken for which.
    raise NotImplementedError("task 4.2b-confusion: confusion_matrix is not written yet")


def main() -> None:
    """Train on MNIST and save `mnist_cnn.pt`."""
    # TODO(task 4.2-checkpoint): train for five epochs and save the state_dict
    raise NotImplementedError("task 4.2-checkpoint: main is not written yet")


if __name__ == "__main__":
    main()
