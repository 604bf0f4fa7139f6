"""Machine-made mutants: where they are made, how they are sampled, which do not count."""

from fractions import Fraction
from pathlib import Path

import pytest

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.authoring import mutants, starters, suite_check, suite_quality
from grader.models import Verdict, Visibility

pytest.importorskip("cosmic_ray", reason="machine-made mutants come with the extra `dev`")

REFERENCE = '''import math

SIZE = 3 + 4


def f(x, y):
    """Sum."""
    # BEGIN SOLUTION task 1
    total = x + y
    return total if total > 0 else -1
    # END SOLUTION


def g(x):
    return x * 5
'''
MUTANTS = """
[[equivalent]]
file = "m.py"
line = "total = x + y"
becomes = "total = x | y"
reason = "never called with numbers that share a bit"
"""


@pytest.fixture
def course(tmp_path: Path) -> assignments.Assignment:
    made = assignments.Manifest(
        slug="a1",
        title="t",
        course="c",
        total_points=1,
        submission=assignments.SubmissionRules(required=("m.py",), optional=("notes.txt", "b.py")),
        task=(assignments.Task("1", "t", 1),),
    )
    (tmp_path / "mutants.toml").write_text(MUTANTS)
    return assignments.Assignment(made, tmp_path, tmp_path, tmp_path)


TREE = models.FileTree({"m.py": REFERENCE.encode(), "notes.txt": b"1 + 1"})


def report(tree: models.FileTree, *alive: str) -> models.Report:
    """One test, which passes on the reference and on sources that hold one of these texts."""
    source = tree.files["m.py"].decode()
    passed = source == REFERENCE or any(text in source for text in alive)
    test = models.TestResult(
        name="t",
        task="1",
        visibility=Visibility.VISIBLE,
        verdict=Verdict.PASSED if passed else Verdict.WRONG_ANSWER,
        score=Fraction(int(passed)),
        max_score=Fraction(1),
    )
    task = models.TaskScore("1", "t", models.TaskKind.AUTO, test.score, test.max_score)
    audience = models.Audience.INSTRUCTOR
    return models.Report("a1", "v", audience, test.score, test.max_score, (task,), (test,))


def checked(course: assignments.Assignment, generated: int, *alive: str) -> suite_quality.Quality:
    told = []

    def grade(trial: suite_check.Trial) -> models.Report:
        told.append(trial.options.until_failure)
        assert trial.options.slow is not trial.options.until_failure
        assert not trial.options.shrink
        return report(trial.tree, *alive)

    found = suite_check.check(course, grade, lambda _folder: TREE, generated=generated, parallel=1)
    whole = 2 + len(starters.WAYS)  # the reference, the template, and other kinds of starter
    assert not any(told[:whole])
    assert all(told[whole:])
    return found


def test_edits_lie_in_solution_regions_only(course: assignments.Assignment) -> None:
    found = mutants.edits(course, TREE)
    assert {edit.line for edit in found} == {
        "total = x + y",
        "return total if total > 0 else -1",
    }
    assert "total = x - y" in {edit.becomes for edit in found}
    assert "return total if total >= 0 else -1" in {edit.becomes for edit in found}


def test_edit_knows_the_function_that_it_is_in(course: assignments.Assignment) -> None:
    assert {mutants.names(edit) for edit in mutants.edits(course, TREE)} == {("f",)}


def test_each_edit_stands_once_and_changes_something(course: assignments.Assignment) -> None:
    sources = [edit.source for edit in mutants.edits(course, TREE)]
    assert len(set(sources)) == len(sources)
    assert REFERENCE.encode() not in sources


def test_smaller_sample_is_part_of_the_larger_and_of_any_other_run(
    course: assignments.Assignment,
) -> None:
    moved = models.FileTree({"m.py": b"# more\n" + REFERENCE.encode()})
    one, two = mutants.edits(course, TREE), mutants.edits(course, moved)
    assert [edit.becomes for edit in one] == [edit.becomes for edit in two]


def test_sample_counts_without_equivalent_ones(course: assignments.Assignment) -> None:
    found = checked(course, 10**9)
    figures = found.to_json()["mutants"]["generated"]
    assert figures["possible"] > 15
    assert figures["equivalent"] == 1
    assert figures["killed"] == figures["total"] == figures["possible"] - 1
    assert figures["survivors"] == []
    assert found.generated.complaints == []


def test_survivors_are_named_and_complained_about_below_the_aim(
    course: assignments.Assignment,
) -> None:
    few = checked(course, 10**9, "total = x * y").generated
    assert few.survivors == ("m.py:9: total = x + y  ->  total = x * y",)
    assert few.complaints == []
    many = checked(course, 10**9, "total = x * y", "total = x - y", "total = x % y")
    text = "machine-made mutant survives: m.py:9: total = x + y  ->  total = x * y"
    assert text in many.complaints


def test_cap_bounds_the_number_graded(course: assignments.Assignment) -> None:
    assert checked(course, 3).generated.total == 3
    assert checked(course, 0).generated == suite_quality.Generated()


def test_equivalent_that_no_longer_exists_is_complained_about(
    course: assignments.Assignment,
) -> None:
    path = course.suite_dir / "mutants.toml"
    path.write_text(MUTANTS.replace("x | y", "x then y"))
    (complaint,) = checked(course, 1).generated.complaints
    assert "total = x + y  ->  total = x then y" in complaint


def test_equivalent_without_a_reason_is_refused(course: assignments.Assignment) -> None:
    path = course.suite_dir / "mutants.toml"
    path.write_text(MUTANTS.replace("reason", "why"))
    with pytest.raises(errors.SuiteError, match=r"mutants\.toml"):
        checked(course, 0)


UNCALLED = """
[[uncalled]]
file = "m.py"
function = "f"
reason = "a script"
"""


def test_edits_in_a_function_that_no_test_calls_are_left_out(
    course: assignments.Assignment,
) -> None:
    (course.suite_dir / "mutants.toml").write_text(MUTANTS + UNCALLED)
    found = checked(course, 10**9, "listed as uncalled").generated
    assert (found.total, found.equivalent, found.complaints) == (0, 1, [])
    assert found.uncalled == found.possible - 1 > 10


def test_function_listed_as_uncalled_that_a_test_calls_is_complained_about(
    course: assignments.Assignment,
) -> None:
    (course.suite_dir / "mutants.toml").write_text(MUTANTS + UNCALLED)
    (complaint,) = checked(course, 1).generated.complaints
    assert complaint == "listed as uncalled, but a test needs it: m.py: f"


def test_function_listed_as_uncalled_that_is_not_there_is_refused(
    course: assignments.Assignment,
) -> None:
    path = course.suite_dir / "mutants.toml"
    path.write_text(MUTANTS + UNCALLED.replace('"f"', '"h"'))
    with pytest.raises(errors.SuiteError, match="no function h"):
        checked(course, 1)
