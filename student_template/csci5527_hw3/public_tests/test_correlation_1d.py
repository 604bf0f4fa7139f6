"""Problem 2 (a), (b), (c): every value against the sum that defines it."""

import numpy as np

from grader.suite import WrongAnswer, close, close_to_any, given, task
from grader.suite import strategies as st


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


def ways_round(x, y):
    """x * y, y * x, and both with the first vector flipped, as a convolution has it."""
    correlated, convolved = star(x, y), star(x[::-1], y)
    return correlated, correlated[::-1], convolved, convolved[::-1]


@st.composite
def short_on_long(draw):
    """A filter, and a signal that is no shorter."""
    x = draw(st.arrays(st.shapes(n=(2, 4))))
    return x, draw(st.arrays((len(x) + draw(st.integers(0, 3)),)))


@task("2a", facet="sliding", hint="n1 + n2 - 1 inner products, with zeros outside of y.")
@given(case=short_on_long())
def test_correlate1d_slides_whichever_way_round(student, case):
    out = student.correlation.correlate1d(*case)
    close_to_any(out, ways_round(*case), name="x * y")


@task("2a", facet="order", hint="Start with the last element of x on the first of y; no flip.")
@given(case=short_on_long())
def test_correlate1d_matches_definition(student, case):
    out, expected = student.correlation.correlate1d(*case), star(*case)
    try:
        close(out, expected, name="x * y")
    except WrongAnswer as wrong:
        name_the_order(out, expected, wrong)


@task("2b", facet="band", hint="Every column of C_w holds w, one row below the column before.")
@given(w=st.arrays((3,)), n=st.just(4))
def test_weight_matrix_is_a_band_of_the_filter(student, w, n):
    """Flipped filters and rows from the last up are wrong, but they are such bands as well."""
    matrix = student.correlation.weight_matrix(w, n)
    bands = [np.stack([star(v, unit) for unit in np.eye(n)], axis=1) for v in (w, w[::-1])]
    close_to_any(matrix, [*bands, *(band[::-1] for band in bands)], name="C_w")


@task(
    "2b", facet="values", hint="Column j of C_w is what w * x is when x is 1 at j and 0 elsewhere."
)
@given(w=st.arrays((3,)), n=st.just(4))
def test_weight_matrix_holds_correlations_of_unit_vectors(student, w, n):
    matrix = student.correlation.weight_matrix(w, n)
    close(matrix, np.stack([star(w, unit) for unit in np.eye(n)], axis=1), name="C_w")


@task("2c", facet="band", hint="Every column of J holds x, one row away from the column before.")
@given(x=st.arrays((4,)), m=st.just(3))
def test_jacobian_is_a_band_of_the_signal(student, x, m):
    """That of the convolution, and rows from the last up, are wrong, but they are such bands."""
    band = np.stack([star(unit, x) for unit in np.eye(m)], axis=1)
    matrix = student.correlation.jacobian_w(x, m)
    close_to_any(matrix, [band, band[:, ::-1], band[::-1], band[::-1, ::-1]], name="J")


@task("2c", facet="values", hint="Row k of J is what lies under the filter at its k-th place.")
@given(x=st.arrays((4,)), m=st.just(3))
def test_jacobian_holds_derivative_by_every_weight(student, x, m):
    matrix = student.correlation.jacobian_w(x, m)
    close(matrix, np.stack([star(unit, x) for unit in np.eye(m)], axis=1), name="J")
