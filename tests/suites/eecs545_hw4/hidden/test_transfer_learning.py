"""Problem 5 against PyTorch's own training: uneven batches, other sizes, defaults, modes."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from grader.suite import close, task
from grader.suite import strategies as st

NAMES = ["bus", "kite"]
LAST = ["fc.weight", "fc.bias"]
PARAMETERS = ["conv1.weight", "bn1.weight", "bn1.bias", "layer1.weight", "layer1.bias", *LAST]


def same(got, expected, name):
    assert got == expected, f"{name}: got {got}, expected {expected}"


def filled(shape, seed, dtype="float32"):
    return torch.from_numpy(st.fill(shape, seed, dtype=dtype))


# -- 5a: an optimizer that is told its weights


def weights(labels, right, scale):
    """Of a linear model (2, N) that tells these of the N unit vectors right, for labels 0 and 1."""
    signs = torch.tensor([1.0 if each else -1.0 for each in right]) * scale
    return torch.stack([torch.where(labels == c, signs, torch.zeros(len(right))) for c in (0, 1)])


def scripted(student, script, labels, train, size, epochs):
    """Training with these weights after the steps; the validation images are unit vectors."""
    images = {"train": train, "val": (torch.eye(len(labels)), labels)}
    return student.stage.follow_script(script, images, size, epochs)


BEST = {
    "first": [[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 0]],
    "middle": [[1, 0, 0, 0, 0], [0, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0]],
    "three of five": [[1, 0, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0]],
    "perfect": [[0, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 1, 1, 0]],
    "last": [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, 1, 1, 0]],
}


@task(
    "5a",
    facet="best",
    hint="Keep the weights of the epoch with the highest validation accuracy.",
)
@pytest.mark.parametrize("which", BEST)
def test_best_epoch_may_be_any(student, which):
    labels = torch.tensor([0, 1, 1, 0, 1])
    script = [weights(labels, right, 1.0 + n) for n, right in enumerate(BEST[which])]
    train = filled((3, 5), 1), torch.tensor([0, 1, 1])
    state, *_ = scripted(student, [0 * script[0], *script], labels, train, 3, len(script))
    best = int(np.argmax([sum(right) for right in BEST[which]]))
    close(state["weight"], script[best], name="weight of the model returned")


@task("5a", facet="best", hint="Count over all validation images: the last batch may be smaller.")
def test_accuracy_counts_images_not_batches(student):
    labels = torch.tensor([0, 1, 1, 0, 1, 0, 0])
    epochs = [[1, 1, 1, 1, 1, 0, 0], [1, 1, 0, 1, 0, 0, 1]]  # 5 of 7, then 4; batches of 3, 3, 1
    script = [weights(labels, right, 1.0 + n) for n, right in enumerate(epochs)]
    train = filled((3, 7), 1), torch.tensor([0, 1, 1])
    state, *_ = scripted(student, [0 * script[0], *script], labels, train, 3, 2)
    close(state["weight"], script[0], name="weight of the model returned")


@task(
    "5a",
    facet="best",
    hint="Validation decides, not the accuracy or the loss of the training images.",
)
def test_training_accuracy_does_not_decide(student):
    labels = torch.tensor([0, 1, 1, 0])
    script = [
        weights(labels, right, 1.0 + n) for n, right in enumerate([[1, 1, 1, 0], [0, 1, 0, 1]])
    ]
    wrong = torch.eye(4), script[1].argmax(dim=0)  # what the second weights say
    state, *_ = scripted(student, [0 * script[0], *script], labels, wrong, 4, 2)
    close(state["weight"], script[0], name="weight of the model returned")


@task("5a", facet="best", hint="Validation decides by accuracy, not by its loss.")
def test_accuracy_decides_not_loss(student):
    labels = torch.tensor([0, 1, 1, 0])
    script = [weights(labels, [1, 1, 1, 0], 50.0), weights(labels, [1, 1, 0, 0], 0.1)]
    train = filled((3, 4), 1), torch.tensor([0, 1, 1])
    state, *_ = scripted(student, [0 * script[0], *script], labels, train, 3, 2)
    close(state["weight"], script[0], name="weight of the model returned")


def three_batches(student, epochs=2):
    """Log and gradients of training on batches of 3, 3 and 1; the weights of every step."""
    labels = torch.tensor([0, 1, 1, 0])
    script = [filled((2, 4), seed) for seed in range(3 * (epochs or 25) + 1)]
    train = filled((7, 4), 90), torch.tensor([0, 1, 1, 0, 0, 1, 0])
    _, log, gradients = scripted(student, script, labels, train, 3, epochs)
    return script, train, log, gradients


@task(
    "5a",
    facet="training",
    weight=2,
    hint="optimizer.zero_grad() before backward(): gradients add up otherwise.",
)
def test_each_step_has_the_gradient_of_its_batch_alone(student):
    script, (x, y), _, gradients = three_batches(student)
    same(len(gradients), 6, "steps with a gradient")
    for number, got in enumerate(gradients):
        batch = slice(number % 3 * 3, number % 3 * 3 + 3)
        w = script[number].clone().requires_grad_()
        functional.cross_entropy(x[batch] @ w.T, y[batch]).backward()
        close(got, w.grad, name=f"gradient of step {number + 1}")


@task("5a", facet="training", hint="No step of the optimizer for validation batches.")
def test_each_training_batch_has_its_step(student):
    *_, log, _ = three_batches(student)
    steps = [each for each in log if each in ("train batch", "step")]
    same(steps, ["train batch", "step"] * 6, "batches and steps")


@task("5a", facet="schedule", hint="scheduler.step() once in the training part of each epoch.")
def test_scheduler_has_one_step_per_epoch(student):
    *_, log, _ = three_batches(student)
    done, before = 0, []
    for each in log:
        done += each == "step"
        before += [done] if each == "schedule" else []
    # At the beginning of an epoch or behind its batches: starters differ, as years of PyTorch do.
    assert before in ([0, 3], [3, 6]), f"the scheduler's steps come after {before} of 6 steps"


@task("5a", facet="schedule", hint="num_epochs is 25 unless it is given.")
def test_twenty_five_epochs_by_default(student):
    *_, log, _ = three_batches(student, epochs=None)
    same(log.count("schedule"), 25, "epochs")


@task(
    "5a",
    facet="modes",
    hint="model.train() and model.eval() at the beginning of their part of each epoch.",
)
def test_modes_change_with_each_epoch(student):
    *_, log, _ = three_batches(student)
    modes = [(a, b.split()[0]) for a, b in pairwise(log) if "batch" in a and "mode" in b]
    train, val = ("train batch", "training"), ("val batch", "evaluation")
    same(modes, [train, train, train, val, val] * 2, "modes")


@task("5a", facet="graph", hint="with torch.set_grad_enabled(phase == 'train'): ...")
def test_validation_builds_no_graph(student):
    *_, log, _ = three_batches(student)
    calls = [b for a, b in pairwise(log) if a == "val batch" and "mode" in b]
    same([call for call in calls if "with gradients" in call], [], "validation with gradients")
    same(len(calls), 4, "batches of validation")


# -- 5a: real gradient descent

SHAPE = (12, 5, 3)  # features, hidden units, classes
SETTINGS = {"lr": 0.5, "momentum": 0.9, "gamma": 0.7}


def network():
    """The stage's network with fixed weights, in float64."""
    features, hidden, classes = SHAPE
    model = nn.Sequential(
        *(nn.Flatten(), nn.Linear(features, hidden), nn.BatchNorm1d(hidden), nn.Tanh()),
        nn.Linear(hidden, classes),
    ).double()
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.copy_(filled(parameter.shape, seed, "float64"))
    return model


def pictures(count, seed):
    """Images (3, 2, 2) and three classes that a line nearly divides."""
    x = filled((count, 3, 2, 2), seed, "float64")
    noise = filled((count, 3), seed + 50, "float64")
    return x, (x.sum(dim=(2, 3)) + noise).argmax(dim=1)


def trained(images, size, epochs, *, schedule_first):
    """What PyTorch makes of the network: state and number of right answers after each epoch.

    Args:
        schedule_first: the learning rate falls at the beginning of an epoch, not at its end.
    """
    model, (x, y), (x_val, y_val) = network(), images["train"], images["val"]
    optimizer = torch.optim.SGD(model.parameters(), SETTINGS["lr"], SETTINGS["momentum"])
    found = []
    for _ in range(epochs):
        model.train()
        rate = optimizer.param_groups[0]
        rate["lr"] *= SETTINGS["gamma"] if schedule_first else 1.0
        for start in range(0, len(x), size):
            optimizer.zero_grad()
            logits = model(x[start : start + size])
            functional.cross_entropy(logits, y[start : start + size]).backward()
            optimizer.step()
        rate["lr"] *= 1.0 if schedule_first else SETTINGS["gamma"]
        model.eval()
        with torch.no_grad():
            right = int((model(x_val).argmax(dim=1) == y_val).sum())
        found.append((right, copy.deepcopy(model.state_dict())))
    return found


@task(
    "5a",
    facet="training",
    weight=3,
    hint="Compare one epoch with PyTorch's tutorial, line by line.",
)
@pytest.mark.parametrize(("epochs", "size"), [(1, 8), (6, 8), (5, 5)])
def test_training_equals_pytorch(student, epochs, size):
    images = {"train": pictures(22, 1), "val": pictures(31, 2)}
    expected = []
    for schedule_first in (False, True):  # see the test of the scheduler's steps
        found = trained(images, size, epochs, schedule_first=schedule_first)
        most = max(right for right, _ in found)
        expected += [state for right, state in found if right == most]
    start = dict(network().state_dict())
    got = student.stage.descend(start, list(SHAPE), images, size, epochs, SETTINGS)
    for name in expected[0]:
        options = [each[name] for each in expected]
        nearest = min(options, key=lambda each: float((got[name] - each).abs().max()))
        close(got[name], nearest, name=name, rtol=1e-6)


# -- 5b


def seen(student, count, *, images=5, size=2, training=False):
    """What is shown of images that are taken for bus, kite, kite, bus, bus, ..."""
    kinds = torch.tensor([1.0, -1, -1, 1, 1, -1, 1, -1])[:images]
    weight = torch.stack([torch.ones(12), -torch.ones(12)])
    pair = kinds[:, None, None, None] * torch.ones(images, 3, 2, 2), torch.zeros(images).long()
    return kinds, student.stage.visualize(weight, pair, size, NAMES, count, training)


@task(
    "5b",
    facet="count",
    hint="num_images pictures, counted over all batches; 6 unless it is given.",
)
@pytest.mark.parametrize(("count", "shown"), [(None, 6), (3, 3), (20, 8)])
def test_as_many_images_as_asked_for_are_shown(student, count, shown):
    kinds, (drawn, titles, _, _) = seen(student, count, images=8, size=3)
    same(drawn, shown, "number of images drawn")
    assert len(titles) >= shown, f"{len(titles)} titles for {shown} images"
    for number, (title, kind) in enumerate(zip(titles, kinds, strict=False), 1):
        name = NAMES[0 if kind > 0 else 1]
        assert name in title, f"image {number}: no {name!r} in the title {title!r}"


@task("5b", facet="mode", hint="Remember model.training, and go back to it at the end.")
@pytest.mark.parametrize("training", [True, False])
def test_mode_of_the_model_is_left_as_it_was(student, training):
    _, (_, _, log, mode) = seen(student, 2, training=training)
    calls = {each for each in log if "mode" in each}
    assert calls, "the model was not asked"
    assert all("evaluation" in each for each in calls), "the model was asked in training mode"
    same(mode, training, "model.training at the end")


# -- 5c and 5d: small images, two classes that colours tell apart


def two_kinds(count, height, width, seed):
    """Images that are red (0) or blue (1), with noise, in no order."""
    labels = torch.from_numpy(np.random.default_rng(seed).integers(0, 2, count))
    images = 0.3 * filled((count, 3, height, width), seed)
    images[labels == 0, 0] += 1
    images[labels == 1, 2] += 1
    return images, labels


def transferred(student, way, seed=1, size=4):
    student.seed(seed)
    images = {"train": two_kinds(14, 5, 7, seed), "val": two_kinds(5, 5, 7, seed + 1)}
    return images, student.stage.transfer(way, images, size, NAMES)


def changed(found):
    """The parameters that are not, bit for bit, what they were before the first step."""
    before, after = found["before"], found["after"]
    assert set(PARAMETERS) <= before.keys() & after.keys(), "resnet18 was not trained"
    return [name for name in PARAMETERS if not torch.equal(before[name], after[name])]


def check_accuracy(images, found):
    accuracy = (found["logits"].argmax(dim=1) == images["train"][1]).double().mean().item()
    assert accuracy > 0.9, f"after training, {accuracy:.0%} of the training images are told right"


@task(
    "5c",
    facet="training",
    hint="Give all parameters of the model to the optimizer, those of the new fc too.",
)
@pytest.mark.parametrize("seed", [1, 2])
def test_finetuning_trains_every_parameter_and_learns(student, seed):
    images, found = transferred(student, "finetune", seed)
    same(changed(found), PARAMETERS, "parameters that changed")
    check_accuracy(images, found)


@task("5c", facet="pretrained", hint="models.resnet18 with trained weights.")
def test_finetuning_does_not_start_from_random_weights(student):
    _, found = transferred(student, "finetune", size=7)
    same(found["pretrained"], True, "resnet18 with trained weights")


@task("5d", facet="training", hint="Freeze before fc is replaced: the new layer must train.")
@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_last_layer_is_trained_and_it_learns(student, seed):
    images, found = transferred(student, "freeze", seed)
    same(changed(found), LAST, "parameters that changed")
    check_accuracy(images, found)


@task(
    "5d",
    facet="pretrained",
    hint="models.resnet18 with trained weights, and a new fc with one output per class.",
)
def test_freezing_starts_from_trained_weights_and_a_new_last_layer(student):
    _, found = transferred(student, "freeze", size=7)
    same(found["pretrained"], True, "resnet18 with trained weights")
    same(list(found["after"]["fc.weight"].shape), [2, 512], "shape of fc.weight")
