"""Task 2a against PyTorch's cross-entropy and autograd; one property per test."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

KINDS = ("loss", "dx")
CASES = st.logits_cases().filter(lambda case: len(case.x) > 1)


def oracle(x, y):
    """Mean loss and its gradient, in float64."""
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    loss = functional.cross_entropy(leaf, torch.tensor(y))
    loss.backward()
    return {"loss": loss.item(), "dx": leaf.grad.numpy()}


def check(student, x, y, kind, **tolerances):
    """Compare one of the submission's results; it must return both."""
    loss, dx = student.layers.softmax_loss(x, y)
    close({"loss": loss, "dx": dx}[kind], oracle(x, y)[kind], name=kind, **tolerances)


@task("2a", facet="loss", hint="The mean over samples; N and C differ.")
@given(case=CASES)
def test_loss_matches_pytorch(student, case):
    check(student, case.x, case.y, "loss")


@task("2a", facet="dx", hint="The gradient of a mean carries a factor 1/N.")
@given(case=CASES)
def test_gradient_matches_autograd(student, case):
    check(student, case.x, case.y, "dx")


@task("2a", facet="stability", hint="Logits of +-1000: subtract each row's maximum before exp.")
@given(case=st.logits_cases(elements="extreme"))
def test_extreme_logits_give_finite_accurate_loss(student, case):
    check(student, case.x, case.y, "loss")


@task("2a", facet="stability", hint="Logits of +-1000: the gradient must be finite too.")
@given(case=st.logits_cases(elements="extreme"))
def test_extreme_logits_give_finite_accurate_gradient(student, case):
    check(student, case.x, case.y, "dx")


@task(
    "2a",
    facet="stability",
    hint="All logits near -1000: a maximum taken with 0 leaves only zeros to divide by.",
)
@pytest.mark.parametrize("kind", KINDS)
def test_very_negative_logits_give_finite_results(student, kind):
    x, y = st.fill((4, 3), 1) - 1000.0, np.array([2, 0, 1, 1])
    check(student, x, y, kind)


@task(
    "2a",
    facet="stability",
    hint="Each row has its own maximum; one maximum for all rows is not enough.",
)
@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_very_different_size_do_not_disturb_each_other(student, kind):
    x, y = st.fill((3, 4), 1) + np.array([[-900.0], [0.0], [900.0]]), np.array([3, 0, 2])
    check(student, x, y, kind)


@task("2a", facet="shapes", hint="A batch of one sample is still a batch.")
@pytest.mark.parametrize("kind", KINDS)
def test_batch_of_one_keeps_its_shapes(student, kind):
    x, y = st.fill((1, 5), 1), np.array([3])
    check(student, x, y, kind)


@task("2a", facet="types", hint="float32 logits are allowed.")
@pytest.mark.parametrize("kind", KINDS)
def test_float32_logits_give_float32_accuracy(student, kind):
    x, y = st.fill((6, 4), 1, dtype=np.float32), np.array([0, 1, 2, 3, 3, 0])
    check(student, x, y, kind, rtol=1e-4, atol=1e-5)


@task(
    "2a",
    cases="gradients",
    facet="types",
    hint="x may hold integers; dx is not cut off to integers because of that.",
)
@pytest.mark.parametrize("kind", KINDS)
def test_integer_logits_have_floating_gradient(student, kind):
    x, y = st.fill((5, 3), 1, "integers", np.int64), np.array([0, 2, 1, 1, 2])
    check(student, x, y, kind)


@task(
    "2a",
    cases="arguments",
    facet="state",
    hint="Do not write into x or y: `x -= x.max(...)` changes the caller's array.",
)
@pytest.mark.parametrize("name", ["x", "y"])
def test_argument_is_unchanged(student, name):
    arrays = {"x": st.fill((4, 3), 1), "y": np.array([2, 0, 1, 1])}
    given_ = {key: student.put(value) for key, value in arrays.items()}
    loss, _ = student.layers.softmax_loss(given_["x"], given_["y"])
    close(loss, oracle(**arrays)["loss"], name="loss")  # who does nothing changes nothing
    close(given_[name].value(), arrays[name], name=f"{name} after the call", exact=True)
