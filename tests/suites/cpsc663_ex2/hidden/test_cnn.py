"""Problem 4.2: other weights, batches of different size, modes, and what may not change."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st


def random(*shape, seed=0, scale=1.0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * scale


def expected_scores(state, x):
    """The handout's network; weights are known by their shapes, biases follow their weights."""
    values = list(state.values())
    by_shape = {tuple(v.shape): (v, values[i + 1]) for i, v in enumerate(values) if v.ndim > 1}
    x = F.max_pool2d(F.relu(F.conv2d(x, *by_shape[40, 1, 5, 5])), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, *by_shape[80, 40, 5, 5])), 2)
    x = F.relu(F.linear(x.flatten(1), *by_shape[500, 1280]))
    return F.log_softmax(F.linear(x, *by_shape[10, 500]), dim=1)


@task("4.2-model", facet="scores", hint="The order of layers, relu and pooling; no dropout.")
@given(seed=st.integers(0, 99), n=st.integers(1, 3), max_examples=4)
def test_scores_with_other_weights(student, seed, n):
    model = student.stage.model("prob4_CNN", "CNN")
    state = {
        name: random(*p.shape, seed=seed, scale=2 * p[0].numel() ** -0.5)
        for name, p in model.state_dict().items()
    }
    model.load_state_dict(state)
    x = random(n, 1, 28, 28, seed=seed)
    scores = F.log_softmax(model(x), dim=1)  # being logarithms has a test of its own
    close(scores, expected_scores(state, x), name="the scores")


@task(
    "4.2-model",
    facet="gradients",
    hint="Each layer has parameters of its own, and the scores depend on all.",
)
def test_loss_reaches_every_parameter(student):
    model = student.stage.model("prob4_CNN", "CNN")
    x = random(2, 1, 28, 28)
    got = student.value_and_grad(model, x, wrt=(), upstream=random(2, 10))
    if not got.parameters:
        raise WrongAnswer("The model has no parameters.")
    for name, gradient in got.parameters.items():
        if gradient is None or not gradient.abs().max() > 0:
            raise WrongAnswer(f"No gradient reaches {name}.")


def classification(seed, n):
    x, y = random(n, 1, 28, 28, seed=seed).abs(), torch.arange(seed, seed + n) % 10
    return x, y, random(10, 784, seed=seed + 1, scale=0.1), random(10, seed=seed + 2)


def trained(weight, bias, batches, lr):
    """Weight, bias and each batch's loss after one epoch of gradient descent."""
    losses = []
    for x, y in batches:
        w, b = weight.clone().requires_grad_(), bias.clone().requires_grad_()
        loss = F.nll_loss(F.log_softmax(x.flatten(1) @ w.T + b, dim=1), y)
        loss.backward()
        weight, bias = weight - lr * w.grad, bias - lr * b.grad
        losses.append(loss.item())
    return weight, bias, losses


def run_train(student, x, y, weight, bias, size, lr=0.3):
    model = student.stage.Classifier(weight, bias)
    model.eval()
    loader, optimizer = student.stage.batches(x, y, size), student.stage.sgd(model, lr)
    settings = student.stage.settings()
    return model, student.prob4_CNN.train(settings, model, "cpu", loader, optimizer, 2)


@task(
    "4.2-train",
    facet="gradients",
    hint="zero_grad before each backward: gradients add up otherwise.",
)
def test_each_step_has_its_own_gradient(student):
    x, y, weight, bias = classification(3, 9)
    model, _ = run_train(student, x, y, weight, bias, 3)
    expected, _, _ = trained(weight, bias, zip(x.split(3), y.split(3), strict=True), 0.3)
    close(student.stage.state(model)["weight"], expected, name="the weights")


@task(
    "4.2-train",
    facet="modes",
    hint="model.train() comes first: the last test() left evaluation mode on.",
)
def test_train_switches_to_training_mode(student):
    model, _ = run_train(student, *classification(1, 4), 2)
    close(np.array(model.modes.value()), np.array([True, True]), name="training mode", exact=True)


@task(
    "4.2-train",
    facet="loss",
    hint="Multiply each batch's mean by its size, divide by all images.",
)
def test_loss_of_the_epoch_counts_images(student):
    x, y, weight, bias = classification(4, 5)
    model, got = run_train(student, x, y, weight, bias, 4)
    expected, _, losses = trained(weight, bias, zip(x.split(4), y.split(4), strict=True), 0.3)
    if got is None:  # the handout's train only prints it
        return close(student.stage.state(model)["weight"], expected, name="the weights")
    return close(got, (4 * losses[0] + losses[1]) / 5, name="the loss", rtol=1e-4)


def run_test(student, seed, n, size):
    x, y, weight, bias = classification(seed, n)
    model = student.stage.Classifier(weight, bias)
    loader, settings = student.stage.batches(x, y, size), student.stage.settings()
    got = student.prob4_CNN.test(settings, model, "cpu", loader, 2)
    return model, got, F.linear(x.flatten(1), weight, bias), y


@task(
    "4.2-train",
    facet="test",
    hint="The last batch may be smaller: add up over images, not over batches.",
)
def test_test_counts_images_of_uneven_batches(student):
    model, got, scores, y = run_test(student, 5, 7, 3)
    close(sum(len(x) for x in model.seen.value()), 7, name="the images judged", exact=True)
    if got is None:  # the handout's test only prints them
        return
    (loss, accuracy), right = got, (scores.argmax(1) == y).double().mean().item()
    close(loss, F.cross_entropy(scores, y).item(), name="the loss", rtol=1e-4)
    close(accuracy / 100 if accuracy > 1 else accuracy, right, name="the accuracy")


@task(
    "4.2-train",
    facet="modes",
    hint="model.eval() switches dropout off before images are judged.",
)
def test_test_switches_to_evaluation_mode(student):
    model, _, _, _ = run_test(student, 1, 4, 2)
    close(np.array(model.modes.value()), np.array([False, False]), name="training", exact=True)


@task("4.2-train", facet="graph", hint="Judge under torch.no_grad().")
def test_test_builds_no_graph(student):
    model, _, _, _ = run_test(student, 2, 4, 2)
    close(np.array(model.graphs.value()), np.array([False, False]), name="graphs", exact=True)


@task("4.2a-filters", facet="copy", hint="Return a copy (.clone() or .copy()): training goes on.")
def test_filters_stay_when_training_goes_on(student):
    model = student.stage.model("prob4_CNN", "CNN")
    (weight,) = (p for p in model.state_dict().values() if p.ndim == 4 and p.shape[1] == 1)
    if not student.stage.has("prob4_CNN", "first_layer_filters"):
        return  # the handout asks for a picture of them: they are there
    function = student.prob4_CNN.first_layer_filters.value()
    filters = student.stage.filters_before_change(function, model)
    close(np.asarray(filters), weight[:, 0].numpy(), name="the filters")


@task("4.2b-confusion", hint="Ten rows and ten columns, also for digits that do not occur.")
def test_confusion_matrix_of_few_digits(student):
    if not student.stage.has("prob4_CNN", "confusion_matrix"):  # the handout asks for a plot of it
        scores = student.stage.model("prob4_CNN", "CNN")(random(2, 1, 28, 28))
        return close(scores * 0, torch.zeros(2, 10), name="the scores, times 0")
    expected = np.zeros((10, 10), np.int64)
    expected[3, 5], expected[3, 3], expected[5, 3] = 2, 1, 1
    got = student.prob4_CNN.confusion_matrix(np.array([3, 3, 5, 3]), np.array([5, 3, 3, 5]))
    return close(got, expected, name="the matrix", exact=True)
