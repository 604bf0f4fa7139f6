"""Tasks 2.2a to 2.2c against PyTorch: gradients, other sizes, single images."""

import pytest
import torch
from torch.nn import functional

from grader.suite import close, layers, task
from grader.suite import strategies as st

SIZES = 30, 7, 4  # inputs, hidden units, classes


def tensor(shape, seed):
    """Numbers in single precision."""
    return torch.from_numpy(st.fill(shape, seed, dtype="float32"))


def two_layers(student):
    """The model with known parameters, and these by name."""
    model = student.module("models.twolayer").TwoLayerNet(*SIZES)
    return model, loaded(model, torch.zeros(2, SIZES[0]), 3)


def vanilla(student):
    """The model with known parameters, and these by name."""
    model = student.module("models.cnn").VanillaCNN()
    return model, loaded(model, torch.zeros(2, 3, 32, 32), 4)


def loaded(model, x, seed):
    """Known numbers, put into all parameters; by name, and ready for autograd."""
    old = layers.sized(model, x)
    state = {n: 0.1 * tensor(tuple(p.shape), seed + i) for i, (n, p) in enumerate(old.items())}
    model.load_state_dict(state)
    return {name: p.clone().requires_grad_() for name, p in state.items()}


def pick(state, *shape):
    """The parameter of this shape, turned round where the submission keeps it so."""
    for parameter in state.values():
        if tuple(parameter.shape) == shape:
            return parameter
    for parameter in state.values():
        if tuple(parameter.shape) == shape[::-1]:
            return parameter.T
    raise AssertionError(f"No parameter has the shape {shape}.")


def two_layers_of(state, x):
    """The definition."""
    d, hidden, classes = SIZES
    inside = torch.sigmoid(
        functional.linear(x.flatten(1), pick(state, hidden, d), pick(state, hidden))
    )
    return functional.linear(inside, pick(state, classes, hidden), pick(state, classes))


def vanilla_of(state, x):
    """The definition."""
    maps = torch.relu(functional.conv2d(x, pick(state, 32, 3, 7, 7), pick(state, 32)))
    flat = functional.max_pool2d(maps, 2).flatten(1)
    return functional.linear(flat, pick(state, 10, 5408), pick(state, 10))


@task(
    "2.2a",
    cases="shapes",
    facet="images",
    hint="Images come as (N, C, H, W); flatten all but the first dimension, in order.",
)
@pytest.mark.parametrize("shape", [(3, 3, 2, 5), (1, 2, 5, 3)])
def test_two_layers_flatten_images(student, shape):
    model, state = two_layers(student)
    x = tensor(shape, 8)
    close(model(x), two_layers_of(state, x).detach(), name="the scores")


@task(
    "2.2a",
    facet="gradients",
    hint="Everything must be done by PyTorch's operations, or no gradient comes back.",
)
def test_two_layers_have_gradients_of_autograd(student):
    model, state = two_layers(student)
    x, upstream = tensor((4, 30), 9), tensor((4, 4), 10)
    compare_gradients(student, model, state, x, upstream, two_layers_of)


@task("2.2a", facet="state", hint="Make parameters in the constructor: each model has its own.")
def test_two_models_share_no_parameters(student):
    first, state = two_layers(student)
    second, _ = two_layers(student)
    second.load_state_dict({name: torch.zeros_like(p) for name, p in state.items()})
    x = tensor((2, 30), 11)
    close(first(x), two_layers_of(state, x).detach(), name="the scores of the first model")


@task(
    "2.2b",
    facet="shapes",
    hint="One image is a batch of its own: never drop the batch dimension.",
)
def test_vanilla_cnn_takes_one_image(student):
    model, state = vanilla(student)
    x = tensor((1, 3, 32, 32), 12)
    close(model(x), vanilla_of(state, x).detach(), name="the scores")


@task(
    "2.2b",
    facet="scores",
    hint="After convolution and pooling, flatten channels first: 32 x 13 x 13 -> 5408.",
)
def test_vanilla_cnn_matches_pytorch(student):
    model, state = vanilla(student)
    x = tensor((4, 3, 32, 32), 13)
    close(model(x), vanilla_of(state, x).detach(), name="the scores")


@task(
    "2.2b",
    facet="gradients",
    hint="Everything must be done by PyTorch's operations, or no gradient comes back.",
)
def test_vanilla_cnn_has_gradients_of_autograd(student):
    model, state = vanilla(student)
    x, upstream = tensor((2, 3, 32, 32), 14), tensor((2, 10), 15)
    compare_gradients(student, model, state, x, upstream, vanilla_of)


def compare_gradients(student, model, state, x, upstream, definition):
    """Gradients of sum(scores * upstream) with respect to every parameter."""
    got = student.value_and_grad(model, x, upstream=upstream).parameters
    wanted = torch.autograd.grad((definition(state, x) * upstream).sum(), list(state.values()))
    for name, gradient in zip(state, wanted, strict=True):
        assert got.get(name) is not None, f"No gradient reaches {name}."
        close(got[name], gradient, name=f"the gradient of {name}", rtol=1e-3)


@task("2.2c", facet="scores", hint="After eval(), one image is an ordinary batch.")
def test_my_model_takes_one_image(student):
    model = student.module("models.my_model").MyModel()
    model.eval()
    scores = model(tensor((1, 3, 32, 32), 16))
    assert torch.is_tensor(scores), "MyModel returned no tensor."
    assert scores.shape == (1, 10), f"The scores have shape {tuple(scores.shape)}, not (1, 10)."


@task(
    "2.2c",
    facet="evaluation",
    hint="After eval(): no dropout, and batch norm by its running statistics.",
)
def test_my_model_scores_an_image_alike_alone_and_in_a_batch(student):
    model = student.module("models.my_model").MyModel()
    model.eval()
    x = tensor((5, 3, 32, 32), 17)
    together, alone = model(x), [model(x[i : i + 1]) for i in (0, 3)]
    assert torch.is_tensor(together), "MyModel returned no tensor."
    assert together.shape == (5, 10), f"The scores have shape {tuple(together.shape)}, not (5, 10)."
    close(torch.cat(alone), together[[0, 3]], name="scores of images alone", rtol=1e-3, atol=1e-4)


@task(
    "2.2c",
    facet="gradients",
    hint="Gradients must find their way from the scores back to image and parameters.",
)
def test_my_model_can_be_trained(student):
    model = student.module("models.my_model").MyModel()
    x, upstream = tensor((6, 3, 32, 32), 18), tensor((6, 10), 19)
    # Of a model of 100 MB the gradients stay with it: only where there are any comes back.
    images, parameters = student.stage.gradients_flow(model, x, upstream)
    assert images, "The scores do not depend on the images, or no gradient reaches these."
    assert parameters, "No gradient reaches any parameter."
