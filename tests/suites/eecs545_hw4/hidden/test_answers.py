"""Problem 6, the operations of task 1c, against SciPy; one property per test."""

import numpy as np
import pytest
from scipy import signal

from grader.suite import close, given, task
from grader.suite import strategies as st

SIZES = st.shapes(H_b=(1, 4), W_b=(1, 4), rows=(0, 4), columns=(0, 4))
NAMES = ("filtering", "valid_convolution", "full_convolution")


def oracle(name, a, b):
    """The operation of this name on floating point numbers."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    if name == "filtering":
        return signal.correlate2d(a, b, "valid")
    return signal.convolve2d(a, b, name.removesuffix("_convolution"))


def check(student, name, a, b):
    operation = getattr(student.answers, name)
    close(operation(a, b), oracle(name, a, b), name=name)


@task("6", weight=2, hint="Height and width are independent, of the image and of the filter.")
@pytest.mark.parametrize("name", NAMES)
@given(sizes=SIZES)
def test_operation_matches_scipy(student, name, sizes):
    height, width, rows, columns = sizes
    check(student, name, st.fill((height + rows, width + columns), 1), st.fill((height, width), 2))


@task("6", hint="A full convolution is defined for a filter that is larger than the image, too.")
def test_full_convolution_takes_a_filter_larger_than_the_image(student):
    check(student, "full_convolution", st.fill((2, 3), 1), st.fill((4, 5), 2))


@task("6", hint="Do not write into the image or the filter.")
def test_arguments_are_unchanged(student):
    a, b = st.fill((4, 5), 1), st.fill((2, 3), 2)
    sent = student.put(a), student.put(b)
    for name in NAMES:  # who does nothing changes nothing
        close(getattr(student.answers, name)(*sent), oracle(name, a, b), name=name)
    close(sent[0].value(), a, name="a after the calls", exact=True)
    close(sent[1].value(), b, name="b after the calls", exact=True)
