"""A mistake in a course's files leaves the last good version in force, for pages and runs."""

import logging
import threading

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


def test_files_of_homeworks_that_nobody_asks_about_are_not_looked_at(course, folder, caplog):
    other = course / "tests/suites/hw2"
    other.mkdir()
    (other / "assignment.toml").write_text("broken")

    def wanted(slug):
        return slug == "hw1"

    assert folder.slugs(wanted) == ["hw1"]
    assert folder.faults(wanted) == {}
    assert "hw2" not in caplog.text
    assert set(folder.faults()) == {"hw2"}


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


class Trials:
    """A trial that lets everything pass but what names a mistake; waits until it may answer."""

    def __init__(self):
        self.may_answer, self.tried = threading.Event(), []

    def __call__(self, assignment):
        assert self.may_answer.wait(60)
        text = (assignment.suite_dir / "hidden/test_a.py").read_text()
        self.tried.append(text)
        if "machine" in text:
            raise errors.DatasetMissing("no data set here")
        if "wrong import" in text:
            raise errors.SuiteError("hidden/test_a.py:1: there is no module wrong")


def write(course, comment):
    source = course / "tests/suites/hw1/hidden/test_a.py"
    source.write_text(f'@task("1a")\ndef test_a(): ...  # {comment}\n')


def in_force(folder):
    return (folder.load("hw1").suite_dir / "hidden/test_a.py").read_text().partition("# ")[2]


def settled(folder, trials, n):
    """Wait until so many trials have ended, and their ends were noted."""
    trials.may_answer.set()
    folder._trials._pool.submit(lambda: None).result(60)
    assert len(trials.tried) == n


def test_what_only_an_import_shows_never_meets_a_student(course, folder):
    write(course, "good")
    trials = Trials()
    with folder.trying(trials):
        settled(folder, trials, 1)
        trials.may_answer.clear()
        write(course, "wrong import")
        assert in_force(folder) == "good\n"  # nobody knows yet
        assert not folder.faults()
        settled(folder, trials, 2)
        assert in_force(folder) == "good\n"
        assert "no module wrong" in folder.faults()["hw1"]
        write(course, "fixed")
        in_force(folder)
        settled(folder, trials, 3)
        assert in_force(folder) == "fixed\n"
        assert not folder.faults()


def test_tried_version_outlives_a_restart_and_is_not_tried_again(course, folder, tmp_path):
    write(course, "good")
    with folder.trying(trials := Trials()):
        settled(folder, trials, 1)
    write(course, "wrong import")
    again = course_folder.CourseFolder(course, tmp_path / "kept")
    again.load("hw1")  # before anything can be tried
    with again.trying(trials := Trials()):
        settled(again, trials, 1)
        assert in_force(again) == "good\n"
        assert again.faults()
    write(course, "good")
    last = course_folder.CourseFolder(course, tmp_path / "kept")
    with last.trying(trials := Trials()):
        settled(last, trials, 0)
        assert in_force(last) == "good\n"


def test_machine_that_cannot_try_holds_nothing_up(course, folder):
    write(course, "good")
    with folder.trying(trials := Trials()):
        settled(folder, trials, 1)
        write(course, "machine")
        in_force(folder)
        settled(folder, trials, 2)
        assert in_force(folder) == "machine\n"
        assert not folder.faults()


def test_homework_of_which_there_never_was_a_good_version_goes(course, folder):
    write(course, "wrong import")
    with folder.trying(trials := Trials()):
        settled(folder, trials, 1)
        assert folder.slugs() == []
        assert "no module wrong" in folder.faults()["hw1"]


def test_version_that_changed_during_its_trial_is_tried_again(course, folder):
    write(course, "good")
    with folder.trying(trials := Trials()):
        settled(folder, trials, 1)
        trials.may_answer.clear()
        write(course, "wrong import")
        in_force(folder)
        write(course, "fixed")
        in_force(folder)
        settled(folder, trials, 3)
        assert in_force(folder) == "fixed\n"
        assert not folder.faults()
