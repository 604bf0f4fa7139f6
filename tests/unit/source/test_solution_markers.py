"""Otter's marker behind a statement."""

import pytest

from grader import errors
from grader.authoring import marked_solutions
from grader.source import solution_markers

SOURCE = '''import math
from math import tau

SCALE = 3  # SOLUTION


def area(r):
    """Area."""
    half: float = tau / 2  # SOLUTION
    seen = "# SOLUTION is text here"
    print(half)  # SOLUTION NO PROMPT
    a = b = (
        half * r
    )  # SOLUTION
    print(a)  # SOLUTION
    # BEGIN SOLUTION
    c = b * r
    # END SOLUTION
    return c  # SOLUTION
'''
STRIPPED = '''import math

SCALE = ...


def area(r):
    """Area."""
    half = ...
    seen = "# SOLUTION is text here"
    a = b = ...
    ...
    # TODO: Area.
    raise NotImplementedError("area is not written yet")
    return ...
'''


def test_statements_leave_a_prompt_and_imports_that_only_they_used_go():
    assert marked_solutions.strip(SOURCE, "a.py", ()) == STRIPPED


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = 1  # SOLUTION of 1a", "is no marker"),
        ("if x: y = 1  # SOLUTION", "one assignment"),
        ("x = 1; y = 2  # SOLUTION", "one assignment"),
        ("for x in y:  # SOLUTION\n    pass", "one assignment"),
        ("# SOLUTION", "one assignment"),
    ],
)
def test_marker_that_cannot_be_understood_is_refused(line, expected):
    with pytest.raises(errors.SuiteError, match=expected):
        solution_markers.strip(f"x = y = []\n{line}\n", "a.py")


def test_other_comments_are_left_alone():
    text = "x = 1  # the solution of x = 1\ny = 2  # SOLUTIONS follow\n"
    assert solution_markers.strip(text, "a.py") == (text, "")
