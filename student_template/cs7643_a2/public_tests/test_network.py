"""Task 1.2, ConvNet: a linear classifier, and one with a rectifier in front, by hand."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

CRITERION = {"type": "SoftmaxCrossEntropy"}
# One of the steps may be computed in float32: `close` cannot tell by the values.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}


@st.composite
def cases(draw):
    """x (N, D), w (D, classes), b (classes,), dout (N, classes), with at least two classes."""
    n, d, classes = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(2, 4))
    seed = draw(st.SEEDS)
    shapes = (n, d), (d, classes), (classes,), (n, classes)
    return st.LinearCase(*(st.fill(shape, seed + i) for i, shape in enumerate(shapes)))


def labels_of(case):
    """Right classes, one per sample."""
    return np.arange(len(case.x)) % case.w.shape[1]


def network(student, case):
    """ReLU, then one linear layer with the case's parameters."""
    modules = [
        {"type": "ReLU"},
        {"type": "Linear", "in_dim": case.w.shape[0], "out_dim": case.w.shape[1]},
    ]
    net = student.module("modules.conv_classifier").ConvNet(modules, CRITERION)
    net.modules[1].weight, net.modules[1].bias = case.w, case.b
    return net


def probabilities(case):
    """Softmax of the scores of the rectified input."""
    powers = np.exp(np.where(case.x > 0, case.x, 0.0) @ case.w + case.b)
    return powers / powers.sum(axis=1, keepdims=True)


@task(
    "1.2",
    facet="forward",
    hint="The output of one layer is the input of the next; the criterion comes last.",
)
@given(case=cases())
def test_probabilities_are_softmax_of_last_layer(student, case):
    probs, _ = network(student, case).forward(case.x, labels_of(case))
    close(probs, probabilities(case), name="the probabilities", **TOLERANCES)


@task("1.2", facet="loss", hint="The second result is the criterion's mean loss, one number.")
@given(case=cases())
def test_loss_is_mean_of_negative_log_probabilities(student, case):
    y = labels_of(case)
    _, loss = network(student, case).forward(case.x, y)
    right = probabilities(case)[np.arange(len(y)), y]
    close(loss, -np.log(right).mean(), name="the loss", **TOLERANCES)


@task(
    "1.2",
    facet="backward",
    hint="Start with the criterion's dx; give every layer the dx of the layer behind it.",
)
@given(case=cases())
def test_gradient_reaches_first_layer(student, case):
    y, net = labels_of(case), network(student, case)
    net.forward(case.x, y)
    net.backward()
    scores = probabilities(case)
    scores[np.arange(len(y)), y] -= 1
    expected = np.where(case.x > 0, (scores / len(y)) @ case.w.T, 0.0)
    close(net.modules[0].dx, expected, name="dx of the first layer", **TOLERANCES)
