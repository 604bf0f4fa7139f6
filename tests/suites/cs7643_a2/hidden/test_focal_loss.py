"""Tasks 3.1a and 3.1b against PyTorch: extremes, other sizes, gradients with weights."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, task
from grader.suite import strategies as st

CIFAR = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]  # at a factor of 0.01
N, C = 7, 5


def batch(seed=1, scale=1.0):
    """Scores (N, C) and classes (N,); not every class is there."""
    x = torch.from_numpy(st.fill((N, C), seed, dtype="float32")) * scale
    return x, torch.from_numpy(np.random.default_rng(seed).integers(0, C, N))


WEIGHT = torch.tensor([0.2, 1.7, 0.6, 1.5, 1.0])


def focal(x, y, gamma, weight=None):
    """Each sample's term in double precision."""
    log_p = functional.log_softmax(x.double(), dim=1).gather(1, y[:, None])[:, 0]
    terms = -((1 - log_p.exp()) ** gamma) * log_p
    return terms if weight is None else terms * weight[y]


def check_shares(weights, counts, beta):
    """Compare the weights but for a common factor, which has a test of its own."""
    assert torch.is_tensor(weights), "reweight returned no tensor."
    raw = (1 - beta) / (1 - beta ** np.array(counts, dtype=float))
    expected = torch.from_numpy(raw / raw.sum())
    close(weights / weights.sum(), expected, name="the weights, divided by their sum", rtol=1e-3)


def loss_of(student, *args, **kwargs):
    """The submission's criterion."""
    return student.module("losses.focal_loss").FocalLoss(*args, **kwargs)


@task("3.1a", facet="default", hint="beta is 0.9999 unless given.")
def test_default_beta_on_imbalanced_cifar(student):
    check_shares(student.module("losses.focal_loss").reweight(CIFAR), CIFAR, 0.9999)


@task(
    "3.1a",
    facet="default",
    hint="At beta = 0 every class has one effective sample, and the weight 1.",
)
def test_beta_zero_weighs_all_classes_alike(student):
    counts = [900, 30, 4]
    check_shares(student.module("losses.focal_loss").reweight(counts, beta=0.0), counts, 0.0)


@task("3.1a", facet="proportions", hint="beta is an argument: the weights depend on it.")
@pytest.mark.parametrize("beta", [0.5, 0.999])
def test_weights_for_other_beta(student, beta):
    counts = [700, 12, 3, 90]
    check_shares(student.module("losses.focal_loss").reweight(counts, beta=beta), counts, beta)


@task(
    "3.1b",
    facet="beyond",
    hint="FocalLoss() is plain cross-entropy: weight None and gamma 0 are the defaults.",
)
def test_defaults_are_cross_entropy(student):
    x, y = batch()
    close(loss_of(student)(x, y), functional.cross_entropy(x, y), name="the loss")


@task("3.1b", facet="gamma", hint="The loss is one number in a tensor without dimensions.")
def test_loss_of_one_sample_is_a_scalar(student):
    x, y = batch(2)
    close(loss_of(student, torch.ones(C), 2.0)(x[:1], y[:1]), focal(x, y, 2.0)[0], name="the loss")


@task("3.1b", facet="gamma", hint="The exponent is gamma itself, any number from 0 on.")
@pytest.mark.parametrize("gamma", [0.3, 1.5, 5.0])
def test_gamma_need_not_be_whole(student, gamma):
    x, y = batch(3)
    close(loss_of(student, torch.ones(C), gamma)(x, y), focal(x, y, gamma).mean(), name="the loss")


@task(
    "3.1b",
    cases="gradients",
    facet="gradient",
    hint="Gradients with class weights, gamma above 0: all by PyTorch.",
)
@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_gradient_with_weights_matches_autograd(student, gamma):
    x, y = batch(4)
    got = student.value_and_grad(loss_of(student, WEIGHT, gamma), x, y).grads[0]
    assert got is not None, "No gradient reaches the scores: the graph is cut somewhere."
    leaf = x.double().requires_grad_()
    (sums,) = torch.autograd.grad(focal(leaf, y, gamma, WEIGHT).sum(), leaf)
    # A mean over N or over the weights: the course leaves open which.
    factor = min((1 / N, 1 / WEIGHT[y].sum().item()), key=lambda f: (got - f * sums).norm().item())
    close(got, factor * sums, name="the gradient", rtol=1e-3)


@task("3.1b", facet="beyond", hint="log_softmax stays finite where softmax is 0 or 1.")
@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_large_scores_stay_finite(student, gamma):
    x, y = batch(5, scale=1000.0)
    found = student.value_and_grad(loss_of(student, torch.ones(C), gamma), x, y)
    close(found.value, focal(x, y, gamma).mean(), name="the loss of large scores")
    assert found.grads[0] is not None, "No gradient reaches the scores."
    assert torch.isfinite(found.grads[0]).all(), "The gradient at large scores is not finite."


@task("3.1b", facet="state", hint="Compute with the scores, do not write into them.")
def test_scores_and_weights_stay_as_they_are(student):
    x, y = batch(6)
    held_x, held_weight = student.put(x), student.put(WEIGHT)
    criterion = loss_of(student, held_weight, 2.0)
    first, again = criterion(held_x, y), criterion(held_x, y)
    # Who returns what is no loss changes nothing either.
    assert first.shape == (), f"The loss has shape {tuple(first.shape)}, but is one number."
    close(held_x.value(), x, name="the scores afterwards", exact=True)
    close(held_weight.value(), WEIGHT, name="the weights afterwards", exact=True)
    close(again, first, name="the loss of a second call")
