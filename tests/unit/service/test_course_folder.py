"""A mistake in a course's files leaves the last good version in force, for pages and runs."""

import logging

import pytest

from grader import errors
from grader.service import course_folder
from tests.unit.assignment.test_manifest_faults import GOOD


@pytest.fixture
def course(tmp_path):
    hidden = tmp_path / "course/tests/suites/hw1/hidden"
    hidden.mkdir(parents=True)
    (hidden.parent / "assignment.toml").write_text(GOOD)
    (hidden / "test_a.py").write_text('@task("1a")\ndef test_a(): ...\n')
    return tmp_path / "course"


@pytest.fixture
def folder(course, tmp_path):
    return course_folder.CourseFolder(course, tmp_path / "kept")


def test_a_typo_leaves_the_last_good_version_in_force(course, folder):
    assert folder.load("hw1").suite_dir == course / "tests/suites/hw1"
    manifest = course / "tests/suites/hw1/assignment.toml"
    manifest.write_text(GOOD.replace("points = 6", "pionts = 6"))
    assert folder.load("hw1").manifest.title == "Homework 1"
    assert folder.slugs() == ["hw1"]
    assert "did you mean `points`?" in folder.faults()["hw1"]
    manifest.write_text(GOOD.replace("Homework 1", "Homework one"))
    assert folder.load("hw1").manifest.title == "Homework one"
    assert not folder.faults()


def test_a_broken_hidden_test_never_meets_a_student(course, folder):
    source = folder.load("hw1").suite_dir / "hidden" / "test_a.py"
    good = source.read_bytes()
    source.write_text("def test_a(:\n")
    in_force = folder.load("hw1")
    assert (in_force.suite_dir / "hidden" / "test_a.py").read_bytes() == good
    assert in_force.suite_dir != course / "tests/suites/hw1"
    assert "line 1" in folder.faults()["hw1"]


def test_the_last_good_version_outlives_a_restart(course, folder, tmp_path):
    folder.load("hw1")
    (course / "tests/suites/hw1/assignment.toml").write_text("slug = ")
    again = course_folder.CourseFolder(course, tmp_path / "kept")
    assert again.load("hw1").manifest.title == "Homework 1"


def test_the_last_good_late_days_outlive_a_typo_and_a_restart(course, folder, tmp_path):
    assert folder.late_days().late_days == 0
    (course / "course.toml").write_text("[course]\nlate_days = 5\n")
    assert folder.late_days().late_days == 5
    (course / "course.toml").write_text("[course]\nlate_day = 6\n")
    for one in (folder, course_folder.CourseFolder(course, tmp_path / "kept")):
        assert one.late_days().late_days == 5
        assert "did you mean `late_days`" in one.faults()["course.toml"]


def test_an_assignment_that_never_was_good_exists_for_staff_only(course, folder):
    (course / "tests/suites/hw1/assignment.toml").write_text("slug = ")
    assert folder.slugs() == []
    assert list(folder.faults()) == ["hw1"]
    with pytest.raises(errors.AssignmentNotFound):
        folder.load("hw1")


def test_few_copies_are_kept(course, folder, tmp_path):
    for number in range(4):
        text = GOOD.replace("Homework 1", f"Homework {number}")
        (course / "tests/suites/hw1/assignment.toml").write_text(text)
        assert folder.load("hw1").manifest.title == f"Homework {number}"
    assert len([one for one in (tmp_path / "kept/hw1").iterdir() if one.is_dir()]) == 2


def test_a_fault_is_logged_once(course, folder, caplog):
    (course / "tests/suites/hw1/assignment.toml").write_text("slug = ")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            folder.faults()
    assert len(caplog.records) == 1


def test_a_service_says_which_folder_it_serves_and_what_is_in_it(course, folder, caplog):
    with caplog.at_level(logging.INFO):
        folder.report()
    assert f"course folder {course}: 1 assignment: hw1" in caplog.text
