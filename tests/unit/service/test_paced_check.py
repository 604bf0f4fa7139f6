"""A check of a suite that is broken off and resumed grades nothing twice."""

import pytest

from grader import models
from grader.authoring import suite_check
from grader.service import paced_check


class Enough(Exception):
    """The check is to give way."""


def trials(*words):
    return [suite_check.Trial(models.FileTree({"a.py": word.encode()})) for word in words]


def test_each_tree_is_graded_once_and_each_try_grades_one():
    graded, known = [], {}

    def grade(trial):
        graded.append(trial.tree.files["a.py"].decode())
        return f"report {graded[-1]}"

    def give_way():
        raise Enough

    one, two, three = trials("one", "two", "three")
    for _ in range(3):
        paced = paced_check.PacedGrading(grade, give_way, known)
        try:
            reports = [paced(trial) for trial in (one, two, three, one)]
        except Enough:
            continue
    assert graded == ["one", "two", "three"]
    assert reports == ["report one", "report two", "report three", "report one"]


def test_other_options_are_another_grading():
    known = {}
    paced = paced_check.PacedGrading(lambda trial: trial.options, lambda: None, known)
    (whole,) = trials("one")
    quick = suite_check.Trial(whole.tree, suite_check.QUICK)
    assert paced(whole) != paced(quick)
    assert len(known) == 2


def test_what_was_broken_off_is_raised():
    def give_way():
        raise Enough

    paced = paced_check.PacedGrading(lambda _trial: None, give_way, {})
    one, two = trials("one", "two")
    paced(one)
    with pytest.raises(Enough):
        paced(two)
