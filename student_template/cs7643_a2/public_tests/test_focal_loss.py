"""Tasks 3.1a and 3.1b, class-balanced focal loss: the formulas, number by number."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from grader.suite import close, given, task
from grader.suite import strategies as st

COUNTS = st.tuples(st.integers(2, 4), st.SEEDS).map(
    lambda drawn: np.random.default_rng(drawn[1]).integers(10, 3000, drawn[0]).tolist()
)


def shares(counts, beta):
    """The weights by their formula, divided by their sum."""
    raw = [(1 - beta) / (1 - beta**n) for n in counts]
    return torch.tensor([r / sum(raw) for r in raw])


def reweighted(student, *arguments):
    """The submission's weights, a tensor."""
    weights = student.module("losses.focal_loss").reweight(*arguments)
    assert torch.is_tensor(weights), "reweight returned no tensor."
    return weights


@task(
    "3.1a",
    facet="proportions",
    hint="In proportion to (1 - beta) / (1 - beta ** n) of each class.",
)
@given(counts=COUNTS, beta=st.sampled_from([0.9, 0.99, 0.999]))
def test_weights_follow_effective_numbers(student, counts, beta):
    weights, expected = reweighted(student, counts, beta), shares(counts, beta)
    close(weights / weights.sum(), expected, name="the weights, divided by their sum", rtol=1e-3)


@task(
    "3.1a",
    facet="sum",
    hint="Times C over their sum: the weights add up to the number of classes.",
)
@given(counts=COUNTS, beta=st.sampled_from([0.9, 0.99, 0.999]))
def test_weights_sum_to_number_of_classes(student, counts, beta):
    weights = reweighted(student, counts, beta)
    close(weights, len(counts) * shares(counts, beta), name="the weights", rtol=1e-3)


@dataclass(frozen=True)
class Case:
    """Scores, right classes, a weight per class, gamma."""

    x: torch.Tensor  # (N, C)
    y: torch.Tensor  # (N,)
    weight: torch.Tensor  # (C,)
    gamma: float


@st.composite
def cases(draw):
    n, c, seed = draw(st.integers(1, 4)), draw(st.integers(2, 4)), draw(st.SEEDS)
    x = torch.from_numpy(st.fill((n, c), seed, dtype="float32"))
    y = torch.from_numpy(np.random.default_rng(seed).integers(0, c, n))
    weight = torch.arange(1, c + 1, dtype=torch.float32)
    return Case(x, y, weight, draw(st.sampled_from([0.0, 0.5, 1.0, 2.0])))


def alike(case):
    """The weight 1 for every class."""
    return torch.ones_like(case.weight)


def losses(x, y, gamma):
    """One loss per sample, without class weights."""
    found = []
    for scores, label in zip(x.tolist(), y.tolist(), strict=True):
        p = math.exp(scores[label]) / sum(map(math.exp, scores))
        found.append(-((1 - p) ** gamma) * math.log(p))
    return found


def loss_of(criterion, case):
    """The submission's loss, a tensor."""
    loss = criterion(case.x, case.y)
    assert torch.is_tensor(loss), f"The loss is {loss!r:.60} and no tensor; its graph is lost."
    return loss


def close_to_either(got, first, second, name):
    """Compare with two values that are both right."""
    try:
        close(got, torch.tensor(second), name=name)
    except AssertionError:
        close(got, torch.tensor(first), name=name)


@task(
    "3.1b",
    facet="gamma",
    hint="-(1 - p) ** gamma * log p, where p is softmax at the right class; the mean of it.",
)
@given(case=cases())
def test_loss_of_equal_weights_is_mean_of_focal_terms(student, case):
    criterion = student.module("losses.focal_loss").FocalLoss(alike(case), case.gamma)
    expected = np.mean(losses(case.x, case.y, case.gamma))
    close(loss_of(criterion, case), torch.tensor(expected), name="the loss")


@task("3.1b", facet="weights", hint="Each sample's term counts weight[target] times.")
@given(case=cases())
def test_loss_with_weights(student, case):
    criterion = student.module("losses.focal_loss").FocalLoss(case.weight, case.gamma)
    weights, terms = case.weight[case.y].tolist(), losses(case.x, case.y, case.gamma)
    total = sum(w * term for w, term in zip(weights, terms, strict=True))
    # A mean over N, or over the weights: the course leaves open which.
    means = total / len(weights), total / sum(weights)
    close_to_either(loss_of(criterion, case), *means, name="the weighted loss")


@task(
    "3.1b",
    facet="gradient",
    hint="Use PyTorch's operations only: no .item(), no NumPy, no new tensors of numbers.",
)
@given(case=cases())
def test_gradient_reaches_scores(student, case):
    x, y, gamma = case.x, case.y, case.gamma
    criterion = student.module("losses.focal_loss").FocalLoss(alike(case), gamma)
    got = student.value_and_grad(criterion, x, y).grads[0]
    assert got is not None, "No gradient reaches the scores: the graph is cut somewhere."
    p = torch.softmax(x.double(), dim=1)
    right = p.gather(1, y[:, None])
    # d loss / d log p of the right class, times d log p / d scores = onehot - p.
    slope = gamma * (1 - right) ** (gamma - 1) * right * right.log() - (1 - right) ** gamma
    expected = slope * (torch.nn.functional.one_hot(y, x.shape[1]) - p) / len(y)
    close(got, expected, name="the gradient", rtol=1e-3)
