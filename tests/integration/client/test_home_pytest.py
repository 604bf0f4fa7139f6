"""Plain `pytest` in a template's folder: the tests run, and failures are said in our words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.authoring import student_conftest

pytestmark = pytest.mark.slow  # each starts a pytest, which starts a guest

ROOT = Path(__file__).parents[3]
TESTS = """\
from grader.suite import close, given, task
from grader.suite import strategies as st


@task("1a", hint="Twice, not plus two.")
@given(x=st.integers(0, 9))
def test_double(student, x):
    close(student.layers.double(x), 2 * x)


@task("1b")
def test_state_of_another_test_is_gone(student):
    close(student.layers.count(), 1)


@task("1b")
def test_state_is_gone_again(student):
    close(student.layers.count(), 1)
"""
LAYERS = """\
N = 0


def double(x):
    print("inside")
    return {right}


def count():
    global N
    N += 1
    return N
"""


def run(folder, right):
    (folder / "public_tests").mkdir()
    (folder / "public_tests" / "test_layers.py").write_text(TESTS)
    (folder / "layers.py").write_text(LAYERS.format(right=right))
    (folder / "conftest.py").write_bytes(student_conftest.of("hw"))
    (folder / "test_mine.py").write_text("def test_of_my_own():\n    assert 1 + 1 == 2\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # By name, as an installation's entry point does; this one may be older than the entry.
    plugins = ("-p", "grader.suite.home_pytest", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_right_code_passes_next_to_tests_of_ones_own(tmp_path):
    done = run(tmp_path, "2 * x")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_wrong_code_is_shown_with_the_smallest_example_and_the_hint(tmp_path):
    done = run(tmp_path, "x + 2")
    assert done.returncode == 1
    assert "1 failed, 3 passed" in done.stdout
    assert "With x = 0:" in done.stdout
    assert "got 2, expected 0" in done.stdout
    assert "Hint: Twice, not plus two." in done.stdout
    assert "close(student" not in done.stdout, "no line of the test itself"
