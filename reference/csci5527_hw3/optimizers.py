"""Adagrad, RMSprop and Adam from their formulas, and a small network that they train on MNIST.

Owns problem 1 of the homework. PyTorch's modules and autograd are used, its optimizers are not.
The same conventions hold for the three optimizers:

- `params` is anything that can be walked through once, such as `model.parameters()`; the tensors
  have any shape, and each has its own history.
- `step()` reads every parameter's `.grad` and changes the parameter itself, in place; the
  gradients stay as they are. A parameter whose `.grad` is None is left alone.
- The operations of a formula act element by element; eps is added to the root, not under it.
- Two optimizers share nothing.

Letters in shapes: N training images, M test images.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

BATCH = 64
EPOCHS = 2
LEARNING_RATES = {"adagrad": 0.04, "rmsprop": 0.002, "adam": 0.003}


def build_model() -> nn.Module:
    """Design a network of at most 3 layers that have weights.

    Normalization, activation, pooling and dropout are not counted.

    Returns:
        A module from images (N, 1, 28, 28), float32 between 0 and 1, to scores (N, 10).

    Source: homework 3, problem 1 (a).
    """
    # BEGIN SOLUTION task 1a
    return nn.Sequential(
        nn.Conv2d(1, 8, 5),  # (N, 8, 24, 24)
        nn.MaxPool2d(2),  # (N, 8, 12, 12)
        nn.ReLU(),
        nn.Conv2d(8, 16, 5),  # (N, 16, 8, 8)
        nn.MaxPool2d(2),  # (N, 16, 4, 4)
        nn.ReLU(),
        nn.Flatten(),  # (N, 256)
        nn.Linear(256, 10),  # (N, 10)
    )
    # END SOLUTION


def loss_fn() -> Callable[[Tensor, Tensor], Tensor]:
    """Choose the training objective that fits what `build_model` puts out.

    Returns:
        A function of scores (N, 10) and labels (N,), int64, to one number.

    Source: homework 3, problem 1 (a).
    """
    # BEGIN SOLUTION task 1a
    return nn.CrossEntropyLoss()
    # END SOLUTION


class Optimizer:
    """What the three optimizers have in common: their parameters.

    Args:
        params: the tensors to be changed.
        lr: learning rate.
    """

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        self.params = list(params)  # a generator can be walked through only once
        self.lr = lr

    def zero_grad(self) -> None:
        """Forget all gradients, so that the next backward pass starts from nothing."""
        # BEGIN SOLUTION task 1b
        for p in self.params:
            p.grad = None
        # END SOLUTION


class Adagrad(Optimizer):
    """Adagrad: each element's step shrinks with all the gradients it has seen.

        total = total + grad^2                        (0 before the first step)
        p     = p - lr * grad / (sqrt(total) + eps)

    Args:
        params: the tensors to be changed.
        lr: learning rate.
        eps: added to the root.

    Source: homework 3, problem 1 (b); Duchi, Hazan and Singer 2011, JMLR 12.
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 0.01, eps: float = 1e-10) -> None:
        super().__init__(params, lr)
        # BEGIN SOLUTION task 1b: keep eps, and a state for each parameter
        self.eps = eps
        self.totals = [torch.zeros_like(p) for p in self.params]
        # END SOLUTION

    def step(self) -> None:
        """Change every parameter by one step of Adagrad."""
        # BEGIN SOLUTION task 1b
        with torch.no_grad():
            for p, total in zip(self.params, self.totals, strict=True):
                if p.grad is not None:
                    total += p.grad.square()
                    p -= self.lr * p.grad / (total.sqrt() + self.eps)
        # END SOLUTION


class RMSprop(Optimizer):
    """RMSprop: each element's step shrinks with the recent size of its gradients.

        v = alpha * v + (1 - alpha) * grad^2          (0 before the first step)
        p = p - lr * grad / (sqrt(v) + eps)

    Args:
        params: the tensors to be changed.
        lr: learning rate.
        alpha: how much of the running average stays.
        eps: added to the root.

    Source: homework 3, problem 1 (c); Tieleman and Hinton 2012, lecture 6.5.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        # BEGIN SOLUTION task 1c: keep alpha and eps, and a state for each parameter
        self.alpha, self.eps = alpha, eps
        self.averages = [torch.zeros_like(p) for p in self.params]
        # END SOLUTION

    def step(self) -> None:
        """Change every parameter by one step of RMSprop."""
        # BEGIN SOLUTION task 1c
        with torch.no_grad():
            for p, v in zip(self.params, self.averages, strict=True):
                if p.grad is not None:
                    v.lerp_(p.grad.square(), 1 - self.alpha)
                    p -= self.lr * p.grad / (v.sqrt() + self.eps)
        # END SOLUTION


class Adam(Optimizer):
    """Adam with bias correction, Algorithm 1 of the paper as it stands there.

        t     = t + 1                                 (0 before the first step)
        m     = beta1 * m + (1 - beta1) * grad        (0 before the first step)
        v     = beta2 * v + (1 - beta2) * grad^2      (0 before the first step)
        m_hat = m / (1 - beta1^t),  v_hat = v / (1 - beta2^t)
        p     = p - lr * m_hat / (sqrt(v_hat) + eps)

    Args:
        params: the tensors to be changed.
        lr: learning rate.
        betas: beta1 and beta2, how much of the two running averages stays.
        eps: added to the root of v_hat.

    Source: homework 3, problem 1 (d); Kingma and Ba 2015, arXiv:1412.6980, Algorithm 1.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        # BEGIN SOLUTION task 1d: keep betas and eps, and a state for each parameter
        self.betas, self.eps = betas, eps
        self.t = 0
        self.means = [torch.zeros_like(p) for p in self.params]
        self.squares = [torch.zeros_like(p) for p in self.params]
        # END SOLUTION

    def step(self) -> None:
        """Change every parameter by one step of Adam."""
        # BEGIN SOLUTION task 1d
        self.t += 1
        beta1, beta2 = self.betas
        with torch.no_grad():
            for p, m, v in zip(self.params, self.means, self.squares, strict=True):
                if p.grad is not None:
                    m.lerp_(p.grad, 1 - beta1)
                    v.lerp_(p.grad.square(), 1 - beta2)
                    m_hat = m / (1 - beta1**self.t)
                    v_hat = v / (1 - beta2**self.t)
                    p -= self.lr * m_hat / (v_hat.sqrt() + self.eps)
        # END SOLUTION


def train_and_predict(
    optimizer: str, train_images: Tensor, train_labels: Tensor, test_images: Tensor, seed: int
) -> Tensor:
    """Train a fresh network with one of the three optimizers and classify the test images.

    Args:
        optimizer: "adagrad", "rmsprop" or "adam"; only this one takes steps.
        train_images: pixels, shape (N, 28, 28), uint8.
        train_labels: digits, shape (N,), int64.
        test_images: pixels, shape (M, 28, 28), uint8.
        seed: the same seed leads to the same result.

    Returns:
        The digits predicted for the test images, shape (M,), int64.

    Source: homework 3, problem 1 (e).
    """
    # BEGIN SOLUTION task 1e
    torch.manual_seed(seed)
    model, loss = build_model(), loss_fn()
    kinds: dict[str, Callable[..., Any]] = {
        "adagrad": Adagrad,
        "rmsprop": RMSprop,
        "adam": Adam,
    }
    rate = LEARNING_RATES[optimizer]
    chosen = kinds[optimizer](model.parameters(), lr=rate)
    n = len(train_images)
    batches = [rows for _ in range(EPOCHS) for rows in torch.split(torch.randperm(n), BATCH)]
    rates = torch.linspace(rate, 0, len(batches)).tolist()  # so that the end is quiet
    for chosen.lr, rows in zip(rates, batches, strict=True):
        chosen.zero_grad()
        objective = loss(model(_scaled(train_images[rows])), train_labels[rows])
        objective.backward()  # type: ignore[no-untyped-call]  # not annotated in PyTorch
        chosen.step()
    with torch.no_grad():
        scores = [model(_scaled(part)) for part in torch.split(test_images, 1000)]
    return torch.cat(scores).argmax(dim=1)
    # END SOLUTION


def _scaled(images: Tensor) -> Tensor:
    """Pixels (N, 28, 28) as what a network takes: (N, 1, 28, 28), float32 between 0 and 1."""
    return images[:, None] / 255
