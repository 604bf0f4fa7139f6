"""Problem 2 (d) and (e) against SciPy; one property per test."""

import numpy as np
import pytest
from scipy import signal

from grader.suite import close, given, task
from grader.suite import strategies as st

IMAGES = st.arrays(st.shapes(H=(1, 8), W=(1, 8)))
FILTERS = st.arrays(st.shapes(h=(1, 5), w=(1, 5)))
# name: shape of the filter, shape of the image
SHAPES = {
    "filter of one element": ((1, 1), (4, 6)),
    "filter larger than the image": ((5, 4), (2, 3)),
    "filter wider and lower than the image": ((2, 7), (5, 4)),
    "image of one row": ((3, 2), (1, 6)),
}
X1 = np.array([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]])


def star(x, y):
    """x * y; SciPy names the array that stays in place first."""
    return signal.correlate2d(y, x, mode="full")


def magnitude(y):
    return np.hypot(star(X1, y), star(X1.T, y))


def pixels(shape, seed):
    """An image as files hold it."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@task("2d", weight=2, hint="SciPy's correlate2d(y, x, mode='full'), operands swapped, is x * y.")
@given(x=FILTERS, y=IMAGES)
def test_correlate2d_matches_scipy(student, x, y):
    close(student.correlation.correlate2d(x, y), star(x, y), name="x * y")


@task("2d", hint="Heights and widths are independent; a filter may be larger than the image.")
@pytest.mark.parametrize("name", SHAPES)
def test_correlate2d_takes_any_shapes(student, name):
    x, y = (st.fill(shape, 7 + i) for i, shape in enumerate(SHAPES[name]))
    close(student.correlation.correlate2d(x, y), star(x, y), name="x * y")


@task("2d", hint="Pixels may be 8-bit integers: make room for results that are not.")
def test_correlate2d_of_8_bit_pixels_is_floating(student):
    x, y = st.fill((3, 2), 1), pixels((5, 6), 2)
    close(student.correlation.correlate2d(x, y), star(x, y.astype(float)), name="x * y")


@task("2d", hint="float32 arrays are allowed.")
def test_correlate2d_of_float32_has_float32_accuracy(student):
    x, y = (st.fill(shape, 3, dtype=np.float32) for shape in ((3, 4), (6, 5)))
    out = student.correlation.correlate2d(x, y)
    close(out, star(x.astype(float), y.astype(float)), name="x * y", rtol=1e-4, atol=1e-5)


@task("2d", hint="Do not write into the arrays you are given.")
def test_filter_and_image_are_unchanged(student):
    arrays = st.fill((3, 2), 4), st.fill((5, 4), 5)
    held = [student.put(array) for array in arrays]
    close(student.correlation.correlate2d(*held), star(*arrays), name="x * y")
    for name, copy, array in zip("xy", held, arrays, strict=True):
        close(copy.value(), array, name=f"{name} after the call", exact=True)


@task("2e", weight=2, hint="Two correlations, with X1 and its transpose; sqrt(G1^2 + G2^2).")
@given(y=IMAGES)
def test_gradient_magnitude_matches_scipy(student, y):
    close(student.correlation.gradient_magnitude(y), magnitude(y), name="the magnitude")


@task("2e", hint="Pixels may be 8-bit integers, and the squares of gradients are large.")
def test_gradient_of_8_bit_pixels_does_not_overflow(student):
    y = pixels((6, 9), 3)
    got = student.correlation.gradient_magnitude(y)
    close(got, magnitude(y.astype(float)), name="the magnitude")


@task("2e", hint="Do not write into the image.")
def test_image_is_unchanged(student):
    y = st.fill((5, 4), 6)
    held = student.put(y)
    close(student.correlation.gradient_magnitude(held), magnitude(y), name="the magnitude")
    close(held.value(), y, name="the image after the call", exact=True)
