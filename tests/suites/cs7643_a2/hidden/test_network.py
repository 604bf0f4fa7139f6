"""Task 1.2, ConvNet, against the same network in PyTorch.

Most networks here have linear layers and rectifiers only, so that a mistake in the convolution or
the pooling costs points once.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, task
from grader.suite import strategies as st

CRITERION = {"type": "SoftmaxCrossEntropy"}
# One of the steps may be computed in float32: `close` cannot tell by the values.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}
DEEP = [
    {"type": "Linear", "in_dim": 12, "out_dim": 7},
    {"type": "ReLU"},
    {"type": "Linear", "in_dim": 7, "out_dim": 7},
    {"type": "ReLU"},
    {"type": "Linear", "in_dim": 7, "out_dim": 4},
]
DEEP_SHAPE = (5, 3, 2, 2)
CONVOLUTIONAL = [
    {
        "type": "Conv2D",
        "in_channels": 2,
        "out_channels": 3,
        "kernel_size": 3,
        "stride": 1,
        "padding": 1,
    },
    {"type": "ReLU"},
    {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
    {"type": "Linear", "in_dim": 3 * 3 * 4, "out_dim": 5},
]
CONVOLUTIONAL_SHAPE = (4, 2, 7, 8)


def parameters(modules, seed=0):
    """For every layer with parameters: its place, and arrays of weight and bias."""
    found = {}
    for place, module in enumerate(modules):
        if module["type"] == "Linear":
            shape = module["in_dim"], module["out_dim"]
            found[place] = st.fill(shape, seed + place), st.fill(shape[1:], seed + place + 50)
        elif module["type"] == "Conv2D":
            f, k = module["out_channels"], module["kernel_size"]
            shape = f, module["in_channels"], k, k
            found[place] = st.fill(shape, seed + place), st.fill((f,), seed + place + 50)
    return found


def network(student, modules, values):
    """The submission's network with these parameters."""
    net = student.module("modules.conv_classifier").ConvNet(modules, CRITERION)
    for place, (weight, bias) in values.items():
        net.modules[place].weight, net.modules[place].bias = weight, bias
    return net


def oracle(modules, values, x, y):
    """Probabilities, loss, and the gradients: of x, and by place of (weight, bias)."""
    leaves = {place: [torch.tensor(a) for a in pair] for place, pair in values.items()}
    image = torch.tensor(x)
    for leaf in (image, *(leaf for pair in leaves.values() for leaf in pair)):
        leaf.requires_grad_()
    here = image
    for place, module in enumerate(modules):
        here = step(module, leaves.get(place), here)
    loss = functional.cross_entropy(here, torch.tensor(y))
    loss.backward()
    gradients = {place: [leaf.grad.numpy() for leaf in pair] for place, pair in leaves.items()}
    probs = torch.softmax(here, dim=1).detach().numpy()
    return probs, loss.item(), image.grad.numpy(), gradients


def step(module, leaves, x):
    """One layer in PyTorch."""
    if module["type"] == "ReLU":
        return torch.relu(x)
    if module["type"] == "MaxPooling":
        return functional.max_pool2d(x, module["kernel_size"], module["stride"])
    if module["type"] == "Conv2D":
        return functional.conv2d(x, *leaves, padding=module["padding"])
    return functional.linear(x.flatten(1), leaves[0].T, leaves[1])


def batch(shape, classes, seed=0):
    """Images and labels; not every class has as many samples."""
    return st.fill(shape, seed), np.random.default_rng(seed).integers(0, classes, shape[0])


@task(
    "1.2",
    facet="forward",
    hint="Every layer of the list is called, in order, also the same type again.",
)
def test_probabilities_of_deep_network_match_pytorch(student):
    (x, y), values = batch(DEEP_SHAPE, 4), parameters(DEEP)
    probs, _ = network(student, DEEP, values).forward(x, y)
    close(probs, oracle(DEEP, values, x, y)[0], name="the probabilities", **TOLERANCES)


@task(
    "1.2",
    cases="gradients",
    facet="backward",
    hint="From the last layer to the first; each gets dx of the one behind it.",
)
@pytest.mark.parametrize(("place", "kind"), [(0, "weight"), (2, "bias")])
def test_gradients_of_deep_network_match_autograd(student, place, kind):
    (x, y), values = batch(DEEP_SHAPE, 4), parameters(DEEP)
    net = network(student, DEEP, values)
    net.forward(x, y)
    net.backward()
    layer, (dw, db) = net.modules[place], oracle(DEEP, values, x, y)[3][place]
    got, expected = (layer.dw, dw) if kind == "weight" else (layer.db, db)
    close(got, expected, name=f"gradient of the {kind} of layer {place}", **TOLERANCES)


@task(
    "1.2",
    facet="convolution",
    hint="Convolution, rectifier, pooling, linear layer: passes of all four must fit.",
)
def test_convolutional_network_matches_autograd(student):
    (x, y), values = batch(CONVOLUTIONAL_SHAPE, 5), parameters(CONVOLUTIONAL)
    net = network(student, CONVOLUTIONAL, values)
    net.forward(x, y)
    net.backward()
    expected = oracle(CONVOLUTIONAL, values, x, y)[2]
    close(net.modules[0].dx, expected, name="dx of the first layer", **TOLERANCES)


@task("1.2", facet="state", hint="backward computes gradients; it moves no parameter.")
def test_backward_moves_no_parameter(student):
    (x, y), values = batch(DEEP_SHAPE, 4), parameters(DEEP)
    net = network(student, DEEP, values)
    net.forward(x, y)
    net.backward()
    # Who does nothing moves nothing.
    close(
        net.modules[2].db, oracle(DEEP, values, x, y)[3][2][1], name="db of layer 2", **TOLERANCES
    )
    close(net.modules[2].weight, values[2][0], name="the weight after backward", exact=True)


@task(
    "1.2",
    facet="state",
    hint="A network may be used again and again: nothing of an older batch may stay.",
)
def test_second_batch_is_independent_of_the_first(student):
    values = parameters(DEEP)
    net = network(student, DEEP, values)
    batches = batch(DEEP_SHAPE, 4), batch((3, *DEEP_SHAPE[1:]), 4, seed=9)
    for x, y in batches:
        net.forward(x, y)
        net.backward()
    expected = oracle(DEEP, values, *batches[1])[2]
    close(net.modules[0].dx, expected, name="dx of the second batch", **TOLERANCES)
