"""Task 2a, softmax loss: against the formula, one sample after the other."""

import math

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

CASES = st.logits_cases(max_batch=3, max_classes=4).filter(lambda case: len(case.x) > 1)


def probabilities(row):
    """Softmax of one row of small logits, straight from its definition."""
    powers = [math.exp(value) for value in row]
    return np.array([power / sum(powers) for power in powers])


@task("2a", facet="loss", hint="The mean over the N samples of -log p[n, y[n]], as one number.")
@given(case=CASES)
def test_loss_is_mean_of_negative_log_probabilities(student, case):
    loss, _ = student.layers.softmax_loss(case.x, case.y)
    terms = [
        -math.log(probabilities(row)[right]) for row, right in zip(case.x, case.y, strict=True)
    ]
    close(loss, sum(terms) / len(terms), name="the loss")


@task(
    "2a",
    facet="dx",
    hint="dx is p with 1 taken off at the right class; the loss is a mean, so is dx.",
)
@given(case=CASES)
def test_gradient_is_probability_less_one_hot(student, case):
    _, dx = student.layers.softmax_loss(case.x, case.y)
    expected = np.zeros_like(case.x)
    for n, (row, right) in enumerate(zip(case.x, case.y, strict=True)):
        expected[n] = probabilities(row)
        expected[n, right] -= 1
    close(dx, expected / len(case.x), name="dx")


@task(
    "2a",
    facet="stability",
    hint="exp(1000) overflows. Subtracting a row's maximum first changes no probability.",
)
def test_loss_of_logits_of_a_thousand_is_finite(student):
    x = np.array([[1000.0, 0.0, 0.0], [0.0, 1000.0, -1000.0]])
    loss, _ = student.layers.softmax_loss(x, np.array([0, 0]))
    close(loss, (0.0 + 1000.0) / 2, name="the loss")
