"""Theory questions 1 and 2: answers checked without being given away."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st


def convolve(w, x):
    """Stride 4, zero padding 2, kernel not flipped; flattened."""
    padded = np.pad(x, 2)
    rows = [[np.sum(padded[i : i + 3, j : j + 3] * w) for j in (0, 4)] for i in (0, 4)]
    return np.array(rows).reshape(4)


def network(x):
    """The network of question 2."""
    first = np.maximum(np.array([1.5, 0.5]) * x + np.array([0.0, 1.0]), 0)
    second = np.maximum(np.array([[1.0, 2.0], [2.0, 1.0]]) @ first + np.array([0.0, 1.0]), 0)
    return float(second.sum() - 1)


@task("T1", hint="A x must be the convolution of every x, flattened row by row, without padding.")
@given(w=st.arrays((3, 3)), x=st.arrays((3, 3)))
def test_matrix_times_image_is_convolution(student, w, x):
    matrix = student.answers.conv_matrix(w)
    assert matrix.shape == (4, 9), f"A has shape {matrix.shape}; y has 4 elements and x has 9."
    close(matrix @ x.reshape(9), convolve(w, x), name="A x")


@task("T2", hint="Which neurons are on at x0? The line W x + b must meet h(x) at x0.")
@given(x0=st.sampled_from([2, -1, 1]))
def test_line_meets_the_network_at_the_point(student, x0):
    slope, shift = student.answers.linear_piece(x0)
    close(float(slope) * x0 + float(shift), network(x0), name="W x0 + b")
