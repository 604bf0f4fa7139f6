"""Tasks 2.2a to 2.2c, the models: parameters, shapes, and scores by hand."""

import numpy as np
import torch

from grader.suite import close, given, layers, task
from grader.suite import strategies as st

IMAGES = torch.zeros(2, 3, 32, 32)


def loaded(model, x, seed):
    """The model's parameters after putting known numbers into all of them."""
    state = {
        name: torch.from_numpy(st.fill(tuple(old.shape), seed + i, dtype="float32")) * 0.2
        for i, (name, old) in enumerate(layers.sized(model, x).items())
    }
    model.load_state_dict(state)
    return list(state.values())


def the_one(parameters, *shape):
    """The only parameter of a shape, or of the reverse shape turned round."""
    found = [p for p in parameters if tuple(p.shape) == shape]
    found += [p.T for p in parameters if len(shape) == 2 and tuple(p.shape) == shape[::-1]]
    shapes = [tuple(p.shape) for p in parameters]
    assert len(found) == 1, (
        f"The parameters have shapes {shapes}; exactly one of {shape} is asked for."
    )
    return found[0].numpy().astype(np.float64)


def count(model, x):
    """Numbers in all parameters."""
    return sum(p.numel() for p in layers.sized(model, x).values())


@task(
    "2.2a",
    facet="parameters",
    hint="Two linear layers, each with a bias: D * hidden + hidden + hidden * C + C.",
)
def test_two_layers_have_789258_parameters(student):
    model = student.module("models.twolayer").TwoLayerNet(3072, 256, 10)
    found = count(model, IMAGES.flatten(1))
    assert found == 789_258, f"TwoLayerNet(3072, 256, 10) has {found} parameters, not 789258."


@task("2.2a", facet="scores", hint="Linear, sigmoid, linear; no softmax behind it.")
@given(
    n=st.integers(1, 3),
    sizes=st.sampled_from([(4, 3, 2), (3, 5, 2), (6, 2, 4)]),
    seed=st.integers(0, 999),
)
def test_two_layers_match_definition(student, n, sizes, seed):
    d, hidden, classes = sizes
    model = student.module("models.twolayer").TwoLayerNet(*sizes)
    x = st.fill((n, d), seed + 9, dtype="float32")
    parameters = loaded(model, torch.from_numpy(x), seed)
    w1, b1 = the_one(parameters, hidden, d), the_one(parameters, hidden)
    w2, b2 = the_one(parameters, classes, hidden), the_one(parameters, classes)
    expected = 1 / (1 + np.exp(-(x @ w1.T + b1))) @ w2.T + b2
    close(model(torch.from_numpy(x)), torch.from_numpy(expected), name="the scores")


@task(
    "2.2b",
    facet="parameters",
    hint="A convolution of 3 * 32 * 7 * 7 + 32 and a linear layer of 5408 * 10 + 10.",
)
def test_vanilla_cnn_has_58826_parameters(student):
    found = count(student.module("models.cnn").VanillaCNN(), IMAGES)
    assert found == 58_826, f"VanillaCNN() has {found} parameters, not 58826."


@task(
    "2.2b",
    facet="scores",
    hint="Convolution, ReLU, max-pooling, then flatten for the linear layer.",
)
def test_vanilla_cnn_matches_definition(student):
    model = student.module("models.cnn").VanillaCNN()
    parameters, x = loaded(model, IMAGES, 5), st.fill((2, 3, 32, 32), 3, dtype="float32")
    kernels, shifts = the_one(parameters, 32, 3, 7, 7), the_one(parameters, 32)
    windows = np.lib.stride_tricks.sliding_window_view(x, (7, 7), axis=(2, 3))
    maps = np.tensordot(windows, kernels, axes=((1, 4, 5), (1, 2, 3))) + shifts  # (N, 26, 26, 32)
    maps = np.maximum(maps, 0).reshape(2, 13, 2, 13, 2, 32).max(axis=(2, 4)).transpose(0, 3, 1, 2)
    expected = maps.reshape(2, -1) @ the_one(parameters, 10, 5408).T + the_one(parameters, 10)
    close(model(torch.from_numpy(x)), torch.from_numpy(expected), name="the scores")


@task("2.2c", facet="scores", hint="One score per image and class: (N, 10), floating point.")
def test_my_model_gives_ten_scores_per_image(student):
    model = student.module("models.my_model").MyModel()
    scores = model(torch.from_numpy(st.fill((3, 3, 32, 32), 1, dtype="float32")))
    assert torch.is_tensor(scores), "MyModel returned no tensor."
    assert scores.shape == (3, 10), f"The scores have shape {tuple(scores.shape)}, not (3, 10)."
    assert scores.dtype.is_floating_point, f"The scores are of {scores.dtype}."
    assert torch.isfinite(scores).all(), "Some scores are infinite or NaN."
