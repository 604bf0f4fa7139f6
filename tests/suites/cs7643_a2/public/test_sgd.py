"""Task 1.3, SGD with momentum: the two lines of the rule, step by step."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

RATE, REG, MOMENTUM = 0.1, 0.5, 0.75
SHAPES = st.shapes(D_in=(1, 3), D_out=(1, 3))


def train(student, start, gradients, reg=0.0):
    """One linear layer after one update per gradient; `start` and each gradient are (w, b)."""
    d_in, d_out = start[0].shape
    modules = [{"type": "Linear", "in_dim": d_in, "out_dim": d_out}]
    criterion = {"type": "SoftmaxCrossEntropy"}
    net = student.module("modules.conv_classifier").ConvNet(modules, criterion)
    layer, sgd = net.modules[0], student.module("optimizer.sgd").SGD(net, RATE, reg, MOMENTUM)
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


def moved(start, gradients, reg=0.0):
    """A parameter after its steps, by the rule."""
    parameter, velocity = start, np.zeros(start.shape)
    for gradient in gradients:
        velocity = MOMENTUM * velocity - RATE * (gradient + reg * parameter)
        parameter = parameter + velocity
    return parameter


@task("1.3", facet="step", hint="In the first step v is -learning_rate * gradient: it starts at 0.")
@given(shape=SHAPES, seed=st.SEEDS)
def test_first_step_is_against_the_gradient(student, shape, seed):
    start, (dw, db) = drawn(shape, seed, 2)
    layer = train(student, start, [(dw, db)])
    close(layer.weight, moved(start[0], [dw]), name="the weight")
    close(layer.bias, moved(start[1], [db]), name="the bias")


@task("1.3", facet="momentum", hint="v <- momentum * v - learning_rate * gradient; then add v.")
@given(shape=SHAPES, seed=st.SEEDS, steps=st.integers(2, 3))
def test_parameters_move_by_their_velocity(student, shape, seed, steps):
    start, *gradients = drawn(shape, seed, steps + 1)
    layer = train(student, start, gradients)
    close(layer.weight, moved(start[0], [dw for dw, _ in gradients]), name="the weight")
    close(layer.bias, moved(start[1], [db for _, db in gradients]), name="the bias")


@task("1.3", facet="regularisation", hint="reg * weight is part of the gradient; biases have none.")
@given(shape=SHAPES, seed=st.SEEDS)
def test_penalty_pulls_on_weights_alone(student, shape, seed):
    start, (dw, db) = drawn(shape, seed, 2)
    layer = train(student, start, [(dw, db)], REG)
    close(layer.weight, moved(start[0], [dw], REG), name="the weight")
    close(layer.bias, moved(start[1], [db]), name="the bias")
