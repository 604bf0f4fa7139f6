"""A counter-example that passes alone: the report asks about state and random numbers."""

import pytest

from grader import models
from tests.support import local_course

pytestmark = pytest.mark.slow  # each test starts guests, in processes of their own
WORDS = (
    "The same input gave another answer the first time: does your function keep state or draw "
    "random numbers?"
)
TEST = """
@task("1a")
@given(x=st.arrays((3,)), max_examples=20)
def test_double(student, x):
    close(student.layers.double(x), 2 * x, name="y")
"""


@pytest.fixture
def course(tmp_path):
    return local_course.Course(tmp_path)


def test_function_that_keeps_state_is_asked_about_it(course):
    found = course.run("seen = []\ndef double(x): seen.append(x); return 2 * seen[0]", TEST)
    outcome = found["test_double"]
    assert outcome.verdict is models.Verdict.WRONG_ANSWER
    assert "y: got" in outcome.message
    assert outcome.message.endswith(WORDS)


def test_exception_of_a_second_call_is_asked_about_as_well(course):
    source = "calls = []\ndef double(x): calls.append(1); assert len(calls) < 5; return 2 * x"
    outcome = course.run(source, TEST)["test_double"]
    assert outcome.verdict is models.Verdict.EXCEPTION
    assert "layers.py, line 2" in outcome.message
    assert outcome.message.endswith(WORDS)


def test_function_that_is_always_wrong_is_not(course):
    outcome = course.run("def double(x): return 3 * x", TEST)["test_double"]
    assert outcome.verdict is models.Verdict.WRONG_ANSWER
    assert WORDS not in outcome.message


def test_second_process_uses_what_is_left_and_changes_no_figure(course):
    """The function prints in every call; the fresh process's lines are not the test's."""
    source = "n = []\ndef double(x):\n    n.append(1)\n    print(len(n))\n    return len(n) * x"
    outcome = course.run(source, TEST)["test_double"]
    lines = outcome.output.split()
    assert lines == [str(number + 1) for number in range(len(lines))]


def test_submission_that_ends_in_the_second_process_keeps_its_first_failure(course):
    source = f"""
    import os, pathlib
    mark = pathlib.Path({str(course.folder / "mark")!r})
    def double(x):
        if mark.exists() and mark.read_text() != str(os.getpid()):
            os._exit(0)
        mark.write_text(str(os.getpid()))
        return 3 * x
    """
    outcome = course.run(source, TEST)["test_double"]
    assert outcome.verdict is models.Verdict.WRONG_ANSWER
    assert WORDS not in outcome.message


def test_hidden_failure_is_not_run_again(course):
    outcome = course.run("n = []\ndef double(x): n.append(x); return 2 * n[0]", hidden=TEST)
    assert WORDS not in outcome["test_double"].message
