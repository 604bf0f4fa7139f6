"""Entries of a `state_dict` told apart without their names."""

import pytest

from grader.suite import state_dicts

torch = pytest.importorskip("torch", reason="the models are PyTorch's")
nn = torch.nn


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(3))


class Crossed:
    """A model as a suite has it: what has no size yet stays with the student."""

    def __init__(self, model):
        self.model, self.calls = model, 0

    def state_dict(self):
        kept = self.model.state_dict()
        return {n: object() if nn.parameter.is_lazy(p) else p for n, p in kept.items()}

    def __call__(self, x):
        self.calls += 1
        return self.model(x)


def test_lazy_layers_have_their_sizes_after_one_batch():
    model = Crossed(nn.Sequential(nn.LazyConv2d(2, 3), nn.LazyBatchNorm2d()))
    state = state_dicts.sized(model, torch.zeros(2, 1, 4, 4))
    assert state["0.weight"].shape == (2, 1, 3, 3)
    assert state["1.running_mean"].shape == (2,)


def test_model_whose_sizes_are_known_is_not_run():
    model = Crossed(nn.Linear(3, 2))
    assert state_dicts.sized(model)["weight"].shape == (2, 3)
    assert model.calls == 0


def kinds(model):
    state = model.state_dict()
    return [state_dicts.kind(name, state) for name in state]


def test_convolutions_and_linear_layers_have_kernels_and_biases():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ConvTranspose2d(2, 1, 3), nn.Linear(4, 5))
    assert kinds(model) == ["kernel", "bias"] * 3


def test_batch_norm_has_scale_shift_mean_variance_and_count():
    expected = ["scale", "shift", "mean", "variance", "count"]
    assert kinds(nn.Sequential(nn.BatchNorm2d(2), nn.ReLU())) == expected


def test_parameter_of_no_known_layer_is_named():
    with pytest.raises(AssertionError, match=r"gain of shape \(3,\)"):
        kinds(Odd())


def test_filled_state_gives_equal_values_to_equal_kinds_and_shapes_and_keeps_counts():
    model = nn.Sequential(nn.Conv2d(2, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3))
    numbers = {"kernel": 1.0, "bias": 2.0, "scale": 3.0, "shift": 4.0, "mean": 5.0, "variance": 6.0}
    state = state_dicts.filled(
        model.state_dict(), lambda kind, shape: torch.full(shape, numbers[kind])
    )
    model.load_state_dict(state)
    assert torch.equal(state["0.weight"], state["2.weight"])
    assert state["1.running_var"].tolist() == [6.0, 6.0]
    assert state["1.num_batches_tracked"] == 0
