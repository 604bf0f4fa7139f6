"""What the guest does with PyTorch for a suite: gradients and checkpoints. UNTRUSTED, as the guest.

Owns running a student's function under autograd and loading a checkpoint into a student's object.
Imported by the guest only when asked, because it imports PyTorch. Gradients come back by value;
graphs never cross the wire.
"""

import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

MAX_KEYS_TOLD = 6


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the message is for the student."""


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


def load_checkpoint(model: torch.nn.Module, path: str) -> None:
    """Load a submitted checkpoint into the student's own object.

    Accepts a `state_dict`, or a dict that holds one under "state_dict" or "model_state_dict".

    Raises:
        CheckpointError: no such file, not a checkpoint of plain tensors, or of another
            architecture.
    """
    state = _read(path)
    for key in ("state_dict", "model_state_dict"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict) or not all(map(torch.is_tensor, state.values())):
        raise CheckpointError(f"{path} does not hold a state_dict: save model.state_dict().")
    _check_fit(model, state, path)
    try:
        model.load_state_dict(state)
    except RuntimeError as exc:
        raise CheckpointError(f"{path} cannot be loaded into the model: {exc}") from exc


def _read(path: str) -> Any:
    try:
        # Only tensors and plain containers: code in a pickle is not run.
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path} was not handed in.") from None
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as exc:
        reason = str(exc).strip().splitlines()[0:1] or [type(exc).__name__]
        raise CheckpointError(
            f"{path} is not a checkpoint of plain tensors ({reason[0]}). Save it by "
            "torch.save(model.state_dict(), path)."
        ) from None


def _check_fit(model: torch.nn.Module, state: Mapping[str, torch.Tensor], path: str) -> None:
    """Say which parameters do not fit, in fewer words than PyTorch."""
    own = model.state_dict()
    complaints = [
        *_listed("lacks", [k for k in own if k not in state]),
        *_listed("has unknown", [k for k in state if k not in own]),
        *_listed(
            "has other shapes for",
            [
                f"{k} {tuple(state[k].shape)} instead of {tuple(own[k].shape)}"
                for k in own
                if k in state and state[k].shape != own[k].shape
            ],
        ),
    ]
    if complaints:
        raise CheckpointError(
            f"{path} is of another architecture than your model: it {'; it '.join(complaints)}."
        )


def _listed(verb: str, names: list[str]) -> list[str]:
    more = [f"and {len(names) - MAX_KEYS_TOLD} more"] if len(names) > MAX_KEYS_TOLD else []
    return [f"{verb} {', '.join(names[:MAX_KEYS_TOLD] + more)}"] if names else []
