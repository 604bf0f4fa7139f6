"""Problem 4.2: the classifier and its training, on random images."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

GENERATOR = torch.Generator().manual_seed(42)
IMAGES = torch.rand(3, 1, 28, 28, generator=GENERATOR)


def layer(state, *shape):
    """Weight of this shape and the bias after it, whatever their names."""
    names = list(state)
    found = [i for i, name in enumerate(names) if tuple(state[name].shape) == shape]
    if len(found) != 1:
        raise WrongAnswer(f"The model has {len(found)} weights of shape {shape}, not 1.")
    bias = state[names[found[0] + 1]] if found[0] + 1 < len(names) else torch.zeros(())
    if tuple(bias.shape) != shape[:1]:
        raise WrongAnswer(f"The layer with the weight of shape {shape} has no bias.")
    return state[names[found[0]]].float(), bias.float()


def expected_scores(state, x):
    """What the handout's network makes of images with the student's weights."""
    x = F.max_pool2d(F.relu(F.conv2d(x, *layer(state, 40, 1, 5, 5))), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, *layer(state, 80, 40, 5, 5))), 2)
    x = F.relu(F.linear(x.flatten(1), *layer(state, 500, 1280)))
    return F.log_softmax(F.linear(x, *layer(state, 10, 500)), dim=1)


@task("4.2-model", facet="shape", hint="The last layer gives ten numbers per image.")
def test_cnn_gives_ten_scores_per_image(student):
    scores = student.stage.model("prob4_CNN", "CNN")(IMAGES)
    close(scores * 0, torch.zeros(3, 10), name="the scores, times 0")


@task(
    "4.2-model",
    facet="softmax",
    hint="log_softmax over the classes (dim=1), not over the batch.",
)
def test_cnn_gives_logarithms_of_probabilities(student):
    scores = student.stage.model("prob4_CNN", "CNN")(IMAGES)
    close(scores.exp().sum(1), torch.ones(3), name="the sum of each image's probabilities")


@task(
    "4.2-model",
    facet="count",
    hint="Layers 1->40, 40->80, 1280->500, 500->10; kernels 5 x 5; all with bias.",
)
def test_cnn_has_726630_parameters(student):
    state = student.stage.model("prob4_CNN", "CNN").state_dict()
    close(sum(p.numel() for p in state.values()), 726630, name="their number", exact=True)


@task(
    "4.2-model",
    facet="scores",
    hint="Convolution, relu, pool; twice; then linear, relu, linear.",
)
def test_cnn_scores_match_the_description(student):
    model = student.stage.model("prob4_CNN", "CNN")
    scores, expected = model(IMAGES), expected_scores(model.state_dict(), IMAGES)
    # Whether they are logarithms of probabilities has a test of its own.
    close(F.log_softmax(scores, dim=1), expected, name="the scores")


def trained(weight, bias, batches, lr):
    """Weight and bias of a linear classifier after one epoch of gradient descent."""
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(F.linear(x.flatten(1), weight, bias), y)
        for p, gradient in zip(
            (weight, bias), torch.autograd.grad(loss, (weight, bias)), strict=True
        ):
            p.data -= lr * gradient
        losses += [loss.item()] * len(x)
    return {"weight": weight.detach(), "bias": bias.detach()}, sum(losses) / len(losses)


def run_train(student, x, y, weight, bias, size):
    """The stand-in after one epoch, and what `train` returned."""
    model = student.stage.Classifier(weight, bias)
    loader, optimizer = student.stage.batches(x, y, size), student.stage.sgd(model, 0.5)
    settings = student.stage.settings()
    return model, student.prob4_CNN.train(settings, model, "cpu", loader, optimizer, 1)


def classification(seed, n):
    """Random images and labels, and a linear classifier's weights."""
    g = torch.Generator().manual_seed(seed)
    x, y = torch.rand(n, 1, 28, 28, generator=g), torch.randint(0, 10, (n,), generator=g)
    return x, y, torch.randn(10, 784, generator=g) * 0.1, torch.randn(10, generator=g)


@task("4.2-train", facet="steps", hint="Per batch: clear the gradients, loss, backward, one step.")
@given(seed=st.integers(0, 99), n=st.integers(2, 4), max_examples=5)
def test_train_descends_once_per_batch(student, seed, n):
    x, y, weight, bias = classification(seed, n)
    model, _ = run_train(student, x, y, weight, bias, size=n)
    expected, _ = trained(weight, bias, [(x, y)], 0.5)
    got = student.stage.state(model)
    close(got["weight"], expected["weight"], name="the weights after one epoch")
    close(got["bias"], expected["bias"], name="the biases after one epoch")


@task(
    "4.2-train",
    facet="loss",
    hint="The mean of the batches' losses, if all batches have the same size.",
)
def test_train_returns_loss_of_the_epoch(student):
    x, y, weight, bias = classification(1, 2)
    model, got = run_train(student, x, y, weight, bias, size=2)
    expected, loss = trained(weight, bias, [(x, y)], 0.5)
    close(student.stage.state(model)["weight"], expected["weight"], name="the weights")
    if got is not None:  # the handout's train only prints it
        close(got, loss, name="the loss", rtol=1e-4)


@task(
    "4.2-train",
    facet="test",
    hint="Add up over all images; divide by their number once, at the end.",
)
@given(seed=st.integers(0, 99), n=st.integers(1, 5), max_examples=5)
def test_test_returns_loss_and_accuracy(student, seed, n):
    x, y, weight, bias = classification(seed, n)
    model = student.stage.Classifier(weight, bias)
    settings, loader = student.stage.settings(), student.stage.batches(x, y, n)
    got = student.prob4_CNN.test(settings, model, "cpu", loader, 1)
    close(torch.cat(list(model.seen.value())), x, name="the images that were judged")
    if got is None:  # the handout's test only prints them
        return
    loss, accuracy = got
    scores = F.linear(x.flatten(1), weight, bias)
    right = (scores.argmax(1) == y).double().mean().item()
    close(loss, F.cross_entropy(scores, y).item(), name="the loss", rtol=1e-4)
    close(accuracy / 100 if accuracy > 1 else accuracy, right, name="the accuracy")


@task(
    "4.2a-filters",
    facet="values",
    hint="The first layer's weight without its axis for the one input channel.",
)
def test_filters_are_the_first_layers_weights(student):
    model = student.stage.model("prob4_CNN", "CNN")
    weight, _ = layer(model.state_dict(), 40, 1, 5, 5)
    if not student.stage.has("prob4_CNN", "first_layer_filters"):
        return  # the handout asks for a picture of them: they are there
    filters = student.prob4_CNN.first_layer_filters(model)
    close(np.asarray(filters), weight[:, 0].numpy(), name="the filters")


@task("4.2b-confusion", hint="Row: what the image shows. Column: what the model said.")
@given(seed=st.integers(0, 999), n=st.integers(1, 30))
def test_confusion_matrix_counts_pairs(student, seed, n):
    if not student.stage.has("prob4_CNN", "confusion_matrix"):  # the handout asks for a plot of it
        scores = student.stage.model("prob4_CNN", "CNN")(IMAGES)
        return close(scores * 0, torch.zeros(3, 10), name="the scores, times 0")
    y_true, y_pred = np.random.default_rng(seed).integers(0, 10, (2, n))
    expected = np.zeros((10, 10), np.int64)
    for i, j in zip(y_true, y_pred, strict=True):
        expected[i, j] += 1
    got = student.prob4_CNN.confusion_matrix(y_true, y_pred)
    return close(got, expected, name="the matrix", exact=True)


@task(
    "4.2-checkpoint",
    facet="loads",
    hint="torch.save(model.state_dict(), 'mnist_cnn.pt') after training.",
)
def test_checkpoint_loads_and_gives_probabilities(student):
    model = student.stage.model("prob4_CNN", "CNN")
    student.load_checkpoint(model, "mnist_cnn.pt")
    close(model(IMAGES).exp().sum(1), torch.ones(3), name="the sum of each image's probabilities")
