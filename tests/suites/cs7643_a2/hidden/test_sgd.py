"""Task 1.3, SGD, against PyTorch's momentum, with weight decay on weights only.

Gradients are set by the test, so that no layer's own passes matter here.
"""

import pytest
import torch

from grader.suite import close, task
from grader.suite import strategies as st

CRITERION = {"type": "SoftmaxCrossEntropy"}
# Two layers of one shape, a convolution, and layers without parameters between them.
MODULES = [
    {
        "type": "Conv2D",
        "in_channels": 2,
        "out_channels": 3,
        "kernel_size": 2,
        "stride": 1,
        "padding": 0,
    },
    {"type": "ReLU"},
    {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
    {"type": "Linear", "in_dim": 4, "out_dim": 4},
    {"type": "ReLU"},
    {"type": "Linear", "in_dim": 4, "out_dim": 4},
]
SHAPES = {0: ((3, 2, 2, 2), (3,)), 3: ((4, 4), (4,)), 5: ((4, 4), (4,))}
NUMBERS = {"learning_rate": 0.2, "reg": 0.3, "momentum": 0.8}
STEPS = 4


def arrays(seed):
    """Arrays for weight and bias of every layer, by place."""
    return {
        place: tuple(st.fill(shape, seed + place + 20 * i) for i, shape in enumerate(pair))
        for place, pair in SHAPES.items()
    }


def network(student):
    """The submission's network with parameters of seed 0."""
    net = student.module("modules.conv_classifier").ConvNet(MODULES, CRITERION)
    for place, (weight, bias) in arrays(0).items():
        net.modules[place].weight, net.modules[place].bias = weight, bias
    return net


def update(net, sgd, seed):
    """One update with gradients of this seed."""
    for place, (dw, db) in arrays(seed).items():
        net.modules[place].dw, net.modules[place].db = dw, db
    sgd.update(net)


def oracle(steps=STEPS, learning_rate=0.2, reg=0.3, momentum=0.8):
    """Parameters by place after updates with the gradients of seeds 1, 2, ..."""
    leaves = {place: [torch.tensor(a) for a in pair] for place, pair in arrays(0).items()}
    groups = [
        {"params": [pair[0] for pair in leaves.values()], "weight_decay": reg},
        {"params": [pair[1] for pair in leaves.values()], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.SGD(groups, lr=learning_rate, momentum=momentum)
    for seed in range(1, steps + 1):
        for place, pair in arrays(seed).items():
            for leaf, gradient in zip(leaves[place], pair, strict=True):
                leaf.grad = torch.tensor(gradient)
        optimizer.step()
    return {place: [leaf.numpy() for leaf in pair] for place, pair in leaves.items()}


def trained(student, steps=STEPS, **numbers):
    """The submission's network after as many updates."""
    net = network(student)
    sgd = student.module("optimizer.sgd").SGD(net, **numbers)
    for seed in range(1, steps + 1):
        update(net, sgd, seed)
    return net


PLAIN = NUMBERS | {"reg": 0.0}


@task("1.3", facet="momentum", hint="v <- momentum * v - learning_rate * gradient; then add v.")
@pytest.mark.parametrize(("kind", "place"), [("weight", 0), ("bias", 0), ("weight", 5)])
def test_parameters_follow_pytorch(student, kind, place):
    expected = oracle(reg=0.0)[place][0 if kind == "weight" else 1]
    close(getattr(trained(student, **PLAIN).modules[place], kind), expected, name=f"the {kind}")


@task("1.3", facet="regularisation", hint="reg * weight belongs to the gradient of weights alone.")
@pytest.mark.parametrize("kind", ["weight", "bias"])
def test_regularised_parameters_follow_pytorch(student, kind):
    expected = oracle()[0][0 if kind == "weight" else 1]
    close(getattr(trained(student, **NUMBERS).modules[0], kind), expected, name=f"the {kind}")


@task("1.3", facet="layers", hint="One velocity per layer: layers of equal shape have their own.")
def test_layers_of_equal_shape_have_their_own_velocities(student):
    net, expected = trained(student, **PLAIN), oracle(reg=0.0)
    for place in (3, 5):
        close(net.modules[place].weight, expected[place][0], name=f"the weight of layer {place}")


@task("1.3", facet="state", hint="Keep velocities in the object, not in its class or module.")
def test_two_optimizers_share_nothing(student):
    trained(student, **PLAIN)
    net = trained(student, steps=2, **PLAIN)
    close(net.modules[0].weight, oracle(2, reg=0.0)[0][0], name="the kernels of the second network")
