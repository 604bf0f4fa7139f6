"""Tasks 2c and 3c: train the two classifiers of digits (given).

    python digit_classification.py softmax --hidden 20 50 100 200 400 800
    python digit_classification.py cnn

Uses `mnist.npz` (arrays x_train, y_train, x_test, y_test) when it is in this folder; else digits
drawn by the program itself, so that everything runs, at accuracies that mean nothing.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, TypeAlias

import cnn
import numpy as np
import numpy.typing as npt
import softmax
import solver

Array: TypeAlias = npt.NDArray[Any]

MNIST = Path("mnist.npz")
VALIDATION = 10_000  # of MNIST's training images
# Which of the seven strokes of a digital clock make a digit: top, upper left, upper right, middle,
# lower left, lower right, bottom.
STROKES = [
    *("1110111", "0010010", "1011101", "1011011", "0111010"),
    *("1101011", "1101111", "1010010", "1111111", "1111011"),
]
BARS = [
    *(np.s_[4:6, 9:19], np.s_[4:14, 8:10], np.s_[4:14, 18:20], np.s_[13:15, 9:19]),
    *(np.s_[14:24, 8:10], np.s_[14:24, 18:20], np.s_[22:24, 9:19]),
]


def main(arguments: list[str] | None = None) -> float:
    """Train what is asked for; returns the accuracy on the test images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=["softmax", "cnn"])
    parser.add_argument("--hidden", type=int, nargs="+", default=[100], help="hidden units to try")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args(arguments)
    np.random.seed(545)
    data = load()
    if options.model == "softmax":
        data = {k: v.reshape(len(v), -1) if v.ndim == 4 else v for k, v in data.items()}
    trained = [train(options.model, hidden, options.epochs, data) for hidden in options.hidden]
    best = max(trained, key=lambda done: done.best_val_acc)
    accuracy: float = best.check_accuracy(data["X_test"], data["y_test"])
    sys.stdout.write(f"Test accuracy of the best in validation: {accuracy:.4f}\n")
    return accuracy


def train(kind: str, hidden: int, epochs: int, data: dict[str, Array]) -> solver.Solver:
    """One model trained with a number of hidden units."""
    model: Any = (
        softmax.SoftmaxClassifier(hidden_dim=hidden, weight_scale=1e-2)
        if kind == "softmax"
        else cnn.ConvNet(hidden_dim=hidden, weight_scale=1e-2)
    )
    done = solver.Solver(
        model,
        data,
        update_rule="sgd_momentum" if kind == "softmax" else "adam",
        optim_config={"learning_rate": 0.1 if kind == "softmax" else 1e-3},
        lr_decay=0.95,
        num_epochs=epochs,
    )
    done.train()
    sys.stdout.write(f"{hidden} hidden units: validation accuracy {done.best_val_acc:.4f}\n")
    return done


def load() -> dict[str, Array]:
    """Images (N, 1, 28, 28) with values from 0 to 1, and digits, for training and tests."""
    if not MNIST.is_file():
        sys.stdout.write(
            f"{MNIST} is not here: using digits drawn by this program. For the accuracies of your "
            "report, put the course's file into this folder (and do not upload it).\n"
        )
        sizes = {"train": 2000, "val": 500, "test": 500}
        drawn = {split: draw(size, seed) for seed, (split, size) in enumerate(sizes.items())}
        return {f"{'Xy'[i]}_{split}": pair[i] for split, pair in drawn.items() for i in (0, 1)}
    with np.load(MNIST) as file:
        x, y = file["x_train"].reshape(-1, 1, 28, 28) / 255.0, file["y_train"].astype(int)
        x_test, y_test = file["x_test"].reshape(-1, 1, 28, 28) / 255.0, file["y_test"].astype(int)
    return {
        "X_train": x[:-VALIDATION],
        "y_train": y[:-VALIDATION],
        "X_val": x[-VALIDATION:],
        "y_val": y[-VALIDATION:],
        "X_test": x_test,
        "y_test": y_test,
    }


def draw(size: int, seed: int) -> tuple[Array, Array]:
    """Digits as a digital clock shows them, moved by up to three pixels, with noise."""
    rng = np.random.default_rng(seed)
    digits = rng.integers(0, 10, size)
    images = 0.3 * rng.random((size, 1, 28, 28))
    for image, digit in zip(images, digits, strict=True):
        clean = np.zeros((28, 28))
        for bar, lit in zip(BARS, STROKES[digit], strict=True):
            clean[bar] = float(lit)
        image[0] += 0.7 * np.roll(clean, rng.integers(-3, 4, 2), axis=(0, 1))
    return images, digits


if __name__ == "__main__":
    main()
