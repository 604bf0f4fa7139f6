"""Problem 2 (d) and (e) against SciPy; one property per test."""

import numpy as np
import pytest
from scipy import signal

from grader.suite import close, close_to_any, given, task
from grader.suite import strategies as st

IMAGES = st.arrays(st.shapes(H=(5, 8), W=(5, 8)))
FILTERS = st.arrays(st.shapes(h=(2, 5), w=(2, 5)))
ANY = st.arrays(st.shapes(H=(1, 6), W=(1, 6)))
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


def ways_round(x, y):
    """x * y, y * x, and both with x flipped, as a convolution has it."""
    correlated, convolved = star(x, y), signal.convolve2d(y, x, mode="full")
    return correlated, correlated[::-1, ::-1], convolved, convolved[::-1, ::-1]


def check_sliding(student, x, y, **tolerances):
    """Which way round is no matter here."""
    ways = ways_round(x.astype(float), y.astype(float))
    close_to_any(student.correlation.correlate2d(x, y), ways, name="x * y", **tolerances)


@task(
    "2d", facet="order", hint="SciPy's correlate2d(y, x, mode='full'), operands swapped, is x * y."
)
@given(x=FILTERS, y=IMAGES)
def test_correlate2d_matches_scipy(student, x, y):
    close(student.correlation.correlate2d(x, y), star(x, y), name="x * y")


@task("2d", facet="shapes", hint="Heights and widths are independent, and any of them may be 1.")
@given(x=ANY, y=ANY)
def test_correlate2d_takes_matrices_of_any_two_shapes(student, x, y):
    check_sliding(student, x, y)


@task(
    "2d",
    cases="shapes",
    facet="shapes",
    hint="Heights and widths are independent; a filter may be larger.",
)
@pytest.mark.parametrize("name", SHAPES)
def test_correlate2d_takes_any_shapes(student, name):
    check_sliding(student, *(st.fill(shape, 7 + i) for i, shape in enumerate(SHAPES[name])))


@task("2d", facet="types", hint="Pixels may be 8-bit integers: make room for results that are not.")
def test_correlate2d_of_8_bit_pixels_is_floating(student):
    check_sliding(student, st.fill((3, 2), 1), pixels((5, 6), 2))


@task("2d", facet="types", hint="float32 arrays are allowed.")
def test_correlate2d_of_float32_has_float32_accuracy(student):
    x, y = (st.fill(shape, 3, dtype=np.float32) for shape in ((3, 4), (6, 5)))
    check_sliding(student, x, y, rtol=1e-4, atol=1e-5)


@task("2d", facet="state", hint="Do not write into the arrays you are given.")
def test_filter_and_image_are_unchanged(student):
    arrays = st.fill((3, 2), 4), st.fill((5, 4), 5)
    held = [student.put(array) for array in arrays]
    close_to_any(student.correlation.correlate2d(*held), ways_round(*arrays), name="x * y")
    for name, copy, array in zip("xy", held, arrays, strict=True):
        close(copy.value(), array, name=f"{name} after the call", exact=True)


def step(height, dtype=np.float64):
    """An image (6, 7) whose rows from 3 on are as bright as this."""
    image = np.zeros((6, 7), dtype)
    image[3:] = height
    return image


def check_step(student, image, height):
    """The gradient in the middle of the step; how much border the result has is no matter."""
    magnitude = student.correlation.gradient_magnitude(image)
    rows, columns = magnitude.shape
    inside = magnitude[(rows - 6) // 2 :, (columns - 7) // 2 :][2:4, 3]
    close(inside, np.full(2, 16.0 * height), name="at the step")


@task("2e", facet="whole", hint="Two correlations, with X1 and its transpose; sqrt(G1^2 + G2^2).")
@given(y=ANY)
def test_gradient_magnitude_matches_scipy(student, y):
    close(student.correlation.gradient_magnitude(y), magnitude(y), name="the magnitude")


@task("2e", facet="step", hint="A step from row to row counts as one from column to column.")
def test_gradient_of_a_step_down_is_sixteen(student):
    check_step(student, step(1.0), 1.0)


@task("2e", facet="types", hint="Pixels may be 8-bit integers, and gradients of them are large.")
def test_gradient_of_8_bit_pixels_does_not_overflow(student):
    check_step(student, step(200, np.uint8), 200.0)


@task("2e", facet="state", hint="Do not write into the image.")
def test_image_is_unchanged(student):
    y = step(2.0)
    held = student.put(y)
    check_step(student, held, 2.0)
    close(held.value(), y, name="the image after the call", exact=True)
