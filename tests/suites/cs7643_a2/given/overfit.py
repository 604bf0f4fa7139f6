"""The experiment of part 1: can the network learn 50 images by heart? Given; nothing to write here.

    python overfit.py              50 made-up images
    python overfit.py cifar.npz    the first 50 of your own: arrays `images` (N, 3, 32, 32) with
                                   values from 0 to 255, and `labels` (N,)

Prints loss and accuracy on the training images, epoch by epoch: the learning curve of your report.
On CIFAR-10 the accuracy ends slightly under 0.9; made-up images are another matter. A network of
plain loops takes a long time.
"""

import sys
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

IMAGES = 50
BATCH = 10
EPOCHS = 10
MODULES: list[dict[str, Any]] = [
    {
        "type": "Conv2D",
        "in_channels": 3,
        "out_channels": 32,
        "kernel_size": 5,
        "stride": 1,
        "padding": 2,
    },
    {"type": "ReLU"},
    {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
    {"type": "Linear", "in_dim": 8192, "out_dim": 10},
]
CRITERION = {"type": "SoftmaxCrossEntropy"}


def epochs(
    net: Any, optimizer: Any, images: Array, labels: Array, count: int, batch: int
) -> Iterator[tuple[float, float]]:
    """Train, one epoch at a time; yields mean loss and accuracy over the epoch's batches."""
    order = np.random.default_rng(1024)
    for _ in range(count):
        losses, right = [], 0
        for places in np.array_split(order.permutation(len(labels)), len(labels) // batch):
            probs, loss = net.forward(images[places], labels[places])
            net.backward()
            optimizer.update(net)
            losses.append(loss)
            right += int((probs.argmax(axis=1) == labels[places]).sum())
        yield float(np.mean(losses)), right / len(labels)


def made_up() -> tuple[Array, Array]:
    """Ten patterns with noise, in the place of photographs; values from 0 to 255."""
    generator = np.random.default_rng(7643)
    labels = np.arange(IMAGES) % 10
    patterns = generator.uniform(0, 255, (10, 3, 32, 32))
    noise = generator.normal(0, 40, (IMAGES, 3, 32, 32))
    return np.clip(patterns[labels] + noise, 0, 255), labels


def read(path: str) -> tuple[Array, Array]:
    """The first images and labels of a file."""
    with np.load(path) as found:
        return found["images"][:IMAGES], found["labels"][:IMAGES].astype(np.int64)


def main() -> None:
    """Build the network of the assignment, train it, print the learning curve."""
    # Here and not above, so that this file loads before those are written.
    from modules.conv_classifier import ConvNet
    from optimizer.sgd import SGD

    images, labels = read(sys.argv[1]) if len(sys.argv) > 1 else made_up()
    images = images - images.mean(axis=0)
    net = ConvNet(MODULES, CRITERION)
    optimizer = SGD(net, learning_rate=1e-4, reg=1e-3, momentum=0.9)
    curve = epochs(net, optimizer, images, labels, EPOCHS, BATCH)
    for epoch, (loss, accuracy) in enumerate(curve, start=1):
        sys.stdout.write(f"epoch {epoch:2}  loss {loss:.4f}  accuracy {accuracy:.2f}\n")


if __name__ == "__main__":
    main()
