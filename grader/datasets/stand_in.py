"""Synthetic data of a data set's shapes, for machines that cannot have the real one.

Owns how it is made: the same bytes each time on one machine. It is as hard as needed for a test
of training to mean something: see each function. Marked as a stand-in wherever it is listed.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from grader import errors
from grader.datasets import files

TRAIN: Final = {"mnist": 60_000, "cifar10": 50_000}  # images; as many as in the real ones
TEST: Final = 10_000
CHUNK: Final = 5000  # images in the making at once

# Of the CIFAR stand-in: with these a linear classifier reaches about 0.4, a small network of two
# layers 0.55 and a small convolutional one 0.7 in a minute of training.
CELLS: Final = 24  # independent values along each side of a field
REACH: Final = 16  # pixels that the window may move each way
OTHER: Final = 0.5  # share of a second field, of any kind
NOISE: Final = 40  # of 255, standard deviation in each pixel


def make(name: str) -> files.DataSet:
    """The stand-in of a data set.

    Raises:
        OperatorError: there is none of this name.
    """
    if name not in _MAKERS:
        raise errors.OperatorError(
            f"There is no stand-in for {name}; choose one of {', '.join(sorted(_MAKERS))}."
        )
    return _MAKERS[name]()


def mnist() -> files.DataSet:
    """Handwritten digits of 28 x 28: scikit-learn's of 8 x 8, enlarged, moved and made noisy.

    Training and test images come from different originals. Without the unclear originals, 1 in
    80, a network that is right for real MNIST reaches 0.98 here, too.
    """
    images, labels = _clear(*_originals())
    generator = np.random.default_rng(28)
    order = generator.permutation(len(images))
    large = _enlarge(images[order], 20)
    labels = labels[order]
    held = len(images) // 5
    return files.DataSet(
        "mnist",
        _drawn(generator, large[held:], labels[held:], TRAIN["mnist"]),
        _drawn(generator, large[:held], labels[:held], TEST),
        "stand-in: scikit-learn's digits, enlarged",
        stand_in=True,
    )


def cifar10() -> files.DataSet:
    """Ten kinds of smooth coloured fields, moved, scaled and covered with noise."""
    generator = np.random.default_rng(10)
    coarse = generator.standard_normal((files.CLASSES, 3, CELLS, CELLS))
    fields = _enlarge(coarse.reshape(-1, CELLS, CELLS), 32 + 2 * REACH)
    fields = fields.reshape(files.CLASSES, 3, *fields.shape[1:])
    return files.DataSet(
        "cifar10",
        _painted(generator, fields, TRAIN["cifar10"]),
        _painted(generator, fields, TEST),
        "stand-in: smooth random fields",
        stand_in=True,
    )


def digits() -> files.DataSet:
    """scikit-learn's digits as they are; real data, one fifth held back."""
    images, labels = _originals()
    order = np.random.default_rng(8).permutation(len(images))
    x, y = images[order].astype(np.uint8), labels[order]
    held = len(x) // 5
    return files.DataSet(
        "digits",
        files.Split(x[held:], y[held:]),
        files.Split(x[:held], y[:held]),
        "scikit-learn's digits",
    )


_MAKERS: Final[dict[str, Callable[[], files.DataSet]]] = {"mnist": mnist, "cifar10": cifar10}


def _originals() -> tuple[files.Array, files.Array]:
    """scikit-learn's 1797 digits, values 0 to 16, and their labels."""
    try:
        from sklearn import datasets  # type: ignore[import-untyped]  # the library ships no types
    except ImportError as exc:
        raise errors.OperatorError(
            "This needs scikit-learn: pip install 'grader[data]' -c constraints.txt"
        ) from exc
    bunch = datasets.load_digits()
    return bunch.images, bunch.target.astype(np.int64)


def _clear(images: files.Array, labels: files.Array) -> tuple[files.Array, files.Array]:
    """Those whose nearest neighbour has the same label."""
    flat = images.reshape(len(images), -1)
    squares = (flat**2).sum(axis=1)
    distances = squares[:, None] + squares[None, :] - 2 * flat @ flat.T
    np.fill_diagonal(distances, np.inf)
    is_clear = labels[distances.argmin(axis=1)] == labels
    return images[is_clear], labels[is_clear]


def _enlarge(images: files.Array, size: int) -> files.Array:
    """Images (N, h, h) as (N, size, size), by linear interpolation between pixels' centres."""
    old = images.shape[1]
    at = (np.arange(size) + 0.5) * old / size - 0.5
    rows = np.array([np.interp(at, np.arange(old), unit) for unit in np.eye(old)]).T
    return np.asarray(rows @ images @ rows.T, np.float32)


def _drawn(
    generator: np.random.Generator, large: files.Array, labels: files.Array, count: int
) -> files.Split:
    """Digits (N, 20, 20) of values 0 to 16 drawn at random places of 28 x 28."""
    x = np.zeros((count, 28, 28), np.uint8)
    chosen = generator.integers(0, len(large), count)
    corners = generator.integers(3, 6, (count, 2))
    gains = generator.uniform(14, 19, (count, 1, 1)).astype(np.float32)
    for top, left in np.ndindex(3, 3):
        (indices,) = np.nonzero((corners == (top + 3, left + 3)).all(axis=1))
        ink = large[chosen[indices]] * gains[indices]
        ink += 8 * generator.standard_normal(ink.shape, np.float32)
        x[indices, top + 3 : top + 23, left + 3 : left + 23] = _as_bytes(ink)
    return files.Split(x, labels[chosen])


def _painted(generator: np.random.Generator, fields: files.Array, count: int) -> files.Split:
    """Windows of 32 x 32 of fields (10, 3, h, w), with gain and noise."""
    y = generator.permutation(np.arange(count, dtype=np.int64) % files.CLASSES)
    x = np.empty((count, 3, 32, 32), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(fields, (32, 32), axis=(2, 3))
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        moves = generator.integers(0, 2 * REACH + 1, (2, len(y[part])))
        paint = windows[y[part], :, moves[0], moves[1]]
        gains = generator.uniform(10, 60, (len(paint), 1, 1, 1)).astype(np.float32)
        others = generator.integers(0, files.CLASSES, len(paint))
        moves = generator.integers(0, 2 * REACH + 1, (2, len(paint)))
        paint += OTHER * windows[others, :, moves[0], moves[1]]
        noise = generator.standard_normal(paint.shape, np.float32)
        x[part] = _as_bytes(128 + gains * paint + NOISE * noise)
    return files.Split(x, y)


def _as_bytes(values: files.Array) -> files.Array:
    return np.clip(values, 0, 255).astype(np.uint8)
