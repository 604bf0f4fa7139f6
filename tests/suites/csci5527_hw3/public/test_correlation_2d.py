"""Problem 2 (d) to (g): against the definition, place after place."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.suite import WrongAnswer, close, close_to_any, given, task
from grader.suite import strategies as st

IMAGES = st.arrays(st.shapes(H=(4, 7), W=(4, 7)))
FILTERS = st.arrays(st.shapes(h=(2, 4), w=(2, 4)))


def star(x, y):
    """x * y: x laid on every patch of y with zeros around it."""
    (h, w), (height, width) = x.shape, y.shape
    padded = np.zeros((height + 2 * (h - 1), width + 2 * (w - 1)))
    padded[h - 1 : h - 1 + height, w - 1 : w - 1 + width] = y
    out = np.zeros((height + h - 1, width + w - 1))
    for i, j in np.ndindex(*out.shape):
        out[i, j] = np.sum(x * padded[i : i + h, j : j + w])
    return out


def ways_round(x, y):
    """x * y, y * x, and both with x flipped, as a convolution has it."""
    correlated, convolved = star(x, y), star(x[::-1, ::-1], y)
    return correlated, correlated[::-1, ::-1], convolved, convolved[::-1, ::-1]


@task("2d", facet="sliding", hint="One inner product per place, with zeros outside of y.")
@given(x=FILTERS, y=IMAGES)
def test_correlate2d_slides_whichever_way_round(student, x, y):
    close_to_any(student.correlation.correlate2d(x, y), ways_round(x, y), name="x * y")


@task(
    "2d", facet="order", hint="Pad y by the filter's height less one and width less one; no flip."
)
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


def beside_the_step(magnitude):
    """The middle row, near the columns where the image of `step` rises; of any border."""
    top, left = (magnitude.shape[0] - 6) // 2, (magnitude.shape[1] - 7) // 2
    return magnitude[top + 3, left + 1 : left + 6]


def step(height, dtype=np.float64):
    """An image (6, 7) whose columns from 4 on are as bright as this."""
    image = np.zeros((6, 7), dtype)
    image[:, 4:] = height
    return image


@task("2e", facet="whole", hint="Square both, add, take the root; keep the correlation's border.")
@given(y=IMAGES)
def test_gradient_magnitude_matches_definition(student, y):
    x1 = np.array([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]])
    expected = np.sqrt(star(x1, y) ** 2 + star(x1.T, y) ** 2)
    close(student.correlation.gradient_magnitude(y), expected, name="the magnitude")


@task("2e", facet="step", hint="A step of 1 from one column to the next gives 3 + 10 + 3.")
def test_gradient_of_a_step_is_sixteen(student):
    magnitude = student.correlation.gradient_magnitude(step(1.0))
    expected = np.array([0.0, 0.0, 16.0, 16.0, 0.0])
    close(beside_the_step(magnitude), expected, name="around the step")


@task(
    "2f", facet="centre", hint="The centre of an h by w patch is (h - 1) // 2 below its first row."
)
@given(top=st.integers(0, 6), left=st.integers(0, 9), seed=st.integers(0, 99))
def test_match_template_finds_the_only_pattern(student, top, left, seed):
    row, column = found(student, top, left, seed)
    close(row, top + 1, name="the row", exact=True)
    close(column, left + 2, name="the column", exact=True)


@task("2f", facet="moves", hint="Where the pattern lies one row further down, so does the match.")
@given(top=st.integers(0, 5), left=st.integers(0, 7), seed=st.integers(0, 99))
def test_match_moves_with_the_pattern(student, top, left, seed):
    """Which point of the patch is named is no matter here."""
    first, second = found(student, top, left, seed), found(student, top + 1, left + 2, seed)
    close(second[0] - first[0], 1, name="rows from one match to the next", exact=True)
    close(second[1] - first[1], 2, name="columns from one match to the next", exact=True)


def found(student, top, left, seed):
    """Where the submission finds a pattern whose corner lies here, on black."""
    template = np.random.default_rng(seed).standard_normal((3, 5))
    image = np.zeros((9, 14))
    image[top : top + 3, left : left + 5] = template - template.mean()
    return student.correlation.match_template(image, template)


@dataclass(frozen=True)
class Channels:
    """A filter and an input of as many channels."""

    x: Any  # (h, w, D)
    y: Any  # (H, W, D)


@st.composite
def channels(draw):
    h, w, height, width, depth = draw(st.shapes(h=(2, 3), w=(2, 3), H=(3, 5), W=(3, 5), D=(2, 3)))
    seed = draw(st.integers(0, 999))
    return Channels(st.fill((h, w, depth), seed), st.fill((height, width, depth), seed + 1))


@task("2g", facet="sliding", hint="Pad height and width, never the channels; add the channels up.")
@given(case=channels())
def test_multichannel_slides_whichever_way_round(student, case):
    out = student.correlation.correlate_multichannel(case.x, case.y)
    layers = [ways_round(case.x[:, :, d], case.y[:, :, d]) for d in range(case.x.shape[2])]
    close_to_any(out, [sum(way) for way in zip(*layers, strict=True)], name="out")


@task("2g", facet="order", hint="One 2-D correlation per channel; their sum is the result.")
@given(case=channels())
def test_multichannel_sums_over_channels(student, case):
    out = student.correlation.correlate_multichannel(case.x, case.y)
    depth = case.x.shape[2]
    close(out, sum(star(case.x[:, :, d], case.y[:, :, d]) for d in range(depth)), name="out")
