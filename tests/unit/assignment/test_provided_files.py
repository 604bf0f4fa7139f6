"""Files the course gives: the folder and the list agree, and the course's copy counts."""

from pathlib import Path

import pytest

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.assignment import provided_files

MANIFEST = """
slug = "tiny"
title = "Tiny"
course = "T"
total_points = 1
submission = { required = ["layers.py"], given = ["solver.py", "modules/base.py"] }
[[task]]
id = "1a"
title = "one"
points = 1
"""


@pytest.fixture
def tiny(tmp_path: Path) -> assignments.Assignment:
    suite = tmp_path / "tests" / "suites" / "tiny"
    for name in ("solver.py", "modules/base.py", "__pycache__/solver.pyc", ".DS_Store"):
        (suite / "given" / name).parent.mkdir(parents=True, exist_ok=True)
        (suite / "given" / name).write_text(f"NAME = {name!r}\n")
    (suite / "assignment.toml").write_text(MANIFEST)
    return assignments.load(tmp_path, "tiny")


def test_given_files_are_those_listed_without_litter(tiny: assignments.Assignment) -> None:
    assert set(provided_files.files(tiny)) == {"solver.py", "modules/base.py"}


def test_listed_file_that_is_not_there_is_the_suite_s_fault(tiny: assignments.Assignment) -> None:
    (tiny.suite_dir / "given" / "solver.py").unlink()
    with pytest.raises(errors.SuiteError, match=r"solver\.py: no such file, but tiny gives it"):
        provided_files.files(tiny)


def test_unlisted_file_is_the_suite_s_fault(tiny: assignments.Assignment) -> None:
    (tiny.suite_dir / "given" / "more.py").write_text("")
    with pytest.raises(errors.SuiteError, match=r"more\.py: nobody would get this file"):
        provided_files.files(tiny)


def test_file_given_and_required_is_the_suite_s_fault(tiny: assignments.Assignment) -> None:
    text = MANIFEST.replace('["layers.py"]', '["solver.py"]').encode()
    with pytest.raises(errors.SuiteError, match=r"solver\.py is both given and asked for"):
        assignments.parse(text, tiny.suite_dir / "assignment.toml")


def test_changed_given_file_changes_the_suite_version(tiny: assignments.Assignment) -> None:
    before = tiny.suite_version()
    (tiny.suite_dir / "given" / "solver.py").write_text("NAME = 2\n")
    assert tiny.suite_version() != before


def test_course_s_copy_replaces_a_changed_one_and_the_note_names_it() -> None:
    tree = models.FileTree({"layers.py": b"mine", "solver.py": b"changed"}, ("earlier",))
    whole = provided_files.overlay(tree, {"solver.py": b"ours", "base.py": b"base"})
    assert whole.files == {"layers.py": b"mine", "solver.py": b"ours", "base.py": b"base"}
    earlier, note = whole.notes
    assert earlier == "earlier"
    assert "solver.py" in note
    assert "base.py" not in note


def test_copy_that_differs_in_line_ends_only_is_not_mentioned() -> None:
    tree = models.FileTree({"solver.py": b"a\r\nb\r\n"})
    assert provided_files.overlay(tree, {"solver.py": b"a\nb\n"}).notes == ()
