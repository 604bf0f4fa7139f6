"""What differs between two rubrics, in words, and what that does to points that people have."""

from fractions import Fraction

import pytest

from grader import models
from grader.assignment import rubric_diff

AUTO, MANUAL = models.TaskKind.AUTO, models.TaskKind.MANUAL


def task(points, kind=MANUAL):
    return models.TaskScore("2", "Essay", kind, None, Fraction(points))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (task(1), None, "gone (1 point, graded by hand)"),
        (None, task(5, AUTO), "new (5 points, graded by tests)"),
        (task(5), task("7/2"), "3.5 points instead of 5"),
        (task(5), task(5, AUTO), "graded by tests, not by hand"),
        (task(5), task(1, AUTO), "1 point instead of 5, graded by tests, not by hand"),
        (task(5), task(5), ""),
    ],
)
def test_change_is_said_in_words(before, after, words):
    assert rubric_diff.TaskChange(before, after).words == words


@pytest.mark.parametrize(
    ("after", "marks", "results", "said"),
    [
        (None, {"2": 3}, {}, ["Task 2 has 3 marks and is gone: its marks no longer count."]),
        (task(4), {"2": 1}, {"2": 3}, ["Task 2 has 1 mark and changes: 4 points instead of 5."]),
        (task(4), {"1": 1}, {"1": 3}, []),
        (
            None,
            {},
            {"2": 1},
            [
                "Task 2 has 1 result and is gone: "
                "until a regrade, results count as they were graded.",
            ],
        ),
    ],
)
def test_points_that_people_have_are_named(after, marks, results, said):
    change = rubric_diff.TaskChange(task(5), after)
    found = rubric_diff.RubricChanges((change,), Fraction(5), Fraction(0))
    assert list(rubric_diff.losses(found, marks, results)) == said


def test_new_task_takes_nothing_from_anybody():
    change = rubric_diff.TaskChange(None, task(5))
    found = rubric_diff.RubricChanges((change,), Fraction(0), Fraction(5))
    assert list(rubric_diff.losses(found, {"2": 1}, {"2": 1})) == []
