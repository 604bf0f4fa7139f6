"""Task 1a, fully connected layer: every value against the sum that defines it."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

CASES = st.linear_cases(max_batch=3, max_size=4, least=2)


def affine(x, w, b):
    """out[n, j] = sum_i x[n, i] * w[i, j] + b[j], one output after the other."""
    out = np.zeros((x.shape[0], w.shape[1]))
    for n, j in np.ndindex(*out.shape):
        out[n, j] = sum(x[n, i] * w[i, j] for i in range(x.shape[1])) + b[j]
    return out


def backward(student, case):
    """dx, dw, db of the submission, from the cache of its own forward pass."""
    _, cache = student.layers.fc_forward(case.x, case.w, case.b)
    return student.layers.fc_backward(case.dout, cache)


@task(
    "1a",
    facet="forward",
    hint="out is the matrix product of x and w, plus b added to every row.",
)
@given(case=CASES)
def test_forward_matches_definition(student, case):
    out, _ = student.layers.fc_forward(case.x, case.w, case.b)
    close(out, affine(case.x, case.w, case.b), name="out")


@task(
    "1a",
    facet="dx",
    hint="x[n, i] reaches the loss through every out[n, j], each time weighted by w[i, j].",
)
@given(case=CASES)
def test_dx_sums_over_outputs(student, case):
    dx, _, _ = backward(student, case)
    expected = np.zeros_like(case.x)
    for n, i in np.ndindex(*case.x.shape):
        expected[n, i] = sum(case.dout[n, j] * case.w[i, j] for j in range(case.w.shape[1]))
    close(dx, expected, name="dx")


@task(
    "1a",
    facet="dw",
    hint="Sum over the samples, and divide by nothing: the mean is taken in the loss.",
)
@given(case=CASES)
def test_dw_sums_over_samples(student, case):
    _, dw, _ = backward(student, case)
    expected = np.zeros_like(case.w)
    for i, j in np.ndindex(*case.w.shape):
        expected[i, j] = sum(case.x[n, i] * case.dout[n, j] for n in range(case.x.shape[0]))
    close(dw, expected, name="dw")


@task(
    "1a",
    facet="db",
    hint="b[j] is added in every sample, so its gradient is a sum of N terms; shape (D_out,).",
)
@given(case=CASES)
def test_db_sums_over_samples(student, case):
    _, _, db = backward(student, case)
    expected = np.zeros_like(case.b)
    for row in case.dout:
        expected += row
    close(db, expected, name="db")
