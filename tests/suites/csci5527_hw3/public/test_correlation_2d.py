"""Problem 2 (d) to (g): against the definition, place after place."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

IMAGES = st.arrays(st.shapes(H=(1, 6), W=(1, 6)))
FILTERS = st.arrays(st.shapes(h=(1, 4), w=(1, 4)))


def star(x, y):
    """x * y: x laid on every patch of y with zeros around it."""
    (h, w), (height, width) = x.shape, y.shape
    padded = np.zeros((height + 2 * (h - 1), width + 2 * (w - 1)))
    padded[h - 1 : h - 1 + height, w - 1 : w - 1 + width] = y
    out = np.zeros((height + h - 1, width + w - 1))
    for i, j in np.ndindex(*out.shape):
        out[i, j] = np.sum(x * padded[i : i + h, j : j + w])
    return out


@task("2d", weight=2, hint="Pad y by the filter's height less one and width less one; no flip.")
@given(x=FILTERS, y=IMAGES)
def test_correlate2d_matches_definition(student, x, y):
    out = student.correlation.correlate2d(x, y)
    expected = star(x, y)
    try:
        close(out, expected, name="x * y")
    except WrongAnswer as wrong:
        try:
            close(out, expected[::-1, ::-1])
        except WrongAnswer:
            raise wrong from None
        told = f"{wrong} This is y * x: the order is swapped (or x is flipped)."
        raise WrongAnswer(told) from None


@task("2e", hint="Square both results, add, take the root; keep the border of the correlation.")
@given(y=IMAGES)
def test_gradient_magnitude_matches_definition(student, y):
    x1 = np.array([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]])
    expected = np.sqrt(star(x1, y) ** 2 + star(x1.T, y) ** 2)
    close(student.correlation.gradient_magnitude(y), expected, name="the magnitude")


@task("2e", hint="A step of 1 from one column to the next gives 3 + 10 + 3, from row to row too.")
def test_gradient_of_a_step_is_sixteen(student):
    image = np.zeros((6, 7))
    image[:, 4:] = 1.0
    magnitude = student.correlation.gradient_magnitude(image)
    # Row 4, columns 2 to 7 of the full correlation: inside, with the step between 3 and 4.
    close(magnitude[4, 2:7], np.array([0.0, 0.0, 16.0, 16.0, 0.0]), name="around the step")


@task("2f", weight=2, hint="The centre of an h by w patch is (h - 1) // 2 below its first row.")
@given(top=st.integers(0, 6), left=st.integers(0, 9), seed=st.integers(0, 99))
def test_match_template_finds_the_only_pattern(student, top, left, seed):
    template = np.random.default_rng(seed).standard_normal((3, 5))
    image = np.zeros((9, 14))
    image[top : top + 3, left : left + 5] = template - template.mean()
    row, column = student.correlation.match_template(image, template)
    close(row, top + 1, name="the row", exact=True)
    close(column, left + 2, name="the column", exact=True)


@dataclass(frozen=True)
class Channels:
    """A filter and an input of as many channels."""

    x: Any  # (h, w, D)
    y: Any  # (H, W, D)


@st.composite
def channels(draw):
    h, w, height, width, depth = draw(st.shapes(h=(1, 3), w=(1, 3), H=(1, 4), W=(1, 4), D=(1, 4)))
    seed = draw(st.integers(0, 999))
    return Channels(st.fill((h, w, depth), seed), st.fill((height, width, depth), seed + 1))


@task("2g", weight=2, hint="One 2-D correlation per channel; their sum is the result.")
@given(case=channels())
def test_multichannel_sums_over_channels(student, case):
    out = student.correlation.correlate_multichannel(case.x, case.y)
    depth = case.x.shape[2]
    close(out, sum(star(case.x[:, :, d], case.y[:, :, d]) for d in range(depth)), name="out")
