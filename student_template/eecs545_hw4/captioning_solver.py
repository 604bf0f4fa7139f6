"""Training of a captioning model (given).

Owns minibatches of captions, epochs, the update of every parameter and the record of the loss.
A model must offer a dict `params` and `loss(features, captions)` that returns `(loss, grads)`.
The update rules are `optim.py`'s, the minibatches `coco_utils.py`'s.
"""

from collections.abc import Mapping
from typing import Any

import coco_utils
import optim


class CaptioningSolver:
    """Trains a captioning model.

    Attributes:
        loss_history: the loss of every minibatch.
    """

    def __init__(
        self,
        model: Any,
        data: Mapping[str, Any],
        *,
        update_rule: str = "adam",
        optim_config: Mapping[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        print_every: int = 100,
        verbose: bool = True,
    ) -> None:
        """Prepare training; nothing is trained yet.

        Args:
            model: object with `params` and `loss`.
            data: what `coco_utils.load_coco_data` returns.
            update_rule: name of a function of `optim.py`.
            optim_config: settings of the update rule, such as learning_rate.
            lr_decay: factor on the learning rate after every epoch.
            batch_size: captions of a minibatch.
            num_epochs: how often, on average, every caption is used.
            print_every: minibatches from one printed loss to the next.
            verbose: whether to print at all.
        """
        self.model = model
        self.data = data
        self.update_rule = getattr(optim, update_rule)
        self.configs = {name: dict(optim_config or {}) for name in model.params}
        self.lr_decay = lr_decay
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.print_every = print_every
        self.verbose = verbose
        self.loss_history: list[float] = []

    def train(self) -> None:
        """Run all epochs."""
        per_epoch = max(len(self.data["train_captions"]) // self.batch_size, 1)
        for _ in range(self.num_epochs):
            for _ in range(per_epoch):
                self._step()
            for config in self.configs.values():
                if "learning_rate" in config:
                    config["learning_rate"] *= self.lr_decay

    def _step(self) -> None:
        """One minibatch: loss, gradients, a new value for every parameter."""
        captions, features, _ = coco_utils.sample_coco_minibatch(self.data, self.batch_size)
        loss, grads = self.model.loss(features, captions)
        self.loss_history.append(float(loss))
        for name, value in self.model.params.items():
            new, self.configs[name] = self.update_rule(value, grads[name], self.configs[name])
            self.model.params[name] = new
        if self.verbose and len(self.loss_history) % self.print_every == 1:
            print(f"step {len(self.loss_history)}: loss {self.loss_history[-1]:.4f}")  # noqa: T201  # asked for by `verbose`
