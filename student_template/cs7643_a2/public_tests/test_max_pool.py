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
def cases(draw):
    n, c = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    k, stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    extra = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    x, dout = (n, c, k + extra[0], k + extra[1]), (n, c, *(1 + size // stride for size in extra))
    seed = draw(st.SEEDS)
    return Case(k, stride, st.fill(x, seed), st.fill(dout, seed + 1))


def layer_of(student, case):
    """The submission's layer."""
    return student.module("modules.max_pool").MaxPooling(case.kernel_size, case.stride)


def window(case, i, j):
    """Rows and columns under the window of the output at row i and column j."""
    top, left = i * case.stride, j * case.stride
    return slice(top, top + case.kernel_size), slice(left, left + case.kernel_size)


@task("1.1b", hint="The next window starts `stride` further; one that does not fit is left out.")
@given(case=cases())
def test_forward_takes_largest_of_each_window(student, case):
    expected = np.zeros(case.dout.shape)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        expected[n, c, i, j] = case.x[(n, c, *window(case, i, j))].max()
    close(layer_of(student, case).forward(case.x), expected, name="out")


@task(
    "1.1b", hint="Each dout goes to the largest element of its window, and is added where it lands."
)
@given(case=cases())
def test_backward_adds_to_largest_of_each_window(student, case):
    layer = layer_of(student, case)
    layer.forward(case.x)
    layer.backward(case.dout)
    expected = np.zeros_like(case.x)
    for n, c, i, j in np.ndindex(*case.dout.shape):
        under = case.x[(n, c, *window(case, i, j))]
        largest = under == under.max()  # one element: no two numbers of these images are equal
        expected[(n, c, *window(case, i, j))] += case.dout[n, c, i, j] * largest
    close(layer.dx, expected, name="dx")
