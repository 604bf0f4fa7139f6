"""Problem 2 (f) against SciPy's example of the same; only cases with one clear winner.

Padding by zeros or by reflection, a search over the full or over the middle part: where these
lead to different places, every one of them is right, so such cases are not used.
"""

import numpy as np
import pytest
from scipy import signal

from grader.suite import WrongAnswer, close, task
from grader.suite import strategies as st

# name: shape of the template, shape of the image, top left corner of the true patch
PLACES = {
    "odd sizes": ((5, 7), (18, 25), (6, 11)),
    "square": ((5, 5), (20, 20), (9, 12)),
}
BORDERLINE = {
    "even height": ((6, 5), (21, 17), (9, 4)),
    "even width": ((5, 4), (17, 22), (3, 13)),
    "template of one row": ((1, 9), (8, 24), (5, 8)),
    "patch in the corner": ((5, 6), (16, 19), (11, 13)),
}


def centre(shape, corner):
    """Centre of a patch, as SciPy's mode 'same' has it."""
    return tuple(first + (size - 1) // 2 for first, size in zip(corner, shape, strict=True))


def scene(name, seed=0):
    """A template, and a noisy image with the template at one place."""
    shape, image_shape, (top, left) = (PLACES | BORDERLINE)[name]
    template = st.fill(shape, seed)
    image = 0.1 * st.fill(image_shape, seed + 1)
    image[top : top + shape[0], left : left + shape[1]] += template
    return image, template, centre(shape, (top, left))


def scipy_says(image, template, boundary):
    """The way of SciPy's example; both have lost their mean."""
    scores = signal.correlate2d(
        image - image.mean(), template - template.mean(), boundary=boundary, mode="same"
    )
    return np.unravel_index(scores.argmax(), scores.shape)


def check(student, image, template, expected):
    for boundary in ("fill", "symm"):  # what is asked must not depend on such a choice
        found = np.array(scipy_says(image, template, boundary))
        close(found, np.array(expected), name="SciPy's place", exact=True)
    row, column = student.correlation.match_template(image, template)
    close(row, expected[0], name="the row", exact=True)
    close(column, expected[1], name="the column", exact=True)


def check_undisturbed(student, plain, disturbed, expected):
    """The same place as without the disturbance; which point of the patch is named is no matter."""
    for image, template in (plain, disturbed):
        for boundary in ("fill", "symm"):
            found = np.array(scipy_says(image, template, boundary))
            close(found, np.array(expected), name="SciPy's place", exact=True)
    first = found_in(student, *plain)
    close(found_in(student, *disturbed), first, name="the place", exact=True)
    image, template = (part[::-1, ::-1].copy() for part in plain)  # elsewhere, in a turned scene
    if (found_in(student, image, template) == first).all():
        raise WrongAnswer(f"the place is {first.tolist()} in another scene as well")


def found_in(student, image, template):
    row, column = student.correlation.match_template(image, template)
    return np.array([int(row), int(column)])


@task(
    "2f",
    cases="images",
    facet="centre",
    hint="Not the place in the full correlation, nor the corner: the centre.",
)
@pytest.mark.parametrize("name", PLACES)
def test_match_is_where_scipy_finds_it(student, name):
    check(student, *scene(name))


@task(
    "2f",
    cases="shapes",
    facet="even",
    hint="Of an even number of rows, the upper one of the middle two counts.",
)
@pytest.mark.parametrize("name", BORDERLINE)
def test_match_of_any_shape_is_where_scipy_finds_it(student, name):
    check(student, *scene(name))


@task("2f", facet="means", hint="Subtract the template's mean, or a bright area wins everywhere.")
def test_bright_area_is_no_match(student):
    image, template, place = scene("odd sizes")
    bright = image.copy()
    bright[:5, :6] += 6.0
    check_undisturbed(student, (image, template), (bright, template + 2.0), place)


@task(
    "2f", facet="means", hint="Subtract the image's mean too, or the edge of a bright image wins."
)
def test_bright_image_does_not_match_at_its_edge(student):
    image, template, place = scene("square")
    check_undisturbed(student, (image, template), (image + 100.0, template), place)


@task(
    "2f",
    facet="turned",
    hint="A template is laid on the image as it is, not turned by half a turn.",
)
def test_turned_pattern_is_no_match(student):
    image, template, place = scene("odd sizes", seed=4)
    both = image.copy()
    both[:5, :7] += 1.5 * template[::-1, ::-1]
    check_undisturbed(student, (image, template), (both, template), place)


@task("2f", facet="state", hint="`template -= template.mean()` changes the caller's array.")
def test_image_and_template_are_unchanged(student):
    image, template, place = scene("odd sizes")
    check_undisturbed(student, (image, template), (image.copy(), template.copy()), place)
    held = {"image": student.put(image), "template": student.put(template)}
    student.correlation.match_template(held["image"], held["template"])
    close(held["image"].value(), image, name="the image after the call", exact=True)
    close(held["template"].value(), template, name="the template after the call", exact=True)
