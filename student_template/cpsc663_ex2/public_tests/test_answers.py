"""Problems 2 to 4: the written answers that can be checked, against autograd and by counting."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

from grader.suite import close, given, task
from grader.suite import strategies as st

NAMES = ["delta2", "w2", "b2", "delta1", "w1", "b1"]


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


@task("2.2-answers", hint="Differentiate C = -ln softmax(z)[k] by z[j], for j = k and for j != k.")
@given(z=st.arrays(st.shapes(M=(2, 6))), k=st.integers(0, 1))
def test_softmax_delta_is_derivative_by_z(student, z, k):
    variable = leaf(z)
    F.cross_entropy(variable[None], torch.tensor([k])).backward()
    a, y = torch.softmax(torch.tensor(z), 0).numpy(), np.eye(len(z))[k]
    close(student.answers.softmax_delta(a, y), variable.grad.numpy(), name="delta")


@st.composite
def linear_networks(draw, layers=(1, 3)):
    """Weights and biases of layers whose sizes all may differ, an input and a target."""
    sizes = [draw(st.integers(1, 4)) for _ in range(draw(st.integers(*layers)) + 1)]
    seed = draw(st.integers(0, 999))
    weights = [st.fill((m, n), seed + i) for i, (n, m) in enumerate(itertools.pairwise(sizes))]
    biases = [st.fill((m,), seed + 50 + i) for i, m in enumerate(sizes[1:])]
    return st.fill((sizes[0],), seed + 98), st.fill((sizes[-1],), seed + 99), weights, biases


@task(
    "2.3-answers", weight=2, hint="delta = a - y at the end; w.T @ delta takes it one layer back."
)
@given(network=linear_networks())
def test_linear_backprop_matches_autograd(student, network):
    x, y, weights, biases = network
    ws, bs = [leaf(w) for w in weights], [leaf(b) for b in biases]
    a = torch.tensor(x)
    for w, b in zip(ws, bs, strict=True):
        a = w @ a + b
    (0.5 * ((torch.tensor(y) - a) ** 2).sum()).backward()
    got = student.answers.linear_backprop(x, y, weights, biases)
    close(len(got), len(weights), name="the number of pairs", exact=True)
    for layer, (dw, db) in enumerate(got, 1):
        close(dw, ws[layer - 1].grad.numpy(), name=f"dC/dw of layer {layer}")
        close(db, bs[layer - 1].grad.numpy(), name=f"dC/db of layer {layer}")


@task("3.2-answers", hint="The minimum lies at a = y; put that into C and average.")
@given(seed=st.integers(0, 999), n=st.integers(1, 6))
def test_minimal_cross_entropy_is_reached_at_the_targets(student, seed, n):
    y = 1 / (1 + np.exp(-st.fill((n,), seed)))
    expected = F.binary_cross_entropy(torch.tensor(y), torch.tensor(y)).item()
    close(student.answers.minimal_cross_entropy(y), expected, name="C")


@task("3.3-answers", weight=2, hint="delta2 = o - y; delta1 = (w2.T @ delta2) * h * (1 - h).")
@given(sizes=st.shapes(D=(1, 4), H=(1, 4), M=(1, 4)), seed=st.integers(0, 999))
def test_network_gradients_match_autograd(student, sizes, seed):
    inputs, hidden, outputs = sizes
    y = (st.fill((outputs,), seed) > 0).astype(float)
    x, w1, b1 = st.fill((inputs,), seed), st.fill((hidden, inputs), seed), st.fill((hidden,), seed)
    w2, b2 = st.fill((outputs, hidden), seed + 1), st.fill((outputs,), seed + 1)
    parameters = {"w1": leaf(w1), "b1": leaf(b1), "w2": leaf(w2), "b2": leaf(b2)}
    h = torch.sigmoid(parameters["w1"] @ torch.tensor(x) + parameters["b1"])
    o = torch.sigmoid(parameters["w2"] @ h + parameters["b2"])
    F.binary_cross_entropy(o, torch.tensor(y), reduction="sum").backward()
    expected = {name: p.grad.numpy() for name, p in parameters.items()}
    expected |= {"delta1": expected["b1"], "delta2": expected["b2"]}  # dz/db = 1
    got = student.answers.network_gradients(x, y, w1, b1, w2, b2)
    for name in NAMES:
        close(got[name], expected[name], name=name)


@task("4.1-answers", hint="Count the places at which the whole kernel lies on the padded image.")
@given(
    h=st.integers(6, 15),
    w=st.integers(6, 15),
    kind=st.sampled_from(["conv", "pool"]),
    k=st.integers(1, 5),
    s=st.integers(1, 4),
    p=st.integers(0, 2),
)
def test_output_size_counts_places(student, h, w, kind, k, s, p):
    rows = len(range(0, h + 2 * p - k + 1, s))
    columns = len(range(0, w + 2 * p - k + 1, s))
    got = student.answers.output_size(h, w, kind, k, s, p)
    close(np.array(got), np.array([rows, columns]), name="(height, width)", exact=True)
