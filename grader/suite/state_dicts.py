"""What the entries of a model's `state_dict` are, whatever names the student chose.

Owns telling kernels, biases and batch norm's figures apart by number of axes and neighbours. With
it a suite gives equal values to entries of equal kind and shape, and so knows the whole network
without knowing one name or the order of the layers.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from grader.suite import operands

Kind = Literal["kernel", "bias", "scale", "shift", "mean", "variance", "count"]
_OF_A_NORM: dict[str, Kind] = {
    "weight": "scale",
    "bias": "shift",
    "running_mean": "mean",
    "running_var": "variance",
}


def kind(name: str, state: Mapping[str, Any]) -> Kind:
    """What an entry is.

    Args:
        state: tensors by name, such as "down.0.weight"; those of one layer share all but the
            last part of their names.

    Returns:
        "kernel" for tensors of two axes or more, "bias" for a vector beside a kernel; of a norm
        "scale", "shift", "mean" (running), "variance" (running); "count" for what is no
        floating-point number, such as the number of batches seen.

    Raises:
        AssertionError: none of these, in words for the student.
    """
    layer, _, last = name.rpartition(".")
    if not state[name].is_floating_point():
        return "count"
    if state[name].ndim >= 2:
        return "kernel"
    if any(n.rpartition(".")[0] == layer and t.ndim >= 2 for n, t in state.items()):
        return "bias"
    if last not in _OF_A_NORM:
        raise AssertionError(
            f"the model has a parameter {name} of shape {tuple(state[name].shape)}, which belongs "
            "to no layer that is asked for; use PyTorch's layers."
        )
    return _OF_A_NORM[last]


def sized(model: Any, *inputs: Any) -> Mapping[str, Any]:
    """The `state_dict` of a student's model, with nothing in it that has no size yet.

    Lazy layers (`nn.LazyLinear`) learn their sizes from the first batch; other models run none.

    Args:
        inputs: a batch, as the model takes it.
    """
    state: Mapping[str, Any] = model.state_dict()
    if not all(map(operands.is_tensor, state.values())):
        model(*inputs)
        state = model.state_dict()
    return state


def filled(
    state: Mapping[str, Any], value: Callable[[Kind, tuple[int, ...]], Any]
) -> dict[str, Any]:
    """A `state_dict` of the same names with other values; counts stay.

    Args:
        value: tensor of a kind and a shape.
    """
    kinds = {name: kind(name, state) for name in state}
    return {
        name: tensor if kinds[name] == "count" else value(kinds[name], tuple(tensor.shape))
        for name, tensor in state.items()
    }
