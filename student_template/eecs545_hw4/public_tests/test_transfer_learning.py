"""Problem 5 on small networks: which weights are kept, what is trained, what is shown."""

from itertools import pairwise

import pytest
import torch

from grader.suite import close, task
from grader.suite import strategies as st

NAMES = ["ants", "bees"]
LAST = ["fc.weight", "fc.bias"]
PARAMETERS = ["conv1.weight", "bn1.weight", "bn1.bias", "layer1.weight", "layer1.bias", *LAST]


def same(got, expected, name):
    assert got == expected, f"{name}: got {got}, expected {expected}"


def filled(shape, seed):
    return torch.from_numpy(st.fill(shape, seed, dtype="float32"))


def weights(labels, right, scale):
    """Of a linear model (2, N) that tells these of the N unit vectors right, for labels 0 and 1."""
    signs = torch.tensor([1.0 if each else -1.0 for each in right]) * scale
    return torch.stack([torch.where(labels == c, signs, torch.zeros(len(right))) for c in (0, 1)])


def scripted(student, epochs, batches=1, size=4):
    """Training whose weights after each epoch tell the images right that `epochs` says."""
    n = len(epochs[0])
    labels = torch.arange(n) % 2
    script = [weights(labels, right, number + 1.0) for number, right in enumerate(epochs)]
    told = [each for each in script for _ in range(batches)]
    train = filled((size * batches, n), 1), torch.arange(size * batches) % 2
    images = {"train": train, "val": (torch.eye(n), labels)}
    return script, student.stage.follow_script([0 * told[0], *told], images, size, len(epochs))


EPOCHS = [[1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 1], [1, 1, 1, 0, 0, 0]]


@task(
    "5a",
    facet="best",
    weight=2,
    hint="Copy the weights (copy.deepcopy) whenever the accuracy is the best.",
)
def test_weights_best_in_validation_are_returned(student):
    script, (state, _, _) = scripted(student, EPOCHS)
    close(state["weight"], script[1], name="weight of the model returned")


@task("5a", facet="training", hint="optimizer.step() for each training batch, and for no other.")
def test_each_training_batch_has_its_step(student):
    _, (_, log, _) = scripted(student, EPOCHS, batches=3)
    steps = [each for each in log if each in ("train batch", "step")]
    same(steps, ["train batch", "step"] * 9, name="steps")


@task("5a", facet="schedule", hint="scheduler.step() once per epoch, in its training part.")
def test_scheduler_has_one_step_per_epoch(student):
    _, (_, log, _) = scripted(student, EPOCHS, batches=2)
    same(log.count("schedule"), 3, name="steps of the scheduler in three epochs")


@task(
    "5a",
    cases="phases",
    facet="modes",
    hint="model.train() before the training batches, model.eval() before validation.",
)
@pytest.mark.parametrize(
    ("split", "mode"),
    [("train", "training"), ("val", "evaluation")],
)
def test_mode_of_the_model_fits_the_batch(student, split, mode):
    _, (_, log, _) = scripted(student, EPOCHS, batches=2)
    found = modes(log, split)
    same(found, [mode] * len(found) or [mode], name=f"modes for {split} batches")


def modes(log, split):
    """The modes of the model's calls that follow batches of a split."""
    calls = (after for before, after in pairwise(log) if before == f"{split} batch")
    return [call.split()[0] for call in calls if "mode" in call]


@task(
    "5b",
    facet="titles",
    hint="One imshow() for each image, with the name of the predicted class as the title.",
)
def test_each_image_is_shown_under_its_predicted_class(student):
    weight = torch.stack([torch.ones(12), -torch.ones(12)])
    images = torch.tensor([1.0, -1, -1, 1, 1])[:, None, None, None] * torch.ones(5, 3, 2, 2)
    labels = torch.tensor([0, 0, 1, 0, 0])
    drawn, titles, _, _ = student.stage.visualize(weight, (images, labels), 2, NAMES, 4, False)
    same(drawn, 4, name="number of images drawn")
    named = [[name for name in NAMES if name in title] for title in titles]
    for number, (found, right) in enumerate(zip(named, [0, 1, 1, 0], strict=False), 1):
        assert NAMES[right] in found, f"image {number}: no {NAMES[right]!r} in the title"
    assert len(titles) >= 4, f"{len(titles)} titles for 4 images"


def two_kinds(count, side, seed=3):
    """Images that are red (0) or blue (1), with noise."""
    labels = torch.arange(count) % 2
    images = 0.3 * filled((count, 3, side, side), seed)
    images[labels == 0, 0] += 1
    images[labels == 1, 2] += 1
    return images, labels


def transferred(student, way):
    student.seed(0)
    images = {"train": two_kinds(12, 6), "val": two_kinds(6, 6, seed=4)}
    return images, student.stage.transfer(way, images, 4, NAMES)


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
    facet="pretrained",
    hint="models.resnet18 with weights, and a new fc with one output per class.",
)
def test_finetuning_starts_from_trained_weights_and_a_new_last_layer(student):
    _, found = transferred(student, "finetune")
    same(found["pretrained"], True, name="resnet18 with trained weights")
    same(list(found["after"]["fc.weight"].shape), [2, 512], name="shape of fc.weight")


@task("5c", facet="training", hint="Give all parameters of the model to the optimizer.")
def test_finetuning_trains_every_parameter(student):
    images, found = transferred(student, "finetune")
    same(changed(found), PARAMETERS, name="parameters that changed")
    check_accuracy(images, found)


@task(
    "5d",
    facet="training",
    hint="requires_grad = False for all parameters before fc is replaced.",
)
def test_frozen_parameters_stay_and_the_last_layer_learns(student):
    images, found = transferred(student, "freeze")
    same(changed(found), LAST, name="parameters that changed")
    check_accuracy(images, found)
