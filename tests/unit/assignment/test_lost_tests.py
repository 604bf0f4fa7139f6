"""Tests that pytest passes over in silence are found in a suite's text."""

import pytest

from grader.assignment import lost_tests

TEST = '@task("1a")\ndef test_a(student):\n    close(student.layers.f(1), 2)\n'


def said_of(folder, source, name="test_layers.py"):
    path = folder / "hidden" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    return lost_tests.of(folder)


def test_second_test_of_a_name_hides_the_first(tmp_path):
    assert said_of(tmp_path, TEST + TEST) == [
        "hidden/test_layers.py, line 2: test_a never runs, because line 5 defines another test of "
        "this name. Rename one."
    ]


def test_same_name_in_two_classes_is_fine(tmp_path):
    inside = "    " + TEST.replace("\n", "\n    ")
    assert said_of(tmp_path, f"class TestOne:\n{inside}\nclass TestTwo:\n{inside}\n") == []


@pytest.mark.parametrize("name", ["layers.py", "layers_tests.py", "check_layers.py"])
def test_file_that_pytest_does_not_take_for_tests_is_named(tmp_path, name):
    assert said_of(tmp_path, TEST, name) == [
        f"hidden/{name}: no test in it runs; a file of tests is called test_….py."
    ]


@pytest.mark.parametrize("name", ["conftest.py", "data.py"])
def test_file_without_tests_may_have_any_name(tmp_path, name):
    assert said_of(tmp_path, "import numpy\n", name) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (TEST.replace("test_a", "check_a"), "check_a never runs; the name of a test begins"),
        (f"class Layers:\n    {TEST.replace(chr(10), chr(10) + '    ')}", "no test in Layers runs"),
        (
            "class TestA:\n    def __init__(self): ...\n    @task('1a')\n"
            "    def test_a(self, student): ...\n",
            "no test in TestA runs, because it has an __init__",
        ),
        (
            TEST.replace("close(student.layers.f(1), 2)", "return student.layers.f(1) == 2"),
            "line 3: nobody reads what test_a returns",
        ),
        (TEST.replace("close", "return np.allclose"), "line 3: nobody reads what test_a returns"),
    ],
)
def test_test_that_never_runs_or_says_nothing_is_named(tmp_path, source, said):
    (found,) = said_of(tmp_path, source)
    assert said in found


@pytest.mark.parametrize(
    "source",
    [
        TEST,
        TEST.replace("test_a", "check") + "test_b = check\n",
        TEST + "    def double(x):\n        return 2 * x\n",
        TEST + "    return\n",
        TEST.replace("    close", "    return close"),
    ],
)
def test_what_runs_and_is_read_is_fine(tmp_path, source):
    assert said_of(tmp_path, source) == []
