"""Problem 6, the operations of task 1c: term by term, as the handout writes them."""

from dataclasses import dataclass

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st


@dataclass(frozen=True)
class Pair:
    """An image and a filter of whole numbers."""

    a: np.ndarray
    b: np.ndarray


@st.composite
def pairs(draw):
    """Filters of at most 3 x 3, on images that are larger by up to 2 rows and columns."""
    height, width, rows, columns = draw(st.shapes(H=(1, 3), W=(1, 3), rows=(0, 2), columns=(0, 2)))
    a, b = (height + rows, width + columns), (height, width)
    return Pair(st.fill(a, 0, "integers"), st.fill(b, 1, "integers"))


@task("6", hint="The filter is not flipped, and lies inside the image everywhere.")
@given(case=pairs(), max_examples=15)
def test_filtering_matches_definition(student, case):
    a, b = case.a, case.b
    expected = np.zeros((a.shape[0] - b.shape[0] + 1, a.shape[1] - b.shape[1] + 1))
    for (i, j), (p, q) in places(expected, b):
        expected[i, j] += a[i + p, j + q] * b[p, q]
    close(student.answers.filtering(a, b), expected, name="a *filt b")


@task("6", hint="As filtering, with the filter flipped in both directions.")
@given(case=pairs(), max_examples=15)
def test_valid_convolution_matches_definition(student, case):
    a, b = case.a, case.b
    expected = np.zeros((a.shape[0] - b.shape[0] + 1, a.shape[1] - b.shape[1] + 1))
    for (i, j), (p, q) in places(expected, b):
        expected[i, j] += a[i + p, j + q] * b[b.shape[0] - 1 - p, b.shape[1] - 1 - q]
    close(student.answers.valid_convolution(a, b), expected, name="a *valid b")


@task("6", hint="Pad the image by the filter's size less one on all sides, then convolve.")
@given(case=pairs(), max_examples=15)
def test_full_convolution_matches_definition(student, case):
    a, b = case.a, case.b
    expected = np.zeros((a.shape[0] + b.shape[0] - 1, a.shape[1] + b.shape[1] - 1))
    for (m, n), (p, q) in places(a, b):
        expected[m + p, n + q] += a[m, n] * b[p, q]
    close(student.answers.full_convolution(a, b), expected, name="a *full b")


def places(first, second):
    """All pairs of a place in the one and a place in the other."""
    return ((i, j) for i in np.ndindex(*first.shape) for j in np.ndindex(*second.shape))
