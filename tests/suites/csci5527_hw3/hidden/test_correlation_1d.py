"""Problem 2 (a), (b), (c) against SciPy and PyTorch's autograd; one property per test."""

import numpy as np
import pytest
import torch
from scipy import signal
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

VECTORS = st.arrays(st.shapes(n=(1, 9)))
# name: elements of the filter, elements of the signal
LENGTHS = {
    "filter longer than the signal": (5, 3),
    "filter of one element": (1, 4),
    "signal of one element": (4, 1),
}


def torch_star(w, x):
    """w * x on tensors: PyTorch's conv1d does not flip either."""
    return functional.conv1d(x[None, None], w[None, None], padding=len(w) - 1)[0, 0]


def jacobians(w, x):
    """Derivatives of w * x with respect to w and to x."""
    leaves = torch.tensor(w), torch.tensor(x)
    return [part.numpy() for part in torch.autograd.functional.jacobian(torch_star, leaves)]


@task("2a", weight=2, hint="SciPy's correlate(y, x, 'full'), operands swapped, is x * y.")
@given(x=VECTORS, y=VECTORS)
def test_correlate1d_matches_scipy(student, x, y):
    out = student.correlation.correlate1d(x, y)
    close(out, signal.correlate(y, x, "full", "direct"), name="x * y")


@task("2a", hint="Either vector may be the longer one, and either may have one element only.")
@pytest.mark.parametrize("name", LENGTHS)
def test_correlate1d_takes_any_lengths(student, name):
    x, y = (st.fill((length,), 7 + i) for i, length in enumerate(LENGTHS[name]))
    out = student.correlation.correlate1d(x, y)
    close(out, signal.correlate(y, x, "full", "direct"), name="x * y")


@task("2a", hint="Signals may hold whole numbers; a result is not cut off because of that.")
def test_signal_of_integers_gives_floating_result(student):
    x, y = st.fill((3,), 2), st.fill((5,), 3, "integers", np.int64)
    close(student.correlation.correlate1d(x, y), signal.correlate(y, x, "full"), name="x * y")


@task("2a", hint="Do not write into the vectors you are given; reverse a copy.")
def test_vectors_are_unchanged(student):
    arrays = st.fill((3,), 4), st.fill((5,), 5)
    held = [student.put(array) for array in arrays]
    out = student.correlation.correlate1d(*held)
    close(out, signal.correlate(arrays[1], arrays[0], "full"), name="x * y")
    for name, copy, array in zip("xy", held, arrays, strict=True):
        close(copy.value(), array, name=f"{name} after the call", exact=True)


@task("2b", weight=2, hint="C_w @ x must be w * x; entry (k, j) is w[j - k + m - 1].")
@given(m=st.integers(1, 7), n=st.integers(1, 7), seed=st.SEEDS)
def test_weight_matrix_is_derivative_by_the_signal(student, m, n, seed):
    w, x = st.fill((m,), seed), st.fill((n,), seed + 1)
    close(student.correlation.weight_matrix(w, n), jacobians(w, x)[1], name="C_w")


@task("2c", weight=2, hint="Entry (k, i) is x[k - (m - 1) + i], and 0 outside of x.")
@given(m=st.integers(1, 7), n=st.integers(1, 7), seed=st.SEEDS)
def test_jacobian_matches_autograd(student, m, n, seed):
    w, x = st.fill((m,), seed), st.fill((n,), seed + 1)
    close(student.correlation.jacobian_w(x, m), jacobians(w, x)[0], name="J")
