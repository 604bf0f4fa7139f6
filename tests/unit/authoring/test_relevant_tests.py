"""Which test files a mutant of one file must meet."""

import pytest

from grader import models
from grader.assignment import manifest as assignments
from grader.authoring import relevant_tests

SOURCES = {
    "layers.py": b"x = 1",
    "net.py": b"from layers import x",
    "modules/pool.py": b"y = 2",
    "modules/__init__.py": b"from modules.pool import y",
    "train.py": b"import net",
    "table.csv": b"1,2",
}
TESTS = {
    "public/test_layers.py": "student.layers.x",
    "public/test_net.py": "student.net.x",
    "hidden/test_train.py": "student.train.go()",
    "hidden/test_pool.py": "student.module('modules.pool').y",
    "hidden/test_stage.py": "student.stage.counted(1)",
}


@pytest.fixture
def course(tmp_path):
    for name, text in TESTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "guest").mkdir()
    (tmp_path / "guest" / "__init__.py").write_text("def counted(n): return __import__('pool').y")
    made = assignments.Manifest(
        slug="a1",
        title="t",
        course="c",
        total_points=1,
        submission=assignments.SubmissionRules(required=("layers.py",)),
        task=(assignments.Task("1", "t", 1),),
    )
    return assignments.Assignment(made, tmp_path, tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ("train.py", {"hidden/test_train.py"}),
        ("net.py", {"public/test_net.py", "hidden/test_train.py"}),
        ("layers.py", {"public/test_layers.py", "public/test_net.py", "hidden/test_train.py"}),
        ("modules/pool.py", {"hidden/test_pool.py", "hidden/test_stage.py"}),
        ("table.csv", set()),  # all: any code may read it
    ],
)
def test_files_that_name_the_module_or_what_imports_it(course, changed, named):
    found = relevant_tests.of(course, models.FileTree(SOURCES), changed)
    assert set(found) == named


def test_test_that_reaches_the_module_by_a_helper_is_taken(course):
    (course.suite_dir / "hidden" / "helper.py").write_text("def out(student): student.train.go()")
    (course.suite_dir / "hidden" / "test_a.py").write_text("from .helper import out")
    found = relevant_tests.of(course, models.FileTree(SOURCES), "train.py")
    assert set(found) == {"hidden/test_train.py", "hidden/test_a.py"}


def test_tests_that_may_use_a_fixture_of_the_module_are_taken(course):
    (course.suite_dir / "public" / "conftest.py").write_text("def out(student): student.train.go()")
    found = relevant_tests.of(course, models.FileTree(SOURCES), "train.py")
    assert set(found) == {"hidden/test_train.py", "public/test_layers.py", "public/test_net.py"}
