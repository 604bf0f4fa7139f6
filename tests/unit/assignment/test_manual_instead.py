"""A task whose optional file is not submitted is marked by a person, and costs nothing."""

from pathlib import Path

import pytest

from grader.assignment import manifest as assignments
from grader.assignment import manual_instead
from grader.models import TaskKind

MANIFEST = """
slug = "hw"
title = "Homework"
course = "Course 101"
total_points = 6

[submission]
required = ["net.py"]
optional = ["answers.py", "net.pt"]
accept = ["zip", "ipynb"]

[[task]]
id = "1"
title = "Network"
points = 2

[[task]]
id = "2"
title = "Answer"
points = 1
manual_without = "answers.py"
facets = { sign = 40, size = 60 }

[[task]]
id = "3"
title = "Another answer"
points = 1
manual_without = "answers.py"
needs = ["1"]

[[task]]
id = "4"
title = "Trained"
points = 2
manual_without = "net.pt"
"""


@pytest.fixture
def course(tmp_path):
    parsed = assignments.parse(MANIFEST.encode(), Path("assignment.toml"))
    (tmp_path / "assignment.toml").write_text(MANIFEST)
    return assignments.Assignment(parsed, tmp_path, tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("files", "by_hand"),
    [
        ({"net.py"}, ["2", "3", "4"]),
        ({"net.py", "answers.py"}, ["4"]),
        ({"net.py", "answers.ipynb", "net.pt"}, []),
        ({"net.py", "old/answers.py", "net.pt"}, ["2", "3"]),
    ],
)
def test_tasks_of_missing_files_are_marked_by_hand(course, files, by_hand):
    assert [task.id for task in manual_instead.lacking(course.manifest, files)] == by_hand


def test_they_are_manual_with_all_their_points_for_this_submission_only(course):
    tasks = manual_instead.lacking(course.manifest, {"net.py", "net.pt"})
    changed = manual_instead.applied(course, tasks)
    kinds = [(task.id, task.kind, task.points) for task in changed.manifest.task]
    assert kinds == [
        ("1", TaskKind.AUTO, 2),
        ("2", TaskKind.MANUAL, 1),
        ("3", TaskKind.MANUAL, 1),
        ("4", TaskKind.AUTO, 2),
    ]
    assert changed.suite_version() == course.suite_version()
    assert course.task("2").kind is TaskKind.AUTO


def test_report_says_which_tasks_and_why(course):
    tasks = manual_instead.lacking(course.manifest, {"net.py"})
    assert manual_instead.notes(tasks) == [
        "answers.py was not submitted. Tasks 2 and 3 are not tested; the course staff mark your "
        "written answer instead.",
        "net.pt was not submitted. Task 4 is not tested; the course staff mark your written "
        "answer instead.",
    ]
