"""Tasks 2b and 2c, the softmax classifier: against its formula; and does it learn?"""

import numpy as np

from grader.suite import close, given, oracles, task
from grader.suite import strategies as st

D, M, C = 4, 3, 5  # input features, hidden units, classes
SHAPES = {"W1": (D, M), "b1": (M,), "W2": (M, C), "b2": (C,)}
# One of the steps may be computed in float32: `close` cannot tell by the values.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}


def weights(d=D, m=M, c=C):
    """Parameters for these numbers of features, hidden units and classes."""
    shapes = ((d, m), (m,), (m, c), (c,))
    return {name: st.fill(s, i) for i, (name, s) in enumerate(zip(SHAPES, shapes, strict=True))}


def model_with(student, params):
    """The submission's model, holding these parameters."""
    (d, m), c = params["W1"].shape, len(params["b2"])
    model = student.softmax.SoftmaxClassifier(input_dim=d, hidden_dim=m, num_classes=c)
    for name, value in params.items():
        model.params[name] = value
    return model


def scores_of(params, X):
    """relu(X W1 + b1) W2 + b2, one sample after the other."""
    hidden = [np.maximum(x @ params["W1"] + params["b1"], 0) for x in X]
    return np.array([row @ params["W2"] + params["b2"] for row in hidden])


def loss_of(params, X, y):
    """Mean over the samples of -log softmax(scores)[y]."""
    rows = scores_of(params, X)
    return np.mean([np.log(np.exp(row).sum()) - row[c] for row, c in zip(rows, y, strict=True)])


@task(
    "2b",
    facet="parameters",
    hint="W1 (input_dim, hidden_dim), W2 (hidden_dim, num_classes), and their biases.",
)
def test_parameters_have_their_shapes(student):
    model = student.softmax.SoftmaxClassifier(input_dim=D, hidden_dim=M, num_classes=C)
    assert sorted(model.params) == sorted(SHAPES), f"params has the keys {sorted(model.params)}"
    for name, shape in SHAPES.items():
        close(model.params[name] * 0, np.zeros(shape), name=f"0 * params[{name!r}]")


@task("2b", facet="scores", hint="Without y, loss returns the scores alone: fc, ReLU, fc.")
@given(x=st.arrays(st.shapes(N=(1, 4), D=(D, D))), max_examples=10)
def test_scores_match_definition(student, x):
    params = weights()
    scores = model_with(student, params).loss(x)
    close(scores, scores_of(params, x), name="the scores", **TOLERANCES)


@task(
    "2b",
    facet="loss",
    hint="With y, loss returns (loss, grads); the loss is a mean over samples.",
)
@given(n=st.integers(1, 4), max_examples=5)
def test_loss_matches_definition(student, n):
    params, x, y = weights(), st.fill((n, D), 9), np.arange(n) % C
    loss, _ = model_with(student, params).loss(x, y)
    close(loss, loss_of(params, x, y), name="the loss", **TOLERANCES)


@task(
    "2b",
    facet="gradients",
    hint="grads has the same keys as params, each of its parameter's shape.",
)
def test_gradients_match_central_differences(student):
    params, x, y = weights(), st.fill((3, D), 9), np.array([1, 0, 4])
    _, grads = model_with(student, params).loss(x, y)
    assert sorted(grads) == sorted(SHAPES), f"grads has the keys {sorted(grads)}"
    for name, value in params.items():
        expected = oracles.numeric_gradient(
            lambda w, name=name: loss_of(params | {name: w}, x, y), value, np.ones(())
        )
        close(grads[name], expected, name=f"grads[{name!r}]", **TOLERANCES)


@task("2c", hint="First make every test of 2b pass: with right gradients, the model learns this.")
def test_ten_noisy_patterns_are_learned(student):
    rng = np.random.default_rng(0)
    patterns = rng.standard_normal((10, 12))
    y = np.tile(np.arange(10), 10)
    x = patterns[y] + 0.2 * rng.standard_normal((100, 12))
    params = {name: 0.1 * value for name, value in weights(12, 20, 10).items()}
    model = model_with(student, params)
    for _ in range(40):  # gradient descent on half of the samples
        _, grads = model.loss(x[:50], y[:50])
        for name in SHAPES:
            params[name] = params[name] - 0.5 * grads[name]
            model.params[name] = params[name]
    accuracy = np.mean(model.loss(x[50:]).argmax(axis=1) == y[50:])
    assert accuracy > 0.9, f"after training, {accuracy:.0%} of the other half are right, not 90%"
