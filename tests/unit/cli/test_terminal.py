"""What a report looks like in a terminal, in JSON and for Gradescope."""

import pytest

from grader import models
from grader.exchange import results
from grader.gradescope import results as gradescope_results
from grader.scoring import points, report_text
from tests.support.scored import case, course

CASES = [case("right"), case("wrong"), case("other", "2")]
REASON = "Passed, but earns nothing: see rules::call[1]."


@pytest.fixture
def report():
    """Of a submission whose source breaks a rule that costs the first task."""
    outcomes = [
        models.Outcome("right", models.Verdict.PASSED),
        models.Outcome("wrong", models.Verdict.WRONG_ANSWER, "off by one"),
        models.Outcome("other", models.Verdict.PASSED),
    ]
    broken = (models.RuleViolation("call", ("1",), ("m.py:1: calls eval.",)),)
    return points.score(course(), CASES, outcomes, models.Timing(), (), broken)


def test_terminal_says_what_passed_in_a_task_that_a_rule_costs(report):
    lines = report_text.summary(report).splitlines()
    assert lines[:5] == [
        "rule broken: rules::call[1] (task 1)",
        "    m.py:1: calls eval.",
        "    Task 1 earns nothing for this.",
        "passed: right (task 1), but earns nothing",
        "wrong answer: wrong (task 1)",
    ]
    assert "    off by one" in lines
    assert not any("other" in line for line in lines)


def test_json_keeps_the_verdicts_with_the_reason(report):
    written = {test["name"]: test for test in results.to_json(report)["tests"]}
    assert (written["right"]["verdict"], written["right"]["score"]) == ("passed", 0)
    assert written["right"]["message"] == REASON
    assert written["wrong"]["verdict"] == "wrong_answer"
    assert written["other"]["message"] == ""


def test_gradescope_gets_the_same(report):
    written = {test["name"]: test for test in gradescope_results.to_results(report)["tests"]}
    assert (written["right"]["status"], written["right"]["score"]) == ("passed", 0)
    assert written["right"]["output"] == REASON
