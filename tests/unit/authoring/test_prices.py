"""What a mutant costs next to what a person would take."""

from fractions import Fraction

import pytest

from grader import models
from grader.authoring import named_mutants, prices
from grader.models import Verdict, Visibility

TASKS = (
    models.TaskScore("1a", "t", models.TaskKind.AUTO, None, Fraction(10)),
    models.TaskScore("1b", "t", models.TaskKind.AUTO, None, Fraction(10)),
    models.TaskScore("2", "t", models.TaskKind.AUTO, None, Fraction(10), needs=("1a",)),
)


def report(**lost):
    """A report in which tests of these tasks fail, worth so many points."""
    tests = [
        models.TestResult(
            task, task, Visibility.HIDDEN, Verdict.WRONG_ANSWER, Fraction(0), Fraction(points)
        )
        for task, points in lost.items()
    ]
    right = models.TestResult(
        "t", "1b", Visibility.HIDDEN, Verdict.PASSED, Fraction(1), Fraction(1)
    )
    return models.Report(
        "hw", "v", models.Audience.INSTRUCTOR, None, Fraction(30), TASKS, (*tests, right)
    )


def slip(**fair):
    return named_mutants.NamedMutant("slip", "layers.py", ("1a",), fair=fair)


def test_cost_is_what_the_failed_tests_are_worth():
    assert prices.cost_of(report(**{"1a": 2})) == {"1a": 2}


@pytest.mark.parametrize("fair", [0.5, 2, 3.5])
def test_price_within_fifteen_percent_of_the_task_is_fair(fair):
    assert prices.unfair(slip(**{"1a": fair}), report(**{"1a": 2})) == ()


def test_price_beyond_that_is_named():
    (text,) = prices.unfair(slip(**{"1a": 3.6}), report(**{"1a": 2}))
    assert text == "slip: costs 2 of 10 points of 1a; a person would take 3.6"


def test_task_that_a_person_would_spare_counts():
    (text,) = prices.unfair(slip(**{"1a": 2}), report(**{"1a": 2, "1b": 2}))
    assert text == "slip: costs 2 of 10 points of 1b; a person would take 0"


def test_task_that_needs_the_one_with_the_mistake_does_not():
    assert prices.unfair(slip(**{"1a": 2}), report(**{"1a": 2, "2": 10})) == ()


def test_mutant_without_a_price_is_never_unfair():
    assert prices.unfair(slip(), report(**{"1a": 10})) == ()


def test_table_says_points_percent_and_what_a_person_would_take():
    mutants = [(slip(**{"1a": 2}), {"1a": Fraction(5, 2), "2": Fraction(1)}), (slip(), {})]
    assert prices.table(TASKS, mutants) == [
        "    slip: 1a 2.5 (25%), 2 1 (10%); a person: 1a 2",
        "    slip: nothing",
    ]
