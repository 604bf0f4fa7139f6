"""Task 3a, max pooling: window after window."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

CASES = st.pool2d_cases(max_batch=2, max_extra=3)


def window(case, i, j):
    """Rows and columns under the window of the output at row i and column j."""
    height, width = case.pool_param["pool_height"], case.pool_param["pool_width"]
    top, left = i * case.pool_param["stride"], j * case.pool_param["stride"]
    return slice(top, top + height), slice(left, left + width)


@task("3a", hint="The next window starts `stride` further; one that does not fit is left out.")
@given(case=CASES)
def test_forward_takes_largest_of_each_window(student, case):
    out, _ = student.layers.max_pool_forward(case.x, case.pool_param)
    expected = np.zeros(case.dout.shape)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        expected[n, c, i, j] = case.x[(n, c, *window(case, i, j))].max()
    close(out, expected, name="out")


@task(
    "3a", hint="Each dout goes to the largest element of its window, and is added where it lands."
)
@given(case=CASES)
def test_backward_adds_to_largest_of_each_window(student, case):
    _, cache = student.layers.max_pool_forward(case.x, case.pool_param)
    dx = student.layers.max_pool_backward(case.dout, cache)
    expected = np.zeros_like(case.x)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        under = case.x[(n, c, *window(case, i, j))]
        largest = under == under.max()  # one element: no two numbers of these images are equal
        expected[(n, c, *window(case, i, j))] += case.dout[n, c, i, j] * largest
    close(dx, expected, name="dx")
