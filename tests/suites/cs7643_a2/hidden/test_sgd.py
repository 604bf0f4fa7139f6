"""Task 1.3, SGD, against PyTorch's momentum, with weight decay on weights only.

Gradients are set by the test, so that no layer's own passes matter here.
"""

import torch

from grader.suite import close, task
from grader.suite import strategies as st

CRITERION = {"type": "SoftmaxCrossEntropy"}
# Two layers of one shape, a convolution, and layers without parameters between them.
MODULES = [
    {"type": "Conv2D", "in_channels": 2, "out_channels": 3, "kernel_size": 2},
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


@task("1.3", weight=2, hint="v <- momentum * v - learning_rate * gradient; weight <- weight + v.")
def test_kernels_follow_pytorch(student):
    close(trained(student, **NUMBERS).modules[0].weight, oracle()[0][0], name="the kernels")


@task("1.3", hint="Biases have momentum, too, and no regularisation.")
def test_biases_follow_pytorch(student):
    close(trained(student, **NUMBERS).modules[0].bias, oracle()[0][1], name="the bias")


@task("1.3", hint="One velocity per layer: layers of equal shape must not share theirs.")
def test_layers_of_equal_shape_have_their_own_velocities(student):
    net, expected = trained(student, **NUMBERS), oracle()
    for place in (3, 5):
        close(net.modules[place].weight, expected[place][0], name=f"the weight of layer {place}")


@task("1.3", hint="Keep velocities in the object, not in its class or module.")
def test_two_optimizers_share_nothing(student):
    trained(student, **NUMBERS)
    net = trained(student, steps=2, **NUMBERS)
    close(net.modules[0].weight, oracle(steps=2)[0][0], name="the kernels of the second network")
