"""Problems 2 to 4: the written answers, with other sizes, at the edges, and as numbers."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from grader.suite import close, given, task
from grader.suite import strategies as st

FIGURE = tomllib.loads((Path(__file__).parents[1] / "given" / "figure1.toml").read_text())


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


@task("2.2-answers", hint="One number per output: what the layer gave less what it should give.")
def test_softmax_delta_of_an_example(student):
    a, y = np.array([0.2, 0.5, 0.3]), np.array([0.0, 0.0, 1.0])
    close(student.answers.softmax_delta(a, y), np.array([0.2, 0.5, -0.7]), name="delta")


@task("2.3-answers", hint="Leave the arrays that you were given alone: `delta = a - y`, not `-=`.")
def test_linear_backprop_leaves_its_arguments_alone(student):
    arrays = [st.fill((3,), 1), st.fill((2,), 2), st.fill((2, 3), 3), st.fill((2,), 4)]
    x, y, w, b = remote = [student.put(array) for array in arrays]
    found = student.answers.linear_backprop(x, y, [w], [b])
    delta = arrays[2] @ arrays[0] + arrays[3] - arrays[1]
    close(found[0][1], delta, name="dC/db")  # who does nothing changes nothing
    for name, before, after in zip("xywb", arrays, remote, strict=True):
        close(after.value(), before, name=name, exact=True)


@task("2.3-answers", weight=2, hint="Without sigma' = 1 in the way, delta goes back by w.T alone.")
@given(sizes=st.shapes(a=(1, 4), b=(1, 4), c=(1, 4), d=(1, 4)), seed=st.integers(0, 999))
def test_linear_backprop_of_three_layers(student, sizes, seed):
    shapes = [(m, n) for n, m in itertools.pairwise(sizes)]
    weights = [st.fill(shape, seed + i) for i, shape in enumerate(shapes)]
    biases = [st.fill(shape[:1], seed - i - 1 + 1000) for i, shape in enumerate(shapes)]
    x, y = st.fill(sizes[:1], seed + 5), st.fill(sizes[-1:], seed + 6)
    ws, bs, a = [leaf(w) for w in weights], [leaf(b) for b in biases], torch.tensor(x)
    for w, b in zip(ws, bs, strict=True):
        a = w @ a + b
    F.mse_loss(a, torch.tensor(y), reduction="sum").mul(0.5).backward()
    got = student.answers.linear_backprop(x, y, weights, biases)
    for i in range(3):
        close(got[i][0], ws[i].grad.numpy(), name="dC/dw")
        close(got[i][1], bs[i].grad.numpy(), name="dC/db")


@task("3.1-answers", hint="Which of the two takes the logarithm of y?")
def test_failing_form_takes_logarithm_of_target(student):
    close(student.answers.failing_form(), 2, name="the form", exact=True)


@task("3.2-answers", hint="A target of 0 or 1 is met exactly: it adds nothing to C.")
def test_minimal_cross_entropy_with_targets_at_the_edges(student):
    y = np.array([0.0, 0.5, 1.0, 0.25])
    entropy = np.log(2) + 0.25 * np.log(4) + 0.75 * np.log(4 / 3)
    close(student.answers.minimal_cross_entropy(y), entropy / 4, name="C")


@task("3.2-answers", hint="If every target is 0 or 1, the cost can reach 0.")
def test_minimal_cross_entropy_of_certain_targets_is_zero(student):
    close(student.answers.minimal_cross_entropy(np.array([1.0, 0.0, 1.0])), 0.0, name="C")


@pytest.mark.parametrize("name", ["delta1", "delta2", "w1", "b1", "w2", "b2"])
@task("3.3-answers", hint="Put the numbers of figure1.toml through your formulas.")
def test_figure1(student, name):
    p = {key: leaf(numbers) for key, numbers in FIGURE.items()}
    h = torch.sigmoid(p["w1"] @ p["x"] + p["b1"])
    o = torch.sigmoid(p["w2"] @ h + p["b2"])
    F.binary_cross_entropy(o, p["y"].detach(), reduction="sum").backward()
    p |= {"delta1": p["b1"], "delta2": p["b2"]}
    got = student.answers.figure1_gradients()[name]
    # By hand, with three digits.
    close(np.asarray(got), p[name].grad.numpy(), name=name, rtol=0.02, atol=1e-3)


@task("3.3-answers", weight=3, hint="A target between 0 and 1 changes nothing in the formulas.")
def test_network_gradients_with_targets_between(student):
    x, y = st.fill((3,), 1), np.array([0.2, 0.9])
    arrays = [st.fill(shape, 7) for shape in ((4, 3), (4,), (2, 4), (2,))]
    w1, b1, w2, b2 = leaves = [leaf(array) for array in arrays]
    o = torch.sigmoid(w2 @ torch.sigmoid(w1 @ torch.tensor(x) + b1) + b2)
    F.binary_cross_entropy(o, torch.tensor(y), reduction="sum").backward()
    got = student.answers.network_gradients(x, y, *arrays)
    for name, variable in zip(("w1", "b1", "w2", "b2"), leaves, strict=True):
        close(got[name], variable.grad.numpy(), name=name)


@task("4.1-answers", weight=2, hint="Round down: what the last step does not reach is left out.")
@given(h=st.integers(8, 40), w=st.integers(8, 40), k=st.integers(2, 8), s=st.integers(1, 5))
def test_output_size_is_what_pytorch_makes(student, h, w, k, s):
    image = torch.zeros(1, 1, h, w)
    conv = F.conv2d(image, torch.zeros(1, 1, k, k), stride=s, padding=3).shape[2:]
    pool = F.max_pool2d(image, k, s, padding=k // 2).shape[2:]
    close(np.array(student.answers.output_size(h, w, "conv", k, s, 3)), np.array(conv), exact=True)
    got = np.array(student.answers.output_size(h, w, "pool", k, s, k // 2))
    close(got, np.array(pool), exact=True)


@pytest.mark.parametrize("part", range(4), ids=["a", "b", "c", "d"])
@task("4.1-answers", weight=2, hint="(50 + 2p - k) / s, rounded down, plus 1.")
def test_sizes_for_50(student, part):
    image = torch.zeros(1, 1, 50, 50)
    layers = [
        torch.nn.Conv2d(1, 1, 4, stride=1, padding=1),
        torch.nn.Conv2d(1, 1, 8, stride=5),
        torch.nn.MaxPool2d(10, stride=2, padding=2),
        torch.nn.MaxPool2d(2, stride=1),
    ]
    expected = np.array(layers[part](image).shape[2:])
    close(np.array(student.answers.sizes_for_50()[part]), expected, name="the size", exact=True)
