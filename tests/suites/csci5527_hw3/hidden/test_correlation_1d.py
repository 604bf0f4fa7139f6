"""Problem 2 (a), (b), (c) against SciPy and PyTorch's autograd; one property per test."""

import numpy as np
import pytest
import torch
from scipy import signal
from torch.nn import functional

from grader.suite import close, close_to_any, given, task
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


def ways_round(x, y):
    """x * y, y * x, and both with the first vector flipped, as a convolution has it."""
    correlated, convolved = signal.correlate(y, x, "full", "direct"), np.convolve(x, y)
    return correlated, correlated[::-1], convolved, convolved[::-1]


def check_sliding(student, x, y):
    """Which way round is no matter here."""
    close_to_any(student.correlation.correlate1d(x, y), ways_round(x, y), name="x * y")


@task("2a", facet="order", hint="SciPy's correlate(y, x, 'full'), operands swapped, is x * y.")
@given(x=st.arrays(st.shapes(n=(2, 4))), y=st.arrays(st.shapes(n=(4, 9))))
def test_correlate1d_matches_scipy(student, x, y):
    out = student.correlation.correlate1d(x, y)
    close(out, signal.correlate(y, x, "full", "direct"), name="x * y")


@task("2a", facet="lengths", hint="Either vector may be the longer one.")
@given(x=VECTORS, y=VECTORS)
def test_correlate1d_takes_vectors_of_any_two_lengths(student, x, y):
    check_sliding(student, x, y)


@task(
    "2a",
    facet="lengths",
    weight=2,
    hint="Where the filter is longer, it is still the one that slides.",
)
def test_longer_filter_slides_as_well(student):
    x, y = st.fill((5,), 7), st.fill((3,), 8)
    out = student.correlation.correlate1d(x, y)
    close(out, signal.correlate(y, x, "full", "direct"), name="x * y")


@task(
    "2a",
    cases="lengths",
    facet="lengths",
    hint="Either vector may be the longer one, and may have one element.",
)
@pytest.mark.parametrize("name", LENGTHS)
def test_correlate1d_takes_any_lengths(student, name):
    check_sliding(student, *(st.fill((size,), 7 + i) for i, size in enumerate(LENGTHS[name])))


@task("2a", facet="types", hint="Signals may hold whole numbers, as the handout's example does.")
def test_signal_of_integers_gives_floating_result(student):
    check_sliding(student, st.fill((3,), 2), st.fill((5,), 3, "integers", np.int64))


@task("2a", facet="state", hint="Do not write into the vectors you are given; reverse a copy.")
def test_vectors_are_unchanged(student):
    arrays = st.fill((3,), 4), st.fill((5,), 5)
    held = [student.put(array) for array in arrays]
    close_to_any(student.correlation.correlate1d(*held), ways_round(*arrays), name="x * y")
    for name, copy, array in zip("xy", held, arrays, strict=True):
        close(copy.value(), array, name=f"{name} after the call", exact=True)


@task("2b", facet="values", hint="C_w @ x must be w * x; entry (k, j) is w[j - k + m - 1].")
@given(seed=st.SEEDS)
def test_weight_matrix_of_the_handouts_size(student, seed):
    w, x = st.fill((3,), seed), st.fill((4,), seed + 1)
    close(student.correlation.weight_matrix(w, 4), jacobians(w, x)[1], name="C_w")


@task("2b", facet="lengths", hint="n may be smaller than the filter, and either may be 1.")
@given(m=st.integers(1, 7), n=st.integers(1, 7), seed=st.SEEDS)
def test_weight_matrix_is_derivative_by_the_signal(student, m, n, seed):
    w, x = st.fill((m,), seed), st.fill((n,), seed + 1)
    close(student.correlation.weight_matrix(w, n), jacobians(w, x)[1], name="C_w")


@task("2c", facet="values", hint="Entry (k, i) is x[k - (m - 1) + i], and 0 outside of x.")
@given(seed=st.SEEDS)
def test_jacobian_of_the_handouts_size(student, seed):
    w, x = st.fill((3,), seed), st.fill((4,), seed + 1)
    close(student.correlation.jacobian_w(x, 3), jacobians(w, x)[0], name="J")


@task("2c", facet="lengths", hint="m may be larger than the signal, and either may be 1.")
@given(m=st.integers(1, 7), n=st.integers(1, 7), seed=st.SEEDS)
def test_jacobian_matches_autograd(student, m, n, seed):
    w, x = st.fill((m,), seed), st.fill((n,), seed + 1)
    close(student.correlation.jacobian_w(x, m), jacobians(w, x)[0], name="J")
