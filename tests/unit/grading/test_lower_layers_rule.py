"""Which failures run again with the reference's files, and for whose eyes."""

from fractions import Fraction
from pathlib import Path

import pytest

from grader import errors, models
from grader.assignment import manifest
from grader.grading import lower_layers

TEXT = """
slug = "hw"
title = "H"
course = "C"
total_points = 3
submission = { required = ["layers.py"] }
task = [
    { id = "1", title = "t", points = 1 },
    { id = "2", title = "t", points = 1, needs = ["1"], with_reference = ["layers.py"] },
    { id = "3", title = "t", points = 1, needs = ["2"] },
]
"""
HW = manifest.Assignment(manifest.parse(TEXT.encode(), Path("a.toml")), Path(), Path(), Path())
VISIBLE, HIDDEN = models.Visibility.VISIBLE, models.Visibility.HIDDEN
CASES = [
    models.TestCase(f"{task}{kind.value}", "f", task, Fraction(1), kind)
    for task in "123"
    for kind in (VISIBLE, HIDDEN)
]


def explained(*failed, **kinds):
    outcomes = [
        models.Outcome(
            case.name,
            models.Verdict.WRONG_ANSWER if case.name in failed else models.Verdict.PASSED,
            **kinds,
        )
        for case in CASES
    ]
    return lower_layers.explained(HW, CASES, outcomes)


def test_only_failures_of_tasks_that_name_files_run_again():
    assert explained("1visible", "2visible", "3visible") == {("layers.py",): ["2visible"]}


def test_hidden_mistake_below_is_no_reason_that_a_student_could_read():
    assert explained("1hidden", "2visible", "2hidden") == {("layers.py",): ["2hidden"]}


def test_fault_of_a_test_is_not_tried_again():
    assert explained("1visible", "2visible", fault="NameError in test_layers.py") == {}


def test_note_names_only_what_its_reader_can_see():
    assert lower_layers.note(CASES, ["2hidden"], ["layers.py"]) == ""
    assert "Tests of 2 that failed" in lower_layers.note(CASES, ["2visible"], ["layers.py"])


def test_files_without_tasks_that_need_them_contradict(tmp_path):
    text = TEXT.replace('needs = ["1"], ', "")
    with pytest.raises(errors.SuiteError, match="task 2 has `with_reference`, but needs no other"):
        manifest.parse(text.encode(), tmp_path / "a.toml")
