"""Training of a classifier (given).

Owns minibatches, epochs, the update of every parameter and the record of how it went. What a
model must offer is little: a dict `params`, and `loss(X, y)` that returns `(loss, grads)` or,
without y, scores. The update rules are `optim.py`'s.

    data = {"X_train": ..., "y_train": ..., "X_val": ..., "y_val": ...}
    solver = Solver(model, data, update_rule="sgd_momentum", optim_config={"learning_rate": 0.1})
    solver.train()
    accuracy = solver.check_accuracy(X_test, y_test)
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import optim

Array: TypeAlias = npt.NDArray[Any]


class Solver:
    """Trains a model; afterwards the model holds the parameters that were best in validation.

    Attributes:
        loss_history: the loss of every minibatch.
        train_acc_history, val_acc_history: accuracies, before training and after each epoch.
        best_val_acc: the best of `val_acc_history`.
    """

    def __init__(
        self,
        model: Any,
        data: Mapping[str, Array],
        *,
        update_rule: str = "sgd",
        optim_config: Mapping[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        print_every: int = 100,
        verbose: bool = True,
        num_train_samples: int = 1000,
    ) -> None:
        """Prepare training; nothing is trained yet.

        Args:
            model: object with `params` and `loss`.
            data: arrays X_train, y_train, X_val, y_val.
            update_rule: name of a function of `optim.py`.
            optim_config: settings of the update rule, such as learning_rate.
            lr_decay: factor on the learning rate after every epoch.
            batch_size: samples of a minibatch.
            num_epochs: how often, on average, every sample is used.
            print_every: minibatches from one printed loss to the next.
            verbose: whether to print at all.
            num_train_samples: training samples that the training accuracy is taken of.
        """
        self.model = model
        self.data = dict(data)
        self.update_rule = getattr(optim, update_rule)
        self.configs = {name: dict(optim_config or {}) for name in model.params}
        self.lr_decay = lr_decay
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.print_every = print_every
        self.verbose = verbose
        self.num_train_samples = num_train_samples
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.best_val_acc = -1.0
        self._best_params: dict[str, Array] = {}

    def train(self) -> None:
        """Run all epochs, then put the best parameters back into the model."""
        per_epoch = max(self.data["X_train"].shape[0] // self.batch_size, 1)
        self._evaluate(0)
        for epoch in range(1, self.num_epochs + 1):
            for _ in range(per_epoch):
                self._step()
            for config in self.configs.values():
                if "learning_rate" in config:
                    config["learning_rate"] *= self.lr_decay
            self._evaluate(epoch)
        self.model.params.update(self._best_params)

    def check_accuracy(
        self, X: Array, y: Array, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """The part of the samples that gets its right class.

        Args:
            X, y: samples and their classes.
            num_samples: look at this many of them, drawn at random; all by default.
            batch_size: samples that the model sees at once.
        """
        if num_samples is not None and num_samples < X.shape[0]:
            chosen = np.random.choice(X.shape[0], num_samples, replace=False)
            X, y = X[chosen], y[chosen]
        starts = range(0, X.shape[0], batch_size)
        scores = [self.model.loss(X[start : start + batch_size]) for start in starts]
        return float(np.mean(np.concatenate(scores).argmax(axis=1) == y))

    def _step(self) -> None:
        """One minibatch: loss, gradients, a new value for every parameter."""
        chosen = np.random.choice(self.data["X_train"].shape[0], self.batch_size)
        loss, grads = self.model.loss(self.data["X_train"][chosen], self.data["y_train"][chosen])
        self.loss_history.append(float(loss))
        for name, value in self.model.params.items():
            new, self.configs[name] = self.update_rule(value, grads[name], self.configs[name])
            self.model.params[name] = new
        if self.verbose and len(self.loss_history) % self.print_every == 1:
            print(f"step {len(self.loss_history)}: loss {self.loss_history[-1]:.4f}")  # noqa: T201  # asked for by `verbose`

    def _evaluate(self, epoch: int) -> None:
        """Note both accuracies, and the parameters when they are the best so far."""
        data = self.data
        train = self.check_accuracy(data["X_train"], data["y_train"], self.num_train_samples)
        validation = self.check_accuracy(data["X_val"], data["y_val"])
        self.train_acc_history.append(train)
        self.val_acc_history.append(validation)
        if validation > self.best_val_acc:
            self.best_val_acc = validation
            self._best_params = {k: v.copy() for k, v in self.model.params.items()}
        if self.verbose:
            print(f"epoch {epoch}: training {train:.3f}, validation {validation:.3f}")  # noqa: T201  # asked for by `verbose`
