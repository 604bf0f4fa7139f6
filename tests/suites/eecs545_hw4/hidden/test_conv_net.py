"""Tasks 3b and 3c against PyTorch and autograd; does the network learn from noisy images?"""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

NAMES = ("W1", "W2", "b2", "W3", "b3")
# Parameters may be float32, the type by default.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}


@dataclass(frozen=True)
class Net:
    """Sizes of a network, images and classes for it."""

    image: tuple[int, int, int] = (3, 8, 11)  # C, H, W: 6 x 9 after the filters, 3 x 4 pooled
    filters: int = 2
    side: int = 3
    hidden: int = 4
    classes: int = 5
    n: int = 2
    shapes: dict = field(init=False)

    def __post_init__(self):
        c, height, width = self.image
        left = ((height - self.side + 1) // 2) * ((width - self.side + 1) // 2)
        shapes = {
            "W1": (self.filters, c, self.side, self.side),
            "W2": (self.filters * left, self.hidden),
            "b2": (self.hidden,),
            "W3": (self.hidden, self.classes),
            "b3": (self.classes,),
        }
        object.__setattr__(self, "shapes", shapes)

    def weights(self):
        return {name: st.fill(shape, i) for i, (name, shape) in enumerate(self.shapes.items())}

    def batch(self):
        y = np.random.default_rng(self.n).integers(0, self.classes, self.n)
        return st.fill((self.n, *self.image), 30), y

    def construct(self, student, **more):
        sizes = (self.image, self.filters, self.side, self.hidden, self.classes)
        return student.cnn.ConvNet(*sizes, **more)

    def model(self, student):
        model = self.construct(student)
        for name, value in self.weights().items():
            model.params[name] = value
        return model

    def oracle(self):
        """Scores, loss and the gradients by name, in float64."""
        p = {k: torch.tensor(v, requires_grad=True) for k, v in self.weights().items()}
        x, y = self.batch()
        maps = torch.relu(functional.conv2d(torch.tensor(x), p["W1"]))
        flat = functional.max_pool2d(maps, 2).flatten(1)
        scores = torch.relu(flat @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]
        loss = functional.cross_entropy(scores, torch.tensor(y))
        loss.backward()
        return scores.detach().numpy(), loss.item(), {k: v.grad.numpy() for k, v in p.items()}


@st.composite
def nets(draw):
    """Sizes at will; what pooling leaves has at least one row and one column."""
    side = draw(st.integers(1, 4))
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    image = (draw(st.integers(1, 3)), side + rows, side + columns)
    numbers = [draw(st.integers(low, 4)) for low in (1, 1, 2, 1)]
    return Net(image, numbers[0], side, numbers[1], numbers[2], numbers[3])


@task(
    "3b",
    facet="parameters",
    hint="h and w are rounded down separately; nothing is fixed to MNIST's sizes.",
)
@given(net=nets(), max_examples=10)
def test_parameters_fit_any_image(student, net):
    model = net.construct(student, weight_scale=0.1)
    for name, shape in net.shapes.items():
        value = model.params[name]
        close(value * 0, np.zeros(shape), name=f"0 * params[{name!r}]")
        if name.startswith("b"):
            close(value * 1.0, np.zeros(shape), name=f"params[{name!r}]")


@task(
    "3b",
    facet="parameters",
    hint="Weights: standard deviation weight_scale; every parameter of type dtype.",
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_have_the_scale_and_type_asked_for(student, dtype):
    kind = getattr(student.module("numpy"), dtype).value()
    model = Net((3, 20, 18), 12, 5, 30, 40).construct(student, weight_scale=0.2, dtype=kind)
    for name in NAMES:
        value = model.params[name]
        zeros = np.zeros(value.shape, dtype)
        close(value * 0, zeros, name=f"0 * params[{name!r}]", exact_dtype=True)
        if name.startswith("W"):
            close(np.std(value) / 0.2, 1.0, name=f"deviation of {name} / scale", rtol=0.15)


@task("3b", facet="scores", hint="Rows and columns that fill no whole pooling window are left out.")
@given(net=nets(), max_examples=10)
def test_scores_match_pytorch(student, net):
    scores = net.model(student).loss(net.batch()[0])
    close(scores, net.oracle()[0], name="the scores", **TOLERANCES)


@task("3b", facet="loss", hint="The mean over the images, without any further term.")
@given(net=nets(), max_examples=10)
def test_loss_matches_pytorch(student, net):
    loss, _ = net.model(student).loss(*net.batch())
    close(loss, net.oracle()[1], name="the loss", **TOLERANCES)


@task(
    "3b",
    cases="gradients",
    facet="gradients",
    hint="Go back through every layer, each with its own cache.",
)
@pytest.mark.parametrize("name", NAMES)
def test_gradient_matches_autograd(student, name):
    for net in (Net(), Net((1, 7, 6), 3, 4, 5, 2, 1)):
        _, grads = net.model(student).loss(*net.batch())
        assert name in grads, f"grads has the keys {sorted(grads)}, but no {name}"
        close(grads[name], net.oracle()[2][name], name=f"grads[{name!r}]", **TOLERANCES)


@task(
    "3b",
    facet="state",
    hint="`loss` reads images, classes and parameters; it changes none of them.",
)
def test_loss_changes_nothing(student):
    net = Net()
    (x, y), model = net.batch(), net.model(student)
    sent = {"X": student.put(x), "y": student.put(y)}
    loss, _ = model.loss(sent["X"], sent["y"])
    close(loss, net.oracle()[1], name="the loss", **TOLERANCES)  # doing nothing changes nothing
    close(sent["X"].value(), x, name="X after the call", exact=True)
    close(sent["y"].value(), y, name="y after the call", exact=True)
    for name, value in net.weights().items():
        close(model.params[name] * 1.0, value, name=f"params[{name!r}] after", **TOLERANCES)


@task("3c", hint="First make every test of 3b pass: with right gradients, the network learns this.")
def test_slanting_and_upright_lines_are_told_apart(student):
    rng = np.random.default_rng(3)
    y = np.arange(24) % 3  # falling, rising, upright
    images = 0.1 * rng.standard_normal((24, 1, 9, 8))
    for image, kind in zip(images, y, strict=True):
        line = [np.eye(5), np.eye(5)[::-1], np.eye(5)[[2] * 5]][kind]
        top, left = rng.integers(0, 4), rng.integers(0, 3)
        image[0, top : top + 5, left : left + 5] += line
    net = Net((1, 9, 8), 4, 3, 12, 3)
    model = net.construct(student)
    params = {name: 0.2 * value for name, value in net.weights().items()}
    velocity = dict.fromkeys(NAMES, 0.0)
    for _ in range(30):  # gradient descent with momentum
        for name in NAMES:
            model.params[name] = params[name]
        _, grads = model.loss(images, y)
        for name in NAMES:
            velocity[name] = 0.9 * velocity[name] - 0.1 * grads[name]
            params[name] = params[name] + velocity[name]
    accuracy = np.mean(model.loss(images).argmax(axis=1) == y)
    assert accuracy > 0.9, f"after training, {accuracy:.0%} of the images are right, not 90%"
