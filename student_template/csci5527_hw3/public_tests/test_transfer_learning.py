"""Problem 4: the new head, what it may change, the classes' weights, training, and the file."""

import collections
import csv

import torch

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

LABELS = ("NORMAL", "PNEUMONIA")
MOST_BYTES = 1_000_000  # a line for each of 624 images takes 30,000


def backbone(student, features=6):
    """A small network whose last layer is called fc."""
    nn = student.module("torch.nn")
    net = nn.Sequential()
    net.add_module("body", nn.Linear(5, features))
    net.add_module("relu", nn.ReLU())
    net.add_module("fc", nn.Linear(features, 10))
    return net


def blobs(count):
    """Points (count, 5) of two classes that a linear layer can tell apart, and labels."""
    labels = torch.arange(count) % 2
    noise = torch.randn((count, 5), generator=torch.Generator().manual_seed(4))
    return 0.3 * noise + (2.0 * labels - 1)[:, None], labels


def batches(student, x, y, size):
    data = student.module("torch.utils.data")
    return data.DataLoader(data.TensorDataset(x, y), batch_size=size)


@task(
    "4a",
    facet="head",
    weight=2,
    hint="Replace backbone.fc by a linear layer of as many features, but K scores.",
)
@given(
    strategy=st.sampled_from(["freeze", "finetune", "scratch"]),
    classes=st.integers(2, 5),
    features=st.integers(2, 7),
    max_examples=10,
)
def test_model_has_a_score_for_each_class(student, strategy, classes, features):
    model = student.transfer_learning.build_model(backbone(student, features), classes, strategy)
    scores = model(torch.ones(3, 5))
    close(torch.isfinite(scores), torch.ones(3, classes, dtype=torch.bool), name="scores finite")


@task("4a", facet="freeze", hint="requires_grad is False in the backbone, True in the new head.")
def test_only_the_head_learns_when_the_rest_is_frozen(student):
    net = backbone(student)
    body = dict(iter(net.named_parameters()))["body.weight"]
    model = student.transfer_learning.build_model(net, 3, "freeze")
    found = student.value_and_grad(model, torch.ones(2, 5), upstream=torch.ones(2, 3))
    values = dict(iter(model.named_parameters()))
    for name, gradient in found.parameters.items():
        frozen = values[name].shape == body.shape and bool((values[name] == body).all())
        if frozen and gradient is not None:
            raise WrongAnswer(f"{name} is of the backbone but requires a gradient")
    learning = [name for name, gradient in found.parameters.items() if gradient is not None]
    close(bool(learning), True, name="something learns", exact=True)


@task("4a", facet="order", hint="Divide by the number of images.")
@given(few=st.integers(1, 50), more=st.integers(1, 200))
def test_rarer_class_weighs_more(student, few, more):
    weights = student.transfer_learning.class_weights([few + more, few])
    close(bool(weights[1] > weights[0]), True, name="the rarer class weighs more", exact=True)


@task("4a", facet="scale", hint="Divide the weights by the mean of them all.")
@given(few=st.integers(1, 50), more=st.integers(1, 200))
def test_mean_of_the_weights_is_one(student, few, more):
    weights = student.transfer_learning.class_weights([few + more, few])
    close(weights.mean(), 1.0, name="the mean of the weights", rtol=1e-5)


@task(
    "4a",
    facet="training",
    weight=2,
    hint="For each batch: clear gradients, compute the loss, backward, step.",
)
def test_training_lowers_the_objective(student):
    student.seed(1)
    model = student.transfer_learning.build_model(backbone(student), 2, "finetune")
    loader = batches(student, *blobs(24), 8)
    history = student.transfer_learning.train_model(model, loader, 6, 0.02, torch.ones(2))
    close(len(history), 6, name="number of epochs", exact=True)
    close(bool(history[-1] < history[0]), True, name="the objective falls", exact=True)


@task(
    "4b",
    facet="readable",
    hint="A line `filename,label`, then one line for each image; NORMAL or PNEUMONIA.",
)
def test_predictions_can_be_read(student):
    content = student.read_file("predictions.csv")
    if len(content) > MOST_BYTES:
        raise WrongAnswer(f"predictions.csv: {len(content)} bytes, more than {MOST_BYTES}")
    text = content.decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    if not rows or [cell.strip() for cell in rows[0]][:2] != ["filename", "label"]:
        raise WrongAnswer("predictions.csv: the first line must be filename,label")
    for number, row in enumerate(rows[1:], start=2):
        if row and (len(row) < 2 or row[1].strip().upper() not in LABELS):
            raise WrongAnswer(
                f"predictions.csv, line {number}: got {row}, expected a name and a label"
            )
    counts = collections.Counter(row[0].strip() for row in rows[1:] if row)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise WrongAnswer(f"predictions.csv: {twice[0]} is listed twice")
