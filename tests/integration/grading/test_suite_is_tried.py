"""What only an import of a suite's tests shows, found in a real suite process without a sandbox."""

import textwrap

import pytest

from grader import errors
from grader.assignment import manifest
from grader.grading import submission_grader

TOML = """
slug = "small"
title = "t"
course = "c"
total_points = 10

[submission]
required = ["layers.py"]

[[task]]
id = "1"
title = "Double"
points = 10
"""
GOOD = """
from grader.suite import task, close

@task("1")
def test_double(student):
    close(student.layers.double(2), 4)
"""


@pytest.fixture
def tried(suites, tmp_path):
    """Try a suite whose hidden test file has this text."""

    def with_text(text):
        suite = tmp_path / "tests" / "suites" / "small"
        (suite / "hidden").mkdir(parents=True, exist_ok=True)
        (suite / "assignment.toml").write_text(TOML)
        (suite / "hidden" / "test_hidden.py").write_text(textwrap.dedent(text))
        grader = submission_grader.Grader(None, suites, "no-image", datasets_dir=tmp_path)
        grader.try_suite(manifest.load(tmp_path, "small"))

    return with_text


def test_good_suite_passes_and_no_test_runs(tried):
    tried(GOOD + "    raise AssertionError\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("close\n", "close, clsoe\n", 1), "cannot import name 'clsoe'"),
        ("import there_is_no_such_module\n" + GOOD, "there_is_no_such_module"),
        (GOOD + "\nLIMIT = LIMTI + 1\n", "name 'LIMTI' is not defined"),
        (GOOD + "\n@task('1', weight=-1)\ndef test_more(student): ...\n", "weight"),
        (GOOD + "\ndef test_without_points(student): ...\n", "no @task"),
        (GOOD.replace("def test_", "def text_"), "There is no test"),
    ],
)
def test_mistake_is_named_with_its_file(tried, text, said):
    with pytest.raises(errors.SuiteError, match=said) as caught:
        tried(text)
    assert "test_hidden.py" in str(caught.value) or "There is no test" in str(caught.value)


def test_line_of_a_mistake_is_that_of_the_file(tried):
    with pytest.raises(errors.SuiteError, match=r"test_hidden\.py:8"):
        tried(GOOD + "\nLIMIT = LIMTI + 1\n")
