"""Reading `results.json` files that other autograders wrote."""

import json

import pytest
from typer.testing import CliRunner

from grader import errors
from grader.cli import main
from grader.gradescope import read_results


@pytest.fixture
def read(tmp_path):
    def run(content):
        path = tmp_path / "results.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return read_results.read(path)

    return run


def test_numbers_may_be_strings(read):
    tests = [{"name": "a", "score": "1.5", "max_score": "2"}, {"score": 1, "max_score": 1}]
    found = read({"execution_time": "0.01", "tests": tests, "leaderboard": []})
    assert (found.points, found.most) == (2.5, 3)
    assert [test.passed for test in found.tests] == [False, True]


def test_score_of_the_whole_stands_above_the_sum(read):
    assert read({"score": 7, "tests": [{"score": 1, "max_score": 9}]}).points == 7


def test_status_stands_above_the_points(read):
    tests = [{"score": 0, "status": "passed"}, {"score": 5, "max_score": 5, "status": "failed"}]
    assert [test.passed for test in read({"tests": tests}).tests] == [True, False]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "no results.json"),
        ("{", "no results.json"),
        ('{"x":' + "[" * 100_000, "no results.json"),
        ({"tests": [{"name": "a"}]}, "neither a score nor tests with scores"),
        ({"score": "many"}, "many"),
        ({"score": "inf"}, "finite"),
        ({"score": 1, "tests": [{"status": 5}]}, "status"),
    ],
)
def test_what_is_no_results_file_is_refused_with_the_reason(read, content, said):
    with pytest.raises(errors.UploadRefused, match=said):
        read(content)


def test_null_is_as_good_as_missing(read):
    nothing = dict.fromkeys(("name", "number", "output", "status", "visibility", "max_score"))
    found = read({"score": None, "output": None, "tests": [nothing | {"score": 1}]})
    assert (found.points, found.most, found.tests[0].passed) == (1, None, True)
    assert "score 1" in read_results.summary(found)
    assert read({"score": 2, "tests": None}).points == 2


def test_byte_order_mark_is_passed_over(read):
    assert read('\ufeff{"score": 3}').points == 3


@pytest.mark.parametrize("status", ["error", "skipped", ""])
def test_other_statuses_leave_it_to_the_points(read, status):
    tests = [{"score": s, "max_score": 1, "status": status} for s in (0, 1)]
    assert [test.passed for test in read({"tests": tests}).tests] == [False, True]


def test_what_students_printed_does_not_steer_the_terminal(read):
    test = {"name": "a\x1b]0;b", "score": 0, "max_score": 1, "output": "x\x1b[2J\r\u202ey"}
    said = read_results.summary(read(json.dumps({"tests": [test]})))
    assert all(line.isprintable() for line in said.split("\n"))


def test_command_tells_what_failed_and_checks_the_minimum(tmp_path):
    path = tmp_path / "results.json"
    tests = [
        {"name": "forward", "score": 3, "max_score": 3},
        {"name": "backward", "score": 0, "max_score": 1, "output": "shape (2,)"},
    ]
    path.write_text(json.dumps({"tests": tests}))
    shown = CliRunner().invoke(main.app, ["results", str(path)])
    assert shown.exit_code == 0
    assert "failed: backward\n    shape (2,)\ntests 1 of 2 passed\nscore 3 / 4" in shown.output
    assert CliRunner().invoke(main.app, ["results", str(path), "--min-score", "90%"]).exit_code == 1
    assert CliRunner().invoke(main.app, ["results", str(path), "--min-score", "75%"]).exit_code == 0


def test_share_of_an_unknown_maximum_is_refused(tmp_path):
    path = tmp_path / "results.json"
    path.write_text('{"score": 1}')
    shown = CliRunner().invoke(main.app, ["results", str(path), "--min-score", "90%"])
    assert isinstance(shown.exception, errors.UploadRefused)
