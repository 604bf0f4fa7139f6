"""Small models, loaders and optimizers that the student's training loops are given.

A stand-in keeps what it saw, so that a training loop can be judged without the student's model.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from stage import models
from torch import nn


class _Recorder(nn.Module):
    """Keeps for each call: the mode, whether a graph was built, and the input."""

    def __init__(self):
        super().__init__()
        self.modes = []
        self.graphs = []
        self.seen = []

    def record(self, x):
        self.modes.append(self.training)
        self.graphs.append(torch.is_grad_enabled())
        self.seen.append(x.detach().clone())


class Classifier(_Recorder):
    """One linear layer from 784 pixels to the logarithms of 10 probabilities."""

    def __init__(self, weight, bias):
        super().__init__()
        # The handout's `test` may save the first layer's filters: the layers of CNN are there.
        for name, layer in models.layers("prob4_CNN", "CNN"):
            self.add_module(name, layer)
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, x):
        self.record(x)
        return F.log_softmax(F.linear(x.flatten(1), self.weight, self.bias), dim=1)


class Linear(_Recorder):
    """An affine autoencoder: each pixel times one weight plus one bias."""

    def __init__(self, weight, bias):
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, x):
        self.record(x)
        return (x.flatten(1) * self.weight + self.bias).view(x.shape)


class Shift(_Recorder):
    """Gives back what it gets, plus one number that starts at 0."""

    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        self.record(x)
        return x + self.shift


def small_autoencoder():
    """From 784 pixels to two numbers and back, of any image shape; learns within seconds."""

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.inward = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 2))
            self.outward = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 784))

        def forward(self, x):
            return self.outward(self.inward(x.flatten(1))).view(x.shape)

    return Small()


def state(model):
    """A model's parameters by name."""
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def gradients(model):
    """What the last backward pass left, by name."""
    return {name: parameter.grad for name, parameter in model.named_parameters()}


def settings():
    """What `args` of a training loop usually holds."""
    return argparse.Namespace(
        log_interval=1000,
        epochs=1,
        batch_size=4,
        test_batch_size=4,
        seed=0,
        lr=0.1,
        momentum=0.0,
        gamma=1.0,
        weight_decay=0.0,
        dry_run=False,
        no_cuda=True,
        save_model=False,
    )


class _Loader(list):
    """A list of batches that knows its data set's size, as a DataLoader does."""

    @property
    def dataset(self):
        return [pair for images, labels in self for pair in zip(images, labels, strict=True)]

    @property
    def batch_size(self):
        return len(self[0][0])


def batches(images, labels, size):
    """A loader of batches in the given order; the last may be smaller."""
    return _Loader(zip(images.split(size), labels.split(size), strict=True))


def training_batches(count, size):
    """The first images of MNIST's training split as a loader."""
    with np.load(Path(os.environ["GRADER_DATA"]) / "mnist" / "train.npz") as arrays:
        x, y = arrays["x"][:count], arrays["y"][:count]
    images = torch.from_numpy(x.astype(np.float32) / 255)[:, None]
    return batches(images, torch.from_numpy(y.astype(np.int64)), size)


def sgd(model, lr):
    """Plain gradient descent over a model's parameters."""
    return torch.optim.SGD(model.parameters(), lr=lr)


def generator(seed):
    """A generator of its own."""
    return torch.Generator().manual_seed(seed)


def note(text):
    """A remark for the report, beside what the submission prints."""
    sys.stdout.write(f"{text}\n")
