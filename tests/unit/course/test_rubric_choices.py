"""A homework's rubric that its author changed after staff had changed theirs: what may become."""

from fractions import Fraction

import pytest

from grader import models
from grader.course import rubrics


def lines(**points):
    return [models.TickedItem(text, Fraction(value)) for text, value in points.items()]


def of(changed):
    return [(line.text, float(line.points), line.was) for line in changed]


BEFORE = lines(proof=3, plot=2, units=1)
OURS = lines(proof=4, plot=2, units=1, style=1)  # other points of the first, one more


@pytest.mark.parametrize(
    ("now", "homework", "both"),
    [
        (  # a typo fixed: the line is known by its place
            lines(proof=3, plots=2, units=1),
            [("proof", 3, "proof"), ("plots", 2, "plot"), ("units", 1, "units")],
            [("proof", 4, "proof"), ("plots", 2, "plot"), ("units", 1, "units"),
             ("style", 1, "style")],
        ),
        (  # other points of a line that we left alone, and of one that we changed
            lines(proof=2, plot=3, units=1),
            [("proof", 2, "proof"), ("plot", 3, "plot"), ("units", 1, "units")],
            [("proof", 4, "proof"), ("plot", 3, "plot"), ("units", 1, "units"),
             ("style", 1, "style")],
        ),
        (  # one removed
            lines(proof=3, units=1),
            [("proof", 3, "proof"), ("units", 1, "units")],
            [("proof", 4, "proof"), ("units", 1, "units"), ("style", 1, "style")],
        ),
        (  # one added, and one that we added as well
            lines(proof=3, plot=2, units=1, style=2, axes=1),
            [("proof", 3, "proof"), ("plot", 2, "plot"), ("units", 1, "units"),
             ("style", 2, "style"), ("axes", 1, "")],
            [("proof", 4, "proof"), ("plot", 2, "plot"), ("units", 1, "units"),
             ("style", 1, "style"), ("axes", 1, "")],
        ),
    ],
)  # fmt: skip
def test_choices_have_the_changes_of_the_author_of_staff_and_of_both(now, homework, both):
    found = rubrics.choices(BEFORE, OURS, now)
    assert of(found.ours) == [(i.text, float(i.points), i.text) for i in OURS]
    assert of(found.homework) == homework
    assert of(found.both) == both


def test_line_that_we_removed_stays_so_in_both():
    found = rubrics.choices(BEFORE, lines(proof=3), lines(proof=3, plot=9, units=1))
    assert of(found.both) == [("proof", 3, "proof")]
    assert of(found.homework)[1] == ("plot", 9, "")


def test_line_that_both_gave_the_same_words_is_that_line():
    """Or marks that tick it would lose it."""
    found = rubrics.choices(lines(plt=2), lines(plot=3), lines(plot=2))
    assert of(found.homework) == [("plot", 2, "plot")]
    assert of(found.both) == [("plot", 3, "plot")]


def test_every_line_comes_from_one_line_at_most():
    found = rubrics.choices(lines(a=1, b=2), lines(b=2, c=3), lines(b=2, c=1))
    for changed in (found.homework, found.both, found.ours):
        names = [line.was for line in changed if line.was]
        assert len(names) == len(set(names))
        texts = [line.text for line in changed]
        assert len(texts) == len(set(texts))
