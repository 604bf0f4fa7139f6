"""Problem 2 (a), the questions with one right answer."""

import numpy as np
from scipy import signal

from grader.suite import close, given, task
from grader.suite import strategies as st


@task(
    "2a-answers", facet="example", hint="Six inner products, from left to right; x is not flipped."
)
def test_example_is_what_scipy_says(student):
    expected = signal.correlate([4.0, 6.0, 3.0, 9.0], [3.0, 2.0, 1.0], "full")
    # An array of whole numbers, or of floating-point ones.
    close(student.answers.example_correlation() * 1.0, expected, name="the example")


@task("2a-answers", facet="commutes", hint="Swap the vectors of the example.")
def test_correlation_does_not_commute(student):
    close(student.answers.correlation_commutes(), False, name="the answer", exact=True)


@task("2a-answers", facet="swapped", hint="Write x * y and y * x below each other.")
@given(x=st.arrays(st.shapes(n=(1, 5))), y=st.arrays(st.shapes(n=(1, 5))))
def test_swapped_turns_one_correlation_into_the_other(student, x, y):
    x_star_y, y_star_x = signal.correlate(y, x, "full"), signal.correlate(x, y, "full")
    close(student.answers.swapped(np.ascontiguousarray(x_star_y)), y_star_x, name="y * x")
