"""Gradients of a student's function, computed where it runs. UNTRUSTED, as the guest.

Owns running a student's function under autograd. Imported by the guest only when asked, because it
imports PyTorch. Gradients come back by value; graphs never cross the wire. Loading a checkpoint is
`checkpoints`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch


def value_and_grad(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    wrt: Sequence[int],
    upstream: torch.Tensor | None,
) -> tuple[Any, tuple[torch.Tensor | None, ...], dict[str, torch.Tensor | None]]:
    """What a function returns, and gradients of it.

    Args:
        wrt: positions in `args` whose tensors become leaves.
        upstream: gradient with respect to the returned tensor; by default it must be a scalar.

    Returns:
        The value, one gradient for each of `wrt`, and those of the parameters by name when the
        function is a module or a method of one. None stands where no graph leads.
    """
    inputs = [a.detach().clone().requires_grad_() if i in wrt else a for i, a in enumerate(args)]
    owner = getattr(function, "__self__", function)
    named = dict(owner.named_parameters()) if isinstance(owner, torch.nn.Module) else {}
    leaves = [inputs[i] for i in wrt] + [p for p in named.values() if p.requires_grad]
    with torch.enable_grad():
        value = function(*inputs, **kwargs)
        found = iter(_gradients(value, leaves, upstream))
    grads = tuple(next(found) for _ in wrt)
    return value, grads, {n: next(found) if p.requires_grad else None for n, p in named.items()}


def _gradients(
    value: Any, leaves: list[torch.Tensor], upstream: torch.Tensor | None
) -> Sequence[torch.Tensor | None]:
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"a torch.Tensor was expected, but a {type(value).__name__} was returned")
    if not value.requires_grad or not leaves:
        return [None] * len(leaves)
    return torch.autograd.grad(value, leaves, upstream, allow_unused=True)
