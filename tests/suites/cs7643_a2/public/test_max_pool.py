"""Task 1.1b, MaxPooling: window after window."""

from dataclasses import dataclass

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st


@dataclass(frozen=True)
class Case:
    """A layer's numbers, images and a gradient of the output."""

    kernel_size: int
    stride: int
    x: np.ndarray  # (N, C, H, W)
    dout: np.ndarray  # (N, C, H', W')


@st.composite
def cases(draw, stride="window"):
    """Square images of positive numbers; windows side by side, overlapping or with gaps."""
    k, windows = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    steps = {
        "window": k,
        "overlap": draw(st.integers(1, k - 1)),
        "gap": k + draw(st.integers(1, 2)),
    }
    side, seed = k + steps[stride] * (windows - 1), draw(st.SEEDS)
    x, dout = (2, 2, side, side), (2, 2, windows, windows)
    return Case(k, steps[stride], np.exp(st.fill(x, seed)), st.fill(dout, seed + 1))


BESIDE, OVERLAPPING, GAPS = cases(), cases("overlap"), cases("gap")


def layer_of(student, case):
    """The submission's layer."""
    return student.module("modules.max_pool").MaxPooling(case.kernel_size, case.stride)


def window(case, i, j):
    """Rows and columns under the window of the output at row i and column j."""
    top, left = i * case.stride, j * case.stride
    return slice(top, top + case.kernel_size), slice(left, left + case.kernel_size)


def check_out(student, case):
    """Compare the forward pass."""
    expected = np.zeros(case.dout.shape)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        expected[n, c, i, j] = case.x[(n, c, *window(case, i, j))].max()
    close(layer_of(student, case).forward(case.x), expected, name="out")


def check_dx(student, case):
    """Compare the backward pass."""
    layer = layer_of(student, case)
    layer.forward(case.x)
    layer.backward(case.dout)
    expected = np.zeros_like(case.x)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        under = case.x[(n, c, *window(case, i, j))]
        largest = under == under.max()  # one element: no two numbers of these images are equal
        expected[(n, c, *window(case, i, j))] += case.dout[n, c, i, j] * largest
    close(layer.dx, expected, name="dx")


@task("1.1b", facet="forward", hint="The next window starts `stride` further right or down.")
@given(case=BESIDE)
def test_forward_takes_largest_of_each_window(student, case):
    check_out(student, case)


@task("1.1b", facet="backward", hint="Each dout goes to the largest element of its window.")
@given(case=BESIDE)
def test_backward_gives_to_largest_of_each_window(student, case):
    check_dx(student, case)


@task("1.1b", facet="overlap", hint="Where windows overlap, what lands on one element is added up.")
@given(case=OVERLAPPING, max_examples=12)
def test_backward_adds_where_windows_overlap(student, case):
    check_dx(student, case)


@task("1.1b", facet="gaps", hint="The stride may be larger than the window; skipped rows get 0.")
@given(case=GAPS, max_examples=12)
def test_passes_with_gaps_between_windows(student, case):
    check_out(student, case)
    check_dx(student, case)
