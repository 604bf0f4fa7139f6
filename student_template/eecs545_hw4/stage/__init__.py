"""Problem 5's stage: models, batches and optimizers beside `transfer_learning.py`, and a log.

Runs where the submission runs and is no more to be trusted. Returns tensors, numbers and strings;
the tests compare them with what they have worked out for themselves.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from stage import stand_ins
from torch import nn, optim
from torch.utils import data

stand_ins.install()  # before the submission imports what they stand for

CPU = torch.device("cpu")
State = dict[str, torch.Tensor]


def network(features: int, hidden: int, classes: int) -> nn.Module:
    """A small network whose running averages tell training mode from evaluation mode."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(features, hidden), nn.BatchNorm1d(hidden), nn.Tanh(),
        nn.Linear(hidden, classes),
    )  # fmt: skip


class Batches(data.DataLoader[Any]):
    """Batches in the order given, each noted in the log as it is taken."""

    def __init__(self, split: str, pair: Sequence[torch.Tensor], size: int, log: list[str]) -> None:
        super().__init__(data.TensorDataset(*pair), batch_size=size)
        self._split, self._log = split, log

    def __iter__(self) -> Any:
        for batch in super().__iter__():
            self._log.append(f"{self._split} batch")
            yield batch


def _loaders(images: Mapping[str, Sequence[torch.Tensor]], size: int, log: list[str]) -> Any:
    loaders = {split: Batches(split, images[split], size, log) for split in ("train", "val")}
    return loaders, {split: len(images[split][0]) for split in loaders}


# ---- 5a -----------------------------------------------------------------------------------


class Linear(nn.Module):
    """Logits x W^T; each call is noted with the mode it was made in."""

    def __init__(self, weight: torch.Tensor, log: list[str]) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self._log = log

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, D) to (N, C)."""
        mode = "training" if self.training else "evaluation"
        gradients = "with" if torch.is_grad_enabled() else "without"
        self._log.append(f"{mode} mode, {gradients} gradients")
        return x @ self.weight.T


class Script(optim.Optimizer):
    """An optimizer that puts the next given weights in place, and keeps the gradients it saw."""

    def __init__(self, model: Linear, weights: Sequence[torch.Tensor], log: list[str]) -> None:
        super().__init__([model.weight], {"lr": 1.0})
        self._weight, self._next, self._log = model.weight, iter(weights), log
        self.gradients: list[torch.Tensor] = []

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # no loss comes back
        """One noted step."""
        if closure is not None:
            with torch.enable_grad():
                closure()
        self._log.append("step")
        if self._weight.grad is not None:
            self.gradients.append(self._weight.grad.clone())
        self._weight.copy_(next(self._next, self._weight))


class Schedule(optim.lr_scheduler.StepLR):
    """A scheduler whose steps are noted."""

    def __init__(self, optimizer: optim.Optimizer, log: list[str]) -> None:
        super().__init__(optimizer, step_size=1000)
        self._log = log  # its constructor makes a step of its own

    def step(self, epoch: int | None = None) -> None:
        """One noted step."""
        if hasattr(self, "_log"):
            self._log.append("schedule")
        super().step(epoch)


def follow_script(
    weights: Sequence[torch.Tensor],
    images: Mapping[str, Sequence[torch.Tensor]],
    size: int,
    epochs: int | None,
) -> tuple[State, list[str], list[torch.Tensor]]:
    """Train with an optimizer that is told its weights: the result, the log, the gradients."""
    log: list[str] = []
    model = Linear(weights[0], log)
    optimizer = Script(model, weights[1:], log)
    loaders, sizes = _loaders(images, size, log)
    rest = {} if epochs is None else {"num_epochs": epochs}
    loss, schedule = nn.CrossEntropyLoss(), Schedule(optimizer, log)
    done = _submission().train_model(CPU, loaders, sizes, model, loss, optimizer, schedule, **rest)
    return _state(done), log, optimizer.gradients


def descend(
    start: State,
    shape: Sequence[int],
    images: Mapping[str, Sequence[torch.Tensor]],
    size: int,
    epochs: int,
    settings: Mapping[str, float],
) -> State:
    """Train `network` by stochastic gradient descent: what it has learned."""
    model = network(*shape).double()
    model.load_state_dict(start)
    optimizer = optim.SGD(model.parameters(), lr=settings["lr"], momentum=settings["momentum"])
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=settings["gamma"])
    loaders, sizes = _loaders(images, size, [])
    loss = nn.CrossEntropyLoss()
    return _state(
        _submission().train_model(CPU, loaders, sizes, model, loss, optimizer, schedule, epochs)
    )


# ---- 5b -----------------------------------------------------------------------------------


def visualize(
    weight: torch.Tensor,
    images: Sequence[torch.Tensor],
    size: int,
    names: Sequence[str],
    count: int | None,
    training: bool,
) -> tuple[int, list[str], list[str], bool]:
    """Show what a linear model says: pictures drawn, their titles, the log, the mode at the end."""
    log: list[str] = []
    model = nn.Sequential(nn.Flatten(), Linear(weight, log)).train(training)
    loaders, _ = _loaders({"train": images, "val": images}, size, log)
    rest = {} if count is None else {"num_images": count}
    with stand_ins.pictures() as (drawn, titles):
        _submission().visualize_model(CPU, loaders, model, names, **rest)
    return len(drawn), titles, log, model.training


# ---- 5c, 5d -------------------------------------------------------------------------------


def transfer(
    way: str, images: Mapping[str, Sequence[torch.Tensor]], size: int, names: Sequence[str]
) -> dict[str, Any]:
    """Run `finetune` or `freeze` on a small network in ResNet-18's place.

    The submission's `train_model` is replaced, so that its mistakes are not counted twice.
    """
    module = _submission()
    trained: list[nn.Module] = []

    def train_model(
        _device: Any, loaders: Any, _sizes: Any, model: nn.Module, criterion: Any,
        optimizer: Any, scheduler: Any, num_epochs: int = 25, **_more: Any,
    ) -> nn.Module:  # fmt: skip
        trained.append(model)
        for _ in range(num_epochs):
            model.train()
            _epoch(loaders["train"], model, criterion, optimizer)
            scheduler.step()
        return model

    module.train_model = train_model
    loaders, sizes = _loaders(images, size, [])
    returned = getattr(module, way)(CPU, loaders, sizes, list(names))
    made = stand_ins.BACKBONES
    if not made:
        raise RuntimeError(f"{way} did not call models.resnet18 of torchvision")
    kinds = [m for m in (returned, *trained[-1:]) if isinstance(m, stand_ins.Backbone)]
    model = kinds[0] if kinds else made[-1]
    with torch.no_grad():
        logits = model.eval()(images["train"][0])
    return {
        "pretrained": made[-1].pretrained,
        "before": made[-1].first,
        "after": _state(model),
        "logits": logits,
    }


def _epoch(batches: Any, model: nn.Module, criterion: Any, optimizer: Any) -> None:
    for inputs, labels in batches:
        optimizer.zero_grad()
        criterion(model(inputs), labels).backward()
        optimizer.step()


# ---- the submission -----------------------------------------------------------------------


def _submission() -> Any:
    import transfer_learning

    return transfer_learning


def _state(model: Any) -> State:
    if not isinstance(model, nn.Module):
        raise TypeError(f"the model was to be returned, but it is a {type(model).__name__}")
    return {name: value.clone() for name, value in model.state_dict().items()}
