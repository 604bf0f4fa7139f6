"""`results.json` as gradescope-utils 0.5.0 itself writes it."""

import subprocess

import pytest

from grader.gradescope import read_results
from tests.support import peers

TESTS = '''
import unittest
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class TestSquare(unittest.TestCase):
    @weight(2)
    @number("1.1")
    def test_three(self):
        """three"""
        self.assertEqual(3 * 3, 9)

    @weight(1)
    @visibility("hidden")
    def test_wrong(self):
        """wrong"""
        print("said")
        self.assertEqual(2 * 2, 5)


suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestSquare)
with open("results.json", "w") as file:
    JSONTestRunner(visibility="visible", stream=file).run(suite)
'''


@pytest.fixture(scope="module")
def python():
    return peers.python("gradescope-utils==0.5.0") / "python"


def test_what_gradescope_utils_writes_is_read(python, tmp_path):
    subprocess.run([python, "-c", TESTS], check=True, cwd=tmp_path, timeout=120)
    found = read_results.read(tmp_path / "results.json")
    assert (found.points, found.most) == (2, 3)
    assert sorted(test.passed for test in found.tests) == [False, True]
    said = read_results.summary(found)
    assert "failed: wrong" in said
    assert "tests 1 of 2 passed" in said
