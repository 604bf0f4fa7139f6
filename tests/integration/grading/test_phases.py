"""Staged grading by the real pipeline: public results are there before slow tests begin."""

import pytest

from grader import models
from grader.assignment import manifest
from grader.suite import run_options
from tests.support import checked

MANIFEST = """
slug = "hw"
title = "Homework"
course = "Course 101"
total_points = 10
limits = { test_s = 1, slow_test_s = 20 }
submission = { required = ["net.py"] }
task = [{ id = "1", title = "Train", points = 10 }]
"""
PUBLIC = """
from grader.suite import close, task


@task("1", slow=True)
def test_training(student):
    close(student.net.train(), 1)


@task("1")
def test_shape(student):
    close(student.net.shape(), 3)
"""
HIDDEN = PUBLIC.replace("test_", "test_other_").replace(", slow=True", "")
NET = """
import time


def train():
    time.sleep(4.5)  # more than a busy machine stretches a limit
    return 1


def shape():
    return 3
"""


@pytest.fixture(scope="module")
def hw(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    suite = course / "tests" / "suites" / "hw"
    for folder, text in (("public", PUBLIC), ("hidden", HIDDEN)):
        (suite / folder).mkdir(parents=True)
        (suite / folder / "test_net.py").write_text(text)
    (suite / "assignment.toml").write_text(MANIFEST)
    return manifest.load(course, "hw")


def seen(news):
    if isinstance(news, models.PhaseEnded):
        return news.phase.value, news.passed, news.total
    return news.outcome.test.split("::")[1]


def test_each_phase_is_told_as_it_ends(grader, hw):
    told = []
    report = grader.grade(
        hw,
        checked.upload(hw, models.FileTree({"net.py": NET.encode()})),
        progress=lambda news: told.append(seen(news)),
    )
    assert told == [
        *("test_shape", ("public", 1, 1)),
        *("test_training", ("slow", 1, 1)),
        *("test_other_training", "test_other_shape", ("hidden", 1, 2)),  # over test_s
    ]
    assert report.score == report.max_score * 3 / 4


def test_slow_tests_can_be_left_out(grader, hw):
    report = grader.grade(
        hw,
        checked.upload(hw, models.FileTree({"net.py": NET.encode()})),
        options=run_options.RunOptions(slow=False),
    )
    names = {test.name.split("::")[1] for test in report.tests}
    assert names == {"test_shape", "test_other_training", "test_other_shape"}


def test_task_without_its_optional_file_is_marked_by_a_person(grader, tmp_path):
    suite = tmp_path / "tests" / "suites" / "hw"
    (suite / "public").mkdir(parents=True)
    paper = PUBLIC.split("@task")[0] + '@task("2")\ndef test_two(student):\n'
    paper += "    close(student.answers.two(), 2)\n"
    (suite / "public" / "test_answers.py").write_text(paper)
    (suite / "public" / "test_net.py").write_text(PUBLIC.replace(", slow=True", ""))
    (suite / "assignment.toml").write_text(
        MANIFEST.replace('["net.py"] }', '["net.py"], optional = ["answers.py"] }').replace(
            "points = 10 }]",
            'points = 6 }, { id = "2", title = "Two", points = 4, manual_without = "answers.py" }]',
        )
    )
    course = manifest.load(tmp_path, "hw")
    files = {"net.py": b"def train(): return 1\ndef shape(): return 3\n"}
    told = []
    report = grader.grade(
        course, checked.upload(course, models.FileTree(files)), progress=told.append
    )
    assert {test.task for test in report.tests} == {"1"}
    assert (report.score, report.max_score) == (6, 6)
    assert [(t.id, t.kind.value, t.max_score) for t in report.tasks] == [
        ("1", "auto", 6),
        ("2", "manual", 4),
    ]
    assert "Task 2 is not tested" in report.notes[0]
    assert [(n.done, n.total) for n in told if isinstance(n, models.Tested)] == [(1, 2), (2, 2)]
    files["answers.py"] = b"def two(): return 3\n"
    report = grader.grade(course, checked.upload(course, models.FileTree(files)))
    assert (report.score, report.max_score) == (6, 10)


COUNTING = """
import os
import threading


def train():
    print("process", os.getpid())
    return 1


def shape():
    for _ in range(300):
        thread = threading.Thread(target=int)  # takes a number, as a process does
        thread.start()
        thread.join()
    return 3
"""


def test_slow_visible_test_runs_before_any_hidden_one_has_counted_up_processes(grader, hw):
    report = grader.grade(hw, checked.upload(hw, models.FileTree({"net.py": COUNTING.encode()})))
    said = {test.name.split("::")[1]: test.output.split() for test in report.tests}
    assert 300 < int(said["test_training"][1]) < 600  # behind the public test, and no other
    assert report.score == report.max_score
