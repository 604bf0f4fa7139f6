"""Task 1.3, SGD with momentum: the two lines of the rule, step by step."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

RATE, REG, MOMENTUM = 0.1, 0.5, 0.75
NUMBERS = {"learning_rate": RATE, "reg": REG, "momentum": MOMENTUM}
SHAPES = st.shapes(D_in=(1, 3), D_out=(1, 3))


def train(student, start, gradients):
    """One linear layer after one update per gradient; `start` and each gradient are (w, b)."""
    d_in, d_out = start[0].shape
    modules = [{"type": "Linear", "in_dim": d_in, "out_dim": d_out}]
    criterion = {"type": "SoftmaxCrossEntropy"}
    net = student.module("modules.conv_classifier").ConvNet(modules, criterion)
    layer, sgd = net.modules[0], student.module("optimizer.sgd").SGD(net, **NUMBERS)
    layer.weight, layer.bias = start
    for dw, db in gradients:
        layer.dw, layer.db = dw, db
        sgd.update(net)
    return layer


def drawn(shape, seed, count):
    """Pairs of arrays of the shapes of weight and bias."""
    return [
        (st.fill(shape, seed + 2 * i), st.fill(shape[1:], seed + 2 * i + 1)) for i in range(count)
    ]


@task("1.3", hint="The penalty's gradient reg * weight is part of the velocity; v starts at 0.")
@given(shape=SHAPES, seed=st.SEEDS, steps=st.integers(1, 3))
def test_weight_moves_by_its_velocity(student, shape, seed, steps):
    start, *gradients = drawn(shape, seed, steps + 1)
    weight, velocity = start[0], np.zeros(shape)
    for dw, _ in gradients:
        velocity = MOMENTUM * velocity - RATE * (dw + REG * weight)
        weight = weight + velocity
    close(train(student, start, gradients).weight, weight, name="the weight")


@task("1.3", hint="A bias has a velocity of its own, and no penalty.")
@given(shape=SHAPES, seed=st.SEEDS, steps=st.integers(1, 3))
def test_bias_moves_by_its_velocity(student, shape, seed, steps):
    start, *gradients = drawn(shape, seed, steps + 1)
    bias, velocity = start[1], np.zeros(shape[1:])
    for _, db in gradients:
        velocity = MOMENTUM * velocity - RATE * db
        bias = bias + velocity
    close(train(student, start, gradients).bias, bias, name="the bias")
