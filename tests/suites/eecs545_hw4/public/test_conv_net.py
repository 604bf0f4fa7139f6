"""Tasks 3b and 3c, the convolutional network: against its definition; and does it learn?"""

import functools

import numpy as np

from grader.suite import close, oracles, task
from grader.suite import strategies as st

# Two channels of 6 x 8 pixels, 3 filters of 3 x 3: 4 x 6 after the convolution, 2 x 3 pooled.
IMAGE, F, K, M, CLASSES = (2, 6, 8), 3, 3, 4, 5
SHAPES = {
    "W1": (F, 2, K, K),
    "W2": (F * 2 * 3, M),
    "b2": (M,),
    "W3": (M, CLASSES),
    "b3": (CLASSES,),
}
X, Y = st.fill((3, *IMAGE), 7), np.array([4, 0, 2])
# Parameters may be float32, the type by default.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}


def weights():
    """Parameters of the small model."""
    return {name: st.fill(shape, i) for i, (name, shape) in enumerate(SHAPES.items())}


def construct(student):
    """The submission's model, with its own parameters."""
    return student.cnn.ConvNet(
        input_dim=IMAGE, num_filters=F, filter_size=K, hidden_dim=M, num_classes=CLASSES
    )


def model_with(student, params):
    """The submission's model, holding these parameters."""
    model = construct(student)
    for name, value in params.items():
        model.params[name] = value
    return model


def scores_of(params, images):
    """conv - relu - pool - fc - relu - fc, one image after the other."""
    return np.array([scores_of_image(params, image) for image in images])


def scores_of_image(params, image):
    maps = np.zeros((F, 4, 6))
    for f, i, j in np.ndindex(*maps.shape):
        maps[f, i, j] = np.sum(image[:, i : i + K, j : j + K] * params["W1"][f])
    maps = np.maximum(maps, 0)
    pooled = maps.reshape(F, 2, 2, 3, 2).max(axis=(2, 4))
    hidden = np.maximum(pooled.reshape(-1) @ params["W2"] + params["b2"], 0)
    return hidden @ params["W3"] + params["b3"]


def loss_of(params, images, y):
    """Mean over the images of -log softmax(scores)[y]."""
    rows = scores_of(params, images)
    return np.mean([np.log(np.exp(row).sum()) - row[c] for row, c in zip(rows, y, strict=True)])


@task(
    "3b",
    facet="parameters",
    hint="W2 has a row for every number that pooling leaves: F * h * w, h = (H - k + 1)//2.",
)
def test_parameters_have_their_shapes(student):
    model = construct(student)
    assert sorted(model.params) == sorted(SHAPES), f"params has the keys {sorted(model.params)}"
    for name, shape in SHAPES.items():
        close(model.params[name] * 0, np.zeros(shape), name=f"0 * params[{name!r}]")


@functools.cache
def gradients_by_differences():
    """Gradients of the loss by every parameter but W2, which takes long."""
    params, one = weights(), np.ones(())
    losses = {
        name: lambda w, name=name: loss_of(params | {name: w}, X, Y)
        for name in ("W1", "b2", "W3", "b3")
    }
    return {name: oracles.numeric_gradient(f, params[name], one) for name, f in losses.items()}


@task("3b", facet="scores", hint="Without y, loss returns the scores alone.")
def test_scores_match_definition(student):
    params = weights()
    scores = model_with(student, params).loss(X)
    close(scores, scores_of(params, X), name="the scores", **TOLERANCES)


@task(
    "3b",
    facet="gradients",
    hint="With y, loss returns (loss, grads), grads with the keys of params.",
)
def test_loss_and_gradients_match_central_differences(student):
    params = weights()
    loss, grads = model_with(student, params).loss(X, Y)
    close(loss, loss_of(params, X, Y), name="the loss", **TOLERANCES)
    assert sorted(grads) == sorted(SHAPES), f"grads has the keys {sorted(grads)}"
    for name, expected in gradients_by_differences().items():
        close(grads[name], expected, name=f"grads[{name!r}]", **TOLERANCES)


@task("3c", hint="First make every test of 3b pass: with right gradients, the network learns this.")
def test_bars_and_columns_are_told_apart(student):
    rng = np.random.default_rng(0)
    y = np.arange(24) % 3  # a row, a column or a square, anywhere
    images = 0.1 * rng.standard_normal((24, 1, 8, 8))
    for image, kind in zip(images, y, strict=True):
        height, width = [(1, 5), (5, 1), (3, 3)][kind]
        top, left = rng.integers(0, 8 - height), rng.integers(0, 8 - width)
        image[0, top : top + height, left : left + width] += 1
    model = student.cnn.ConvNet((1, 8, 8), 4, 3, 12, 3)
    shapes = ((4, 1, 3, 3), (4 * 3 * 3, 12), (12,), (12, 3), (3,))
    params = {name: 0.2 * st.fill(shape, 1) for name, shape in zip(SHAPES, shapes, strict=True)}
    velocity = dict.fromkeys(SHAPES, 0.0)
    for _ in range(30):  # gradient descent with momentum
        for name in SHAPES:
            model.params[name] = params[name]
        _, grads = model.loss(images, y)
        for name in SHAPES:
            velocity[name] = 0.9 * velocity[name] - 0.1 * grads[name]
            params[name] = params[name] + velocity[name]
    accuracy = np.mean(model.loss(images).argmax(axis=1) == y)
    assert accuracy > 0.9, f"after training, {accuracy:.0%} of the images are right, not 90%"
