"""Which tests run on which mutant, and when a mutant counts as killed."""

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from grader import models
from grader.assignment import manifest
from grader.authoring import named_mutants, starters, suite_check, suite_quality
from grader.cli import terminal
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


def course_of(tmp_path):
    """A course whose homework has a second task."""
    course = fakes.course(tmp_path)
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = path.read_text().replace("total_points = 10", "total_points = 12")
    path.write_text(text + '[[task]]\nid = "2a"\ntitle = "Trained"\npoints = 2\n')
    return course


@pytest.fixture
def found(tmp_path):
    course = course_of(tmp_path)
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


def test_price_counts_the_points_of_failed_tests(found):
    assert {kill.spec.name: kill.cost for kill in found.named} == {
        "quick": {"1a": 1},
        "trained": {"2a": 1},
    }
    assert found.to_json()["costs"] == {"quick": {"1a": 1.0}, "trained": {"2a": 1.0}}


def test_starter_that_earns_something_is_complained_about(tmp_path):
    def generous(trial):
        idle = b"return None" in trial.tree.files["layers.py"]
        return grade(trial) if not idle else grade(suite_check.Trial(TREE))

    course = course_of(tmp_path)
    suite = course / "tests" / "suites" / fakes.SLUG
    (suite / "mutants.toml").write_text(MUTANTS)
    template = models.FileTree({"layers.py": b"def f(x):\n    raise NotImplementedError('todo')\n"})
    assignment = manifest.load(course, fakes.SLUG)
    trees = {assignment.template_dir: template}
    found = suite_check.check(assignment, generous, lambda at: trees.get(at, TREE), parallel=1)
    assert "quick passes on a starter that returns None" in found.complaints
    assert found.to_json()["tests_passing_on_starters"]["returns its first argument"] == []


def test_test_that_all_starters_pass_is_one_complaint(tmp_path):
    course = course_of(tmp_path)
    (course / "tests" / "suites" / fakes.SLUG / "mutants.toml").write_text(MUTANTS)
    assignment = manifest.load(course, fakes.SLUG)
    found = suite_check.check(assignment, grade, lambda _folder: TREE, parallel=1)
    assert found.complaints == [
        f"{name} passes on the untouched template, a starter that returns None, a starter that "
        "returns its first argument and a starter that returns an empty array"
        for name in ("quick", "slow")
    ]


def test_test_that_no_run_has_met_is_complained_about(tmp_path):
    course = course_of(tmp_path)
    suite = course / "tests" / "suites" / fakes.SLUG
    (suite / "mutants.toml").write_text(MUTANTS)
    (suite / "hidden").mkdir(exist_ok=True)
    (suite / "hidden" / "test_twice.py").write_text("def test_a(): ...\ndef test_a(): ...\n")
    assignment = manifest.load(course, fakes.SLUG)
    found = suite_check.check(assignment, grade, lambda _folder: TREE, parallel=1)
    assert any("test_a never runs" in text for text in found.complaints)


def test_public_test_that_only_runs_where_the_suite_lies_is_complained_about(tmp_path):
    course = course_of(tmp_path)
    suite = course / "tests" / "suites" / fakes.SLUG
    (suite / "mutants.toml").write_text(MUTANTS)
    (suite / "public").mkdir(exist_ok=True)
    (suite / "public" / "test_rings.py").write_text("from public.helper import rings\n")
    assignment = manifest.load(course, fakes.SLUG)
    found = suite_check.check(assignment, grade, lambda _folder: TREE, parallel=1)
    assert any("students have no module 'public.helper'" in text for text in found.complaints)


@pytest.mark.parametrize("sampled", [0, 1])
def test_no_mutant_is_graded_while_the_reference_fails_a_test(tmp_path, sampled):
    """It would fail the same test and so count as found."""
    course, graded = course_of(tmp_path), []
    (course / "tests" / "suites" / fakes.SLUG / "mutants.toml").write_text(MUTANTS)
    wrong = models.FileTree({"layers.py": b"x = 1\ny = 2\nwrong = True\n"})

    def strict(trial):
        graded.append(trial.tree)
        report = grade(trial)
        return dataclasses.replace(report, tests=(*report.tests, result("wrong", "1a", False)))

    assignment = manifest.load(course, fakes.SLUG)
    found = suite_check.check(assignment, strict, lambda _: wrong, named=sampled, parallel=1)
    assert len(graded) == 2 + len(starters.WAYS)
    assert found.complaints[0].startswith("reference fails wrong")
    assert not any("mutant" in text for text in found.complaints)
    said = terminal.quality_summary(found)
    assert "mutants    not graded" in said
    assert "killed" not in said


def test_slowest_test_is_named(found):
    tests = found.reference.tests
    slower = dataclasses.replace(tests[0], wall_s=35.04)
    reference = dataclasses.replace(found.reference, tests=(slower, *tests[1:]))
    said = terminal.quality_summary(dataclasses.replace(found, reference=reference))
    assert "slowest    35.0 s on the reference: quick" in said


def test_sample_keeps_every_mutant_that_has_a_price(tmp_path):
    course = course_of(tmp_path)
    suite = course / "tests" / "suites" / fakes.SLUG
    (suite / "mutants.toml").write_text(MUTANTS + "[mutant.fair]\n2a = 1\n")
    found = suite_check.check(
        manifest.load(course, fakes.SLUG), grade, lambda _folder: TREE, named=1, parallel=1
    )
    assert [kill.spec.name for kill in found.named] == ["quick", "trained"]


NAMES = ("hidden/test_layers.py", "hidden/test_other.py")


def test_mutant_meets_the_test_files_that_name_its_module(tmp_path):
    course = course_of(tmp_path)
    suite = course / "tests" / "suites" / fakes.SLUG
    (suite / "mutants.toml").write_text(MUTANTS)
    (suite / "hidden").mkdir(exist_ok=True)
    for name in NAMES:
        (suite / name).write_text(f"student.{Path(name).stem.removeprefix('test_')}")
    met = []

    def noting(trial):
        met.append({name for name in NAMES if name in trial.options.files})
        return grade(trial)

    assignment = manifest.load(course, fakes.SLUG)
    suite_check.check(assignment, noting, lambda _folder: TREE, parallel=1)
    # Reference, template and starters are confined to no files.
    assert met == [set()] * 5 + [{"hidden/test_layers.py"}] * 2


def test_sample_has_as_many_mutants_with_a_price_as_without():
    specs = [
        named_mutants.NamedMutant(f"m{n}", "a.py", (), fair={"1": 1.0} if n % 3 == 0 else {})
        for n in range(30)
    ]
    for most in (1, 4, 7, 10, 50):
        chosen = suite_check._sample(specs, most)
        assert sum(bool(s.fair) for s in chosen) in range(1, min(most, 10) + 1)
        assert sum(not s.fair for s in chosen) in range(1, min(most, 20) + 1)
        assert chosen == sorted(chosen, key=specs.index)
    assert suite_check._sample(specs, 0) == specs


def test_mutant_that_costs_another_task_than_it_names_says_which():
    spec = named_mutants.NamedMutant("slip", "layers.py", ("1a",))
    kill = suite_quality.Kill(spec, frozenset({"t"}), frozenset({"2a", "3"}))
    assert kill.complaint == "slip: loses nothing on 1a, but on 2a and 3"
