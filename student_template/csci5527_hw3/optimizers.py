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
    # TODO(task 1a): Design a network of at most 3 layers that have weights.
    raise NotImplementedError("task 1a: build_model is not written yet")


def loss_fn() -> Callable[[Tensor, Tensor], Tensor]:
    """Choose the training objective that fits what `build_model` puts out.

    Returns:
        A function of scores (N, 10) and labels (N,), int64, to one number.

    Source: homework 3, problem 1 (a).
    """
    # TODO(task 1a): Choose the training objective that fits what `build_model` puts out.
    raise NotImplementedError("task 1a: loss_fn is not written yet")


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
        # TODO(task 1b): Forget all gradients, so that the next backward pass starts from nothing.
        raise NotImplementedError("task 1b: zero_grad is not written yet")


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
        # TODO(task 1b): keep eps, and a state for each parameter
        raise NotImplementedError("task 1b: __init__ is not written yet")

    def step(self) -> None:
        """Change every parameter by one step of Adagrad."""
        # TODO(task 1b): Change every parameter by one step of Adagrad.
        raise NotImplementedError("task 1b: step is not written yet")


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
        # TODO(task 1c): keep alpha and eps, and a state for each parameter
        raise NotImplementedError("task 1c: __init__ is not written yet")

    def step(self) -> None:
        """Change every parameter by one step of RMSprop."""
        # TODO(task 1c): Change every parameter by one step of RMSprop.
        raise NotImplementedError("task 1c: step is not written yet")


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
        # TODO(task 1d): keep betas and eps, and a state for each parameter
        raise NotImplementedError("task 1d: __init__ is not written yet")

    def step(self) -> None:
        """Change every parameter by one step of Adam."""
        # TODO(task 1d): Change every parameter by one step of Adam.
        raise NotImplementedError("task 1d: step is not written yet")


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
    # TODO(task 1e): Train a fresh network with one of the three optimizers and classify the test
    #     images.
    raise NotImplementedError("task 1e: train_and_predict is not written yet")


def _scaled(images: Tensor) -> Tensor:
    """Pixels (N, 28, 28) as what a network takes: (N, 1, 28, 28), float32 between 0 and 1."""
    return images[:, None] / 255
