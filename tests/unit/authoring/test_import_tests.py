"""Tests of Otter and nbgrader as tests of a suite: what is converted, and what is named as not."""

import ast
import json

import pytest

from grader import errors
from grader.assignment import manifest as assignments
from grader.authoring import import_tests, scaffold

OK = """
OK_FORMAT = True
test = {"name": "q1", "points": 3, "suites": [{"type": "doctest", "cases": [
    {"code": ">>> square(3)\\n9", "hidden": False},
    {"code": ">>> import math\\n>>> x = math.pi\\n>>> square(x) > 9\\nTrue", "hidden": False},
    {"code": ">>> np.allclose(square(2.5), 6.25)\\nTrue", "hidden": True, "points": 2},
    {"code": ">>> print(square(2))\\n4", "hidden": False},
    {"code": ">>> square('x')\\nTraceback (most recent call last):\\nE: no", "hidden": False},
    {"code": ">>> answer\\n42", "hidden": False},
]}]}
"""
FUNCTIONS = """
import numpy as np
from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2

@test_case(points=1, hidden=False)
def test_visible(square):
    assert square(3) == 9

@test_case(points=1, hidden=True)
def test_secret(square, env):
    assert np.isclose(square(0.5), 0.25)
"""


@pytest.fixture
def suite(tmp_path):
    scaffold.write(tmp_path / "course", "hw1")
    return assignments.load(tmp_path / "course", "hw1")


@pytest.fixture
def take(suite, tmp_path):
    def run(peer, name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return import_tests.take(suite, import_tests.Peer(peer), path)

    return run


def texts(suite):
    return {
        folder: (suite.suite_dir / folder / "test_q1.py").read_text()
        for folder in ("public", "hidden")
    }


def notebook(*cells):
    return {
        "nbformat": 4,
        "cells": [
            {"cell_type": "code", "source": text, "metadata": {"nbgrader": said} if said else {}}
            for text, said in cells
        ],
    }


def test_doctests_of_otter_become_assertions(take, suite):
    done = take("otter", "q1.py", OK)
    public, hidden = texts(suite)["public"], texts(suite)["hidden"]
    assert "    assert student.layers.square(3) == 9\n" in public
    assert "    assert (student.layers.square(x) > 9) == True\n" in public
    assert '@task("q1", weight=2)' in hidden
    assert "assert np.allclose(student.layers.square(2.5), 6.25) == True" in hidden
    assert "import numpy as np\n" in hidden
    assert "import numpy" not in public
    assert "6.25" not in public, "students get this file"
    assert done.tasks == (("q1", 3.0),)


def test_what_cannot_be_converted_is_listed_with_the_reason(take):
    assert dict(take("otter", "q1.py", OK).left) == {
        "q1 - 4": "it compares what is printed",
        "q1 - 5": "it expects an exception",
        "q1 - 6": "it looks at `answer`, which is no function; have the assignment ask for a "
        "function that returns it",
    }


def test_functions_of_otter_are_taken_as_they_are(take, suite):
    take("otter", "q1.py", FUNCTIONS)
    assert "assert student.layers.square(3) == 9" in texts(suite)["public"]
    assert "np.isclose(student.layers.square(0.5), 0.25)" in texts(suite)["hidden"]


def test_cells_of_nbgrader_are_split_at_what_students_do_not_see(take, suite):
    cell = (
        "assert square(3) == 9\n### BEGIN HIDDEN TESTS\nassert square(-7) == 49\n"
        "### END HIDDEN TESTS"
    )
    done = take(
        "nbgrader",
        "q1.ipynb",
        notebook(
            ("%matplotlib inline", None),
            ("def square(x):\n    return x * x", {"grade": False, "solution": True}),
            (cell, {"grade": True, "solution": False, "grade_id": "q1", "points": 2}),
            ("# nothing", {"grade": True, "solution": False, "grade_id": "q2", "points": 1}),
        ),
    )
    found = texts(suite)
    assert "-7" not in found["public"]
    assert "assert student.layers.square(-7) == 49" in found["hidden"]
    assert (done.left, len(done.written)) == ((), 2)


@pytest.mark.parametrize("peer", ["otter", "nbgrader"])
def test_nothing_is_written_over(take, suite, peer):
    cell = ("assert square(3) == 9", {"grade": True, "grade_id": "q1", "points": 2})
    name, content = {"otter": ("q1.py", OK), "nbgrader": ("q1.ipynb", notebook(cell))}[peer]
    take(peer, name, content)
    before = (suite.suite_dir / "public/test_q1.py").read_text()
    with pytest.raises(errors.SuiteError, match="is there already"):
        take(peer, name, content)
    assert (suite.suite_dir / "public/test_q1.py").read_text() == before


@pytest.mark.parametrize(
    ("peer", "name", "content", "said"),
    [
        ("otter", "q1.py", "x = 1", "neither"),
        ("otter", "q1.py", "def (", "q1.py:1"),
        ("otter", "q1.ipynb", "[]", "not a notebook"),
        ("nbgrader", "q1.ipynb", "{}", "not a notebook"),
        ("nbgrader", "q1.ipynb", '{"cells": []}', "no tests"),
    ],
)
def test_what_holds_no_tests_is_refused(take, peer, name, content, said):
    with pytest.raises(errors.SuiteError, match=said):
        take(peer, name, content)


def test_written_files_are_python(take, suite):
    take("otter", "q1.py", OK)
    for text in texts(suite).values():
        ast.parse(text)
