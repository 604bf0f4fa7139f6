"""What the tests of part 2 need beside the submission: small models, losses, optimizers, steps.

Sets the stage only. Every verdict rests on numbers that the tests compare on their side.
"""

from typing import Any

import torch
from torch import nn


class Counting(nn.Module):
    """A linear layer that counts its calls, and drops inputs in training if told so."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        self.linear = nn.Linear(weight.shape[1], weight.shape[0])
        self.linear.weight.data, self.linear.bias.data = weight.clone(), bias.clone()
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, D) -> (N, classes)."""
        self.calls += 1
        return self.linear(x)


def solver(
    weight: torch.Tensor,
    bias: torch.Tensor,
    *,
    training: bool,
    class_weight: torch.Tensor | None = None,
    optimizer: str = "SGD",
    numbers: dict[str, float] | None = None,
) -> Any:
    """The submission's Solver around a linear model, without its constructor, which wants data."""
    from solver import Solver

    made = Solver.__new__(Solver)
    made.model = Counting(weight, bias)
    made.model.train(training)
    made.criterion = nn.CrossEntropyLoss(weight=class_weight)
    kind = getattr(torch.optim, optimizer)
    made.optimizer = kind(made.model.parameters(), **(numbers or {"lr": 0.5}))
    return made


def step(made: Any, data: torch.Tensor, target: torch.Tensor) -> Any:
    """One step of the submission."""
    return made._compute_loss_update_params(data, target)


def has_graph(made: Any, data: torch.Tensor, target: torch.Tensor) -> list[bool]:
    """Whether output and loss of a step hang on a graph."""
    found = made._compute_loss_update_params(data, target)
    return [bool(getattr(value, "requires_grad", False)) for value in found]


def parameters(made: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of the solver's model."""
    return made.model.linear.weight.detach().clone(), made.model.linear.bias.detach().clone()


def put_gradients(made: Any, value: float) -> None:
    """Gradients as an earlier step would leave them."""
    for parameter in made.model.parameters():
        parameter.grad = torch.full_like(parameter, value)


def gradients_flow(model: nn.Module, x: torch.Tensor, upstream: torch.Tensor) -> tuple[bool, bool]:
    """Whether gradients of sum(scores * upstream) reach the images, and any parameter."""
    x = x.clone().requires_grad_()
    (model(x) * upstream).sum().backward()
    parameters = [parameter.grad for parameter in model.parameters()]
    return _flows(x.grad), any(map(_flows, parameters))


def _flows(gradient: torch.Tensor | None) -> bool:
    return gradient is not None and bool(gradient.any())
