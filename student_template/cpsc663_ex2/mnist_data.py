"""MNIST as batches of tensors. The course gives this file; nothing in it need be changed.

Owns reading the data set that `grader data fetch mnist` has put on this machine: into the folder
that the environment variable GRADER_DATA names, by default `datasets/public` below this one.
"""

import os
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset


def images(split: str = "train") -> tuple[torch.Tensor, torch.Tensor]:
    """All images and labels of a split.

    Args:
        split: "train" (60,000 images) or "test" (10,000).

    Returns:
        Pixels between 0 and 1, float32 of shape (N, 1, 28, 28), and digits, int64 of shape (N,).

    Raises:
        FileNotFoundError: the data set is not on this machine.
    """
    with np.load(_path(split)) as arrays:
        x, y = arrays["x"], arrays["y"]
    pixels = torch.from_numpy(x.astype(np.float32) / 255)  # (N, 28, 28)
    return pixels[:, None], torch.from_numpy(y.astype(np.int64))


def loader(split: str = "train", batch_size: int = 64, seed: int = 0) -> DataLoader:
    """Batches (images, labels) of a split, the training split in a new order each epoch."""
    order = torch.Generator().manual_seed(seed)
    data = TensorDataset(*images(split))
    return DataLoader(data, batch_size, shuffle=split == "train", generator=order)


def _path(split: str) -> Path:
    folder = Path(os.environ.get("GRADER_DATA", "datasets/public"))
    half = folder if split == "train" else folder.with_name("heldback")
    path = half / "mnist" / f"{split}.npz"
    if path.is_file():
        return path
    raise FileNotFoundError(f"No MNIST here: {path} is not there. Run `grader data fetch mnist`.")
