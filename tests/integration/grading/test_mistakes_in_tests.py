"""A mistake in a test, through the real pipeline: no student loses a point, staff read where."""

import json
import textwrap
from datetime import UTC, datetime

import msgspec
import pytest

from grader import models
from grader.assignment import manifest as assignments
from grader.authoring import suite_quality
from grader.exchange import results
from grader.scoring import redaction
from tests.support import checked

TOML = """
slug = "small"
title = "t"
course = "c"
total_points = 16
runtime = "numpy"

[submission]
required = ["layers.py"]

[limits]
test_s = 20

[[task]]
id = "1"
title = "Double"
points = 12

[[task]]
id = "2"
title = "Pair"
points = 4
"""
PUBLIC = """
from grader.suite import task, close

@task("1")
def test_double(student):
    close(student.layers.double(2), 4)

@task("2")
def test_pair(student):
    first, second = student.layers.pair(1)
    close(first, 1)
"""
HIDDEN = """
from grader.suite import task, close

@task("1")
def test_double_of_a_half(student):
    close(student.layers.double(0.5), 1.0)

@task("1")
def test_typo(student):
    expected = 2 * 3
    close(student.layers.double(3), expceted)
"""
RIGHT = "def double(x):\n    return 2 * x\n\n\ndef pair(x):\n    return x, x\n"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    suite = root / "tests" / "suites" / "small"
    files = {
        suite / "assignment.toml": TOML,
        suite / "public" / "test_public.py": PUBLIC,
        suite / "hidden" / "test_hidden.py": HIDDEN,
        root / "reference" / "small" / "layers.py": RIGHT,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return assignments.load(root, "small")


def tree(source):
    return models.FileTree({"layers.py": source.encode()})


def graded(grader, assignment, source, audience=models.Audience.INSTRUCTOR):
    report = grader.grade(assignment, checked.upload(assignment, tree(source)))
    return redaction.redact(report, audience, datetime.now(UTC))


def verdicts(report):
    return {test.name.split("::")[1]: test.verdict.value for test in report.tests}


def test_perfect_upload_has_full_marks_beside_a_test_with_a_typo(grader, assignment):
    report = graded(grader, assignment, RIGHT)
    assert (report.score, report.max_score) == (12, 12)
    assert verdicts(report)["test_typo"] == "not_run"
    (note,) = report.notes
    assert "hidden/test_hidden.py, line 11: NameError: name 'expceted' is not defined" in note


def test_student_reads_nothing_of_the_hidden_test(grader, assignment):
    seen = graded(grader, assignment, RIGHT, models.Audience.STUDENT)
    assert seen.notes == (redaction.SET_ASIDE,)
    assert seen.score == seen.max_score == 12
    text = json.dumps(results.to_json(seen)) + repr(seen)
    assert "typo" not in text
    assert "NameError" not in text


def test_value_that_a_right_test_cannot_use_still_costs_its_points(grader, assignment):
    report = graded(grader, assignment, RIGHT.replace("return x, x", "return None"))
    assert (report.score, report.max_score) == (8, 12)
    assert verdicts(report)["test_pair"] == "wrong_answer"
    assert "pair returned None; is a `return` missing?" in report.tests[1].message


def test_check_of_the_suite_names_the_mistake(grader, assignment):
    report = grader.grade(assignment, checked.upload(assignment, tree(RIGHT)))
    complaints = suite_quality.Quality(report, report, ()).complaints
    assert any("reference fails hidden/test_hidden.py::test_typo: " in c for c in complaints)
    assert any("line 11: NameError" in c for c in complaints)


def test_without_a_reference_a_failure_is_the_submission_s(grader, assignment, tmp_path):
    """Nothing speaks against the test then; what a hostile value does to it must earn nothing."""
    bare = msgspec.structs.replace(assignment, reference_dir=tmp_path / "nothing")
    report = grader.grade(bare, checked.upload(bare, tree(RIGHT)))
    assert (report.score, report.max_score) == (12, 16)
    assert verdicts(report)["test_typo"] == "wrong_answer"
