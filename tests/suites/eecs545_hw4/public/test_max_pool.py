"""Task 3a, max pooling: window after window."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st


@st.composite
def cases(draw, overlap=False):
    """Square windows side by side, or overlapping; positive pixels."""
    k, windows = draw(st.integers(2, 3)), draw(st.integers(2, 2))
    stride = draw(st.integers(1, k - 1)) if overlap else k
    side, seed = k + stride * (windows - 1), draw(st.SEEDS)
    x, dout = (2, 2, side, side), (2, 2, windows, windows)
    param = {"pool_height": k, "pool_width": k, "stride": stride}
    return st.Pool2dCase(np.exp(st.fill(x, seed)), param, st.fill(dout, seed + 1))


def window(case, i, j):
    """Rows and columns under the window of the output at row i and column j."""
    height, width = case.pool_param["pool_height"], case.pool_param["pool_width"]
    top, left = i * case.pool_param["stride"], j * case.pool_param["stride"]
    return slice(top, top + height), slice(left, left + width)


def check_dx(student, case):
    """Compare the backward pass."""
    _, cache = student.layers.max_pool_forward(case.x, case.pool_param)
    dx = student.layers.max_pool_backward(case.dout, cache)
    expected = np.zeros_like(case.x)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        under = case.x[(n, c, *window(case, i, j))]
        largest = under == under.max()  # one element: no two numbers of these images are equal
        expected[(n, c, *window(case, i, j))] += case.dout[n, c, i, j] * largest
    close(dx, expected, name="dx")


@task("3a", facet="pool-forward", hint="The next window starts `stride` further right or down.")
@given(case=cases())
def test_forward_takes_largest_of_each_window(student, case):
    out, _ = student.layers.max_pool_forward(case.x, case.pool_param)
    expected = np.zeros(case.dout.shape)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        expected[n, c, i, j] = case.x[(n, c, *window(case, i, j))].max()
    close(out, expected, name="out")


@task("3a", facet="pool-backward", hint="Each dout goes to the largest element of its window.")
@given(case=cases())
def test_backward_gives_to_largest_of_each_window(student, case):
    check_dx(student, case)


@task("3a", facet="pool-windows", hint="Where windows overlap, what lands on one element adds up.")
@given(case=cases(overlap=True), max_examples=12)
def test_backward_adds_where_windows_overlap(student, case):
    check_dx(student, case)
