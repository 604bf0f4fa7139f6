"""Tasks 2b and 2c against PyTorch and autograd; does the model learn digits it has not seen?"""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

NAMES = ("W1", "b1", "W2", "b2")
SIZES = st.shapes(N=(1, 4), D=(1, 5), M=(1, 5), C=(2, 6))
# One of the steps may be computed in float32: `close` cannot tell by the values.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}


def weights(d, m, c, seed=0, dtype=np.float64):
    """Parameters for these numbers of features, hidden units and classes."""
    shapes = ((d, m), (m,), (m, c), (c,))
    pairs = zip(NAMES, shapes, strict=True)
    return {name: st.fill(shape, seed + i, dtype=dtype) for i, (name, shape) in enumerate(pairs)}


def model_with(student, params):
    """The submission's model, holding these parameters."""
    (d, m), c = params["W1"].shape, len(params["b2"])
    model = student.softmax.SoftmaxClassifier(input_dim=d, hidden_dim=m, num_classes=c)
    for name, value in params.items():
        model.params[name] = value
    return model


def oracle(params, x, y):
    """Scores, loss and the gradients by name, in float64."""
    p = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in params.items()}
    hidden = torch.relu(torch.tensor(x, dtype=torch.float64) @ p["W1"] + p["b1"])
    scores = hidden @ p["W2"] + p["b2"]
    loss = functional.cross_entropy(scores, torch.tensor(y))
    loss.backward()
    return scores.detach().numpy(), loss.item(), {k: v.grad.numpy() for k, v in p.items()}


def batch(n, d, c, seed=20):
    """Samples and classes."""
    return st.fill((n, d), seed), np.random.default_rng(seed).integers(0, c, n)


def check_gradient(student, name, params, x, y):
    _, grads = model_with(student, params).loss(x, y)
    assert name in grads, f"grads has the keys {sorted(grads)}, but no {name}"
    close(grads[name], oracle(params, x, y)[2][name], name=f"grads[{name!r}]", **TOLERANCES)


@task(
    "2b",
    facet="parameters",
    hint="Weights: normal, mean 0, standard deviation weight_scale. Biases: zero.",
)
@pytest.mark.parametrize("scale", [0.5, 1e-3])
def test_initial_parameters_have_their_scale(student, scale):
    model = student.softmax.SoftmaxClassifier(200, 80, 60, weight_scale=scale)
    for name, shape in (("W1", (200, 80)), ("W2", (80, 60))):
        value = model.params[name]
        close(value * 0, np.zeros(shape), name=f"0 * params[{name!r}]")
        close(np.std(value) / scale, 1.0, name=f"standard deviation of {name} / scale", rtol=0.1)
        close(np.mean(value) / scale, 0.0, name=f"mean of {name} / scale", atol=0.1)
    close(model.params["b1"] * 1.0, np.zeros(80), name="params['b1']")
    close(model.params["b2"] * 1.0, np.zeros(60), name="params['b2']")


@task("2b", facet="state", hint="Every model has parameters of its own.")
def test_models_share_no_parameters(student):
    first = student.softmax.SoftmaxClassifier(3, 2, 4)
    kept = weights(3, 2, 4)
    for name in NAMES:
        first.params[name] = kept[name]
    student.softmax.SoftmaxClassifier(3, 2, 4)
    x, y = batch(5, 3, 4)
    close(first.loss(x), oracle(kept, x, y)[0], name="the scores of the first model", **TOLERANCES)
    for name in NAMES:
        close(first.params[name], kept[name], name=f"params[{name!r}]", exact=True)


@task("2b", facet="scores", hint="The scores are linear in the hidden units: no ReLU, no softmax.")
@given(sizes=SIZES, max_examples=10)
def test_scores_match_pytorch(student, sizes):
    n, d, m, c = sizes
    params, (x, y) = weights(d, m, c), batch(n, d, c)
    scores = model_with(student, params).loss(x)
    close(scores, oracle(params, x, y)[0], name="the scores", **TOLERANCES)


@task("2b", facet="loss", hint="The mean over the samples, without any further term.")
@given(sizes=SIZES, max_examples=10)
def test_loss_matches_pytorch(student, sizes):
    n, d, m, c = sizes
    params, (x, y) = weights(d, m, c), batch(n, d, c)
    loss, _ = model_with(student, params).loss(x, y)
    close(loss, oracle(params, x, y)[1], name="the loss", **TOLERANCES)


@task(
    "2b",
    cases="gradients",
    facet="gradients",
    hint="Go back through fc, ReLU and fc, each with its own cache.",
)
@pytest.mark.parametrize("name", NAMES)
@given(sizes=SIZES, max_examples=8)
def test_gradient_matches_autograd(student, name, sizes):
    n, d, m, c = sizes
    check_gradient(student, name, weights(d, m, c), *batch(n, d, c))


@task("2b", facet="types", hint="float32 samples and parameters are allowed.")
def test_float32_gives_float32_accuracy(student):
    params, (x, y) = weights(4, 3, 5, dtype=np.float32), batch(6, 4, 5)
    for name in NAMES:
        check_gradient(student, name, params, x.astype("f4"), y)


@task(
    "2b",
    facet="state",
    hint="`loss` reads samples, classes and parameters; it changes none of them.",
)
def test_loss_changes_nothing(student):
    params, (x, y) = weights(4, 3, 5), batch(6, 4, 5)
    model, sent = model_with(student, params), {"X": student.put(x), "y": student.put(y)}
    loss, _ = model.loss(sent["X"], sent["y"])
    close(
        loss, oracle(params, x, y)[1], name="the loss", **TOLERANCES
    )  # doing nothing changes nothing
    close(sent["X"].value(), x, name="X after the call", exact=True)
    close(sent["y"].value(), y, name="y after the call", exact=True)
    for name in NAMES:
        close(model.params[name], params[name], name=f"params[{name!r}] after", exact=True)


@task("2c", hint="First make every test of 2b pass: with right gradients, the model learns this.")
def test_noisy_digits_not_seen_before_are_classified(student):
    rng = np.random.default_rng(1)
    shapes = (rng.random((10, 24)) < 0.5).astype(np.float64)
    y = rng.permutation(np.tile(np.arange(10), 15))
    x = shapes[y] + 0.4 * rng.standard_normal((150, 24))
    params = {name: 0.1 * value for name, value in weights(24, 20, 10).items()}
    model = model_with(student, params)
    for start in range(0, 1500, 30):  # 50 minibatches of the first 100
        chosen = np.arange(start, start + 30) % 100
        _, grads = model.loss(x[chosen], y[chosen])
        for name in NAMES:
            params[name] = params[name] - 0.3 * grads[name]
            model.params[name] = params[name]
    accuracy = np.mean(model.loss(x[100:]).argmax(axis=1) == y[100:])
    assert accuracy > 0.9, f"after training, {accuracy:.0%} of new digits are right, not 90%"
