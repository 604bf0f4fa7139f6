"""What a report of an earlier rubric comes to: tests as graded, manual tasks as they are now."""

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import models
from grader.scoring import final_score

AUTO, MANUAL = models.TaskKind.AUTO, models.TaskKind.MANUAL
NOW = datetime.datetime(2026, 10, 9, tzinfo=datetime.UTC)
NONE = Fraction(0)
GRADED = (
    models.TaskScore("1a", "Forward", AUTO, Fraction(10), Fraction(10)),
    models.TaskScore("2", "Essay", MANUAL, None, Fraction(5)),
)


def task(number, points, kind=MANUAL):
    return models.TaskScore(number, "as it is now", kind, None, Fraction(points))


def mark(number, points):
    return {number: final_score.Mark(number, 1, Fraction(points), (), "", "eve", NOW)}


def totals(marks, rubric):
    """Of tasks and of a report, which must agree."""
    tasks = final_score.marked(GRADED, marks, rubric)
    told = final_score.of_tasks(tasks, NONE)
    ten = Fraction(10)
    report = models.Report("hw", "v", models.Audience.INSTRUCTOR, ten, ten, GRADED, ())
    assert final_score.of_report(final_score.with_marks(report, marks, rubric), NONE) == told
    return told.score, told.max_score, told.unmarked


@pytest.mark.parametrize(
    ("rubric", "expected"),
    [
        ((task("1a", 8, AUTO), task("3", 5)), (10, 15, 1)),
        ((task("1a", 8, AUTO),), (10, 10, 0)),
        ((task("1a", 8, AUTO), task("2", 3)), (13, 13, 0)),
        ((task("1a", 8, AUTO), task("2", 6)), (14, 16, 0)),
        ((task("2", 5),), (14, 15, 0)),
        ((task("2", 5, AUTO),), (14, 15, 0)),
        (None, (14, 15, 0)),
    ],
    ids=[
        "the manual task has another name",
        "it is gone",
        "it is worth less than its mark",
        "it is worth more",
        "a task of tests is gone",
        "tests grade it where its file is there",
        "nobody knows the rubric",
    ],
)
def test_tests_count_as_graded_and_manual_tasks_as_they_are_now(rubric, expected):
    assert totals(mark("2", 4), rubric) == expected


@given(st.integers(0, 9), st.lists(st.tuples(st.sampled_from("1234"), st.integers(0, 9))))
def test_score_is_never_more_than_its_maximum(points, now):
    rubric = tuple(task(number, worth) for number, worth in dict(now).items())
    score, most, _ = totals(mark("2", points), rubric)
    assert score <= most
