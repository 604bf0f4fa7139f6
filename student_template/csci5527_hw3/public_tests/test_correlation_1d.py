"""Problem 2 (a), (b), (c): every value against the sum that defines it."""

import numpy as np

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

VECTORS = st.arrays(st.shapes(n=(1, 6)))


def star(x, y):
    """x * y: out[k] is the sum over i of x[i] times y[k - (n1 - 1) + i], where that exists."""
    out = np.zeros(len(x) + len(y) - 1)
    for k in range(len(out)):
        for i in range(len(x)):
            j = k - (len(x) - 1) + i
            if 0 <= j < len(y):
                out[k] += x[i] * y[j]
    return out


def name_the_order(got, expected, wrong):
    """Raise what was wrong, and say so when it is y * x that came out."""
    try:
        close(got, expected[::-1])
    except WrongAnswer:
        raise wrong from None
    raise WrongAnswer(f"{wrong} This is y * x: the order is swapped; x slides, y stays.") from None


@task("2a", weight=2, hint="Start with the last element of x on the first of y; do not flip x.")
@given(x=VECTORS, y=VECTORS)
def test_correlate1d_matches_definition(student, x, y):
    out = student.correlation.correlate1d(x, y)
    try:
        close(out, star(x, y), name="x * y")
    except WrongAnswer as wrong:
        name_the_order(out, star(x, y), wrong)


@task("2b", weight=2, hint="Column j of C_w is what w * x is when x is 1 at j and 0 elsewhere.")
@given(w=VECTORS, n=st.integers(1, 6))
def test_weight_matrix_holds_correlations_of_unit_vectors(student, w, n):
    matrix = student.correlation.weight_matrix(w, n)
    close(matrix, np.stack([star(w, unit) for unit in np.eye(n)], axis=1), name="C_w")


@task("2c", weight=2, hint="Row k of J is what lies under the filter at its k-th place.")
@given(x=VECTORS, m=st.integers(1, 6))
def test_jacobian_holds_derivative_by_every_weight(student, x, m):
    matrix = student.correlation.jacobian_w(x, m)
    close(matrix, np.stack([star(unit, x) for unit in np.eye(m)], axis=1), name="J")
