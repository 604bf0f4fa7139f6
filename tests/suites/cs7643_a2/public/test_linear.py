"""Task 1.1d, Linear: every value against the sum that defines it; samples are plain vectors."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

# At least two of everything: an axis of length one has a hidden test of its own.
CASES = st.linear_cases(max_batch=3, max_size=4).filter(
    lambda case: min(case.x.shape + case.b.shape) > 1
)


def layer_of(student, case):
    """The submission's layer with the case's parameters."""
    layer = student.module("modules.linear").Linear(*case.w.shape)
    layer.weight, layer.bias = case.w, case.b
    return layer


def backward(student, case):
    """The submission's layer after both passes."""
    layer = layer_of(student, case)
    layer.forward(case.x)
    layer.backward(case.dout)
    return layer


@task(
    "1.1d",
    facet="forward",
    hint="The matrix product of x and weight, plus bias added to every row.",
)
@given(case=CASES)
def test_forward_matches_definition(student, case):
    expected = np.zeros(case.dout.shape)
    for n, j in np.ndindex(*expected.shape):
        row = case.x[n]
        expected[n, j] = sum(row[i] * case.w[i, j] for i in range(len(row))) + case.b[j]
    close(layer_of(student, case).forward(case.x), expected, name="out")


@task(
    "1.1d",
    facet="dx",
    hint="x[n, i] reaches the loss through every out[n, j], each time by weight[i, j].",
)
@given(case=CASES)
def test_dx_sums_over_outputs(student, case):
    expected = np.zeros_like(case.x)
    for n, i in np.ndindex(*case.x.shape):
        expected[n, i] = sum(case.dout[n, j] * case.w[i, j] for j in range(case.w.shape[1]))
    close(backward(student, case).dx, expected, name="dx")


@task(
    "1.1d",
    facet="dw",
    hint="Sum over the samples, and divide by nothing: the mean is taken in the loss.",
)
@given(case=CASES)
def test_dw_sums_over_samples(student, case):
    expected = np.zeros_like(case.w)
    for i, j in np.ndindex(*case.w.shape):
        expected[i, j] = sum(case.x[n, i] * case.dout[n, j] for n in range(case.x.shape[0]))
    close(backward(student, case).dw, expected, name="dw")


@task(
    "1.1d",
    facet="db",
    hint="bias[j] is added in every sample, so its gradient is a sum of N terms.",
)
@given(case=CASES)
def test_db_sums_over_samples(student, case):
    expected = np.zeros_like(case.b)
    for row in case.dout:
        expected += row
    close(backward(student, case).db, expected, name="db")
