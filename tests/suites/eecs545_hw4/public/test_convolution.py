"""Task 3a, convolution: every value against the sum that defines it."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

CASES = st.conv2d_cases(max_batch=2, max_kernel=3, max_extra=2, least=2, square=True)


def places(case):
    """All (n, f, i, j) of the output."""
    return np.ndindex(*case.dout.shape)


def patch(case, i, j):
    """Where the kernel lies for the output at row i and column j."""
    height, width = case.w.shape[2:]
    return slice(i, i + height), slice(j, j + width)


def backward(student, case):
    """dx, dw of the submission, from the cache of its own forward pass."""
    _, cache = student.layers.conv_forward(case.x, case.w)
    return student.layers.conv_backward(case.dout, cache)


@task(
    "3a",
    facet="conv-forward",
    hint="Lay the kernel as it is (not flipped) on each patch; sum over channels.",
)
@given(case=CASES)
def test_forward_matches_definition(student, case):
    out, _ = student.layers.conv_forward(case.x, case.w)
    expected = np.zeros(case.dout.shape)
    for n, f, i, j in places(case):
        rows, columns = patch(case, i, j)
        expected[n, f, i, j] = np.sum(case.x[n, :, rows, columns] * case.w[f])
    close(out, expected, name="out")


@task(
    "3a",
    facet="conv-dx",
    hint="Every output adds its dout times the kernel to the patch it was made from.",
)
@given(case=CASES)
def test_dx_adds_kernel_to_every_patch(student, case):
    dx, _ = backward(student, case)
    expected = np.zeros_like(case.x)
    for n, f, i, j in places(case):
        rows, columns = patch(case, i, j)
        expected[n, :, rows, columns] += case.dout[n, f, i, j] * case.w[f]
    close(dx, expected, name="dx")


@task(
    "3a",
    facet="conv-dw",
    hint="Every output adds its dout times the patch it was made from; sum over samples.",
)
@given(case=CASES)
def test_dw_adds_every_patch(student, case):
    _, dw = backward(student, case)
    expected = np.zeros_like(case.w)
    for n, f, i, j in places(case):
        rows, columns = patch(case, i, j)
        expected[f] += case.dout[n, f, i, j] * case.x[n, :, rows, columns]
    close(dw, expected, name="dw")
