"""Which tests run on which mutant, and when a mutant counts as killed."""

from fractions import Fraction

import pytest

from grader import models
from grader.assignment import manifest
from grader.authoring import suite_check
from tests.support import fakes_service as fakes

TREE = models.FileTree({"layers.py": b"x = 1\ny = 2\n"})
MUTANTS = """
[[mutant]]
name = "quick"
file = "layers.py"
tasks = ["1a"]
find = "x = 1"
replace = "x = 2"

[[mutant]]
name = "trained"
file = "layers.py"
tasks = ["2a"]
slow = true
find = "y = 2"
replace = "y = 3"
"""


def result(name, task, passed):
    verdict = models.Verdict.PASSED if passed else models.Verdict.WRONG_ANSWER
    points = Fraction(1)
    return models.TestResult(
        name, task, models.Visibility.VISIBLE, verdict, points * passed, points
    )


def grade(trial):
    """Task 1a has a quick test, 2a only a slow one, which a run without slow tests leaves out."""
    text = trial.tree.files["layers.py"]
    tests = [result("quick", "1a", b"x = 1" in text)]
    tests += [result("slow", "2a", b"y = 2" in text)] if trial.options.slow else []
    untold = models.TaskScore("2a", "t", models.TaskKind.AUTO, Fraction(0), Fraction(1))
    score = Fraction(sum(test.verdict is models.Verdict.PASSED for test in tests))
    audience = models.Audience.INSTRUCTOR
    return models.Report("hw", "v", audience, score, Fraction(2), (untold,), tuple(tests))


@pytest.fixture
def found(tmp_path):
    course = fakes.course(tmp_path)
    suite = course / "tests" / "suites" / fakes.SLUG
    (suite / "mutants.toml").write_text(MUTANTS)
    return suite_check.check(
        manifest.load(course, fakes.SLUG), grade, lambda _folder: TREE, parallel=1
    )


def test_slow_tests_run_on_the_mutant_that_asks_for_them(found):
    assert {kill.spec.name: kill.failed for kill in found.named} == {
        "quick": {"quick"},
        "trained": {"slow"},
    }


def test_test_left_out_costs_its_task_nothing(found):
    assert {kill.spec.name: kill.lost for kill in found.named} == {
        "quick": {"1a"},
        "trained": {"2a"},
    }
    assert found.survivors == []
    assert found.never_failing == []
