"""CIFAR-10 from a folder to batches of tensors. Given; nothing to write here.

The folder holds either what the archive "CIFAR-10 python version" unpacks to
(`cifar-10-batches-py/`), or the course's own `cifar10/train.npz` and, if there is one,
`cifar10/test.npz`, with arrays `x` (N, 3, 32, 32) of bytes and `y` (N,). Without test images, every
tenth training image is kept for validation.
"""

import pickle
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

Array: TypeAlias = npt.NDArray[Any]

CLASSES = 10
MEAN = (0.4914, 0.4822, 0.4465)  # of the training images, per channel, on a scale from 0 to 1
STD = (0.2470, 0.2435, 0.2616)


def normalise(images: Array) -> torch.Tensor:
    """Bytes (N, 3, 32, 32) -> float32 with mean 0 and standard deviation 1 per channel.

    Grading feeds the held-back images to your models in exactly this form.
    """
    mean, std = (torch.tensor(numbers)[:, None, None] for numbers in (MEAN, STD))
    return (torch.from_numpy(images).float() / 255 - mean) / std


class Imbalanced_CIFAR10(Dataset):
    """Images of which the classes have ever fewer, from all of class 0 down to a share of class 9.

    Class c keeps n * factor ** (c / 9) of its n images: 5000 ... 50 at a factor of 0.01.

    Attributes:
        cls_num_list: number of images per class.
    """

    def __init__(self, images: Array, labels: Array, factor: float = 0.01, seed: int = 0) -> None:
        draw = np.random.default_rng(seed)
        places, self.cls_num_list = [], []
        for c in range(CLASSES):
            found = draw.permutation(np.flatnonzero(labels == c))
            count = max(1, int(len(found) * factor ** (c / (CLASSES - 1)) + 1e-9))
            places.append(found[:count])
            self.cls_num_list.append(count)
        kept = np.concatenate(places)
        self.images, self.labels = normalise(images[kept]), torch.from_numpy(labels[kept])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.images[index], self.labels[index]


def loaders(
    folder: str, batch_size: int, *, imbalanced: bool = False, images: int = 0
) -> tuple[DataLoader, DataLoader, list[int]]:
    """Training batches (shuffled), validation batches, and the number of training images per class.

    Args:
        images: how many of the training images are read, from the first on; 0 takes all.

    Raises:
        FileNotFoundError: CIFAR-10 is not in the folder.
    """
    (x, y), (x_val, y_val) = _read(Path(folder), images or None)
    training: Any = TensorDataset(normalise(x), torch.from_numpy(y))
    counts = np.bincount(y, minlength=CLASSES).tolist()
    if imbalanced:
        training = Imbalanced_CIFAR10(x, y)
        counts = training.cls_num_list
    validation = TensorDataset(normalise(x_val), torch.from_numpy(y_val))
    return (
        DataLoader(training, batch_size, shuffle=True),
        DataLoader(validation, batch_size),
        counts,
    )


def _read(folder: Path, images: int | None) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    batches, own = folder / "cifar-10-batches-py", folder / "cifar10"
    if batches.is_dir():
        training = [_batch(batches / f"data_batch_{n}") for n in range(1, 6)]
        x, y = (np.concatenate(parts) for parts in zip(*training, strict=True))
        return (x[:images], y[:images]), _batch(batches / "test_batch")
    if (own / "train.npz").is_file():
        x, y = (array[:images] for array in _arrays(own / "train.npz"))
        if (own / "test.npz").is_file():
            return (x, y), _arrays(own / "test.npz")
        validate = np.arange(len(y)) % 10 == 9
        return (x[~validate], y[~validate]), (x[validate], y[validate])
    raise FileNotFoundError(
        f"No CIFAR-10 in {folder.resolve()}: unpack the archive of its Python version there, so "
        f"that {batches} is a folder, or name another folder by the setting `data`."
    )


def _batch(path: Path) -> tuple[Array, Array]:
    with path.open("rb") as file:
        found = pickle.load(file, encoding="bytes")  # your own download, of the data set's authors
    return found[b"data"].reshape(-1, 3, 32, 32), np.array(found[b"labels"], dtype=np.int64)


def _arrays(path: Path) -> tuple[Array, Array]:
    with np.load(path) as found:
        return found["x"], found["y"].astype(np.int64)
