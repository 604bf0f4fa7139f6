"""What a report looks like in a terminal, in JSON and for Gradescope."""

import pytest

from grader import models
from grader.assignment import manifest
from grader.client import report_html, report_markdown
from grader.client import report_text as client_text
from grader.exchange import results
from grader.gradescope import results as gradescope_results
from grader.scoring import points, report_text
from tests.support.scored import case, course

CASES = [case("right"), case("wrong"), case("other", "2")]
WHY = "even where all tests pass: the code breaks a rule of this assignment."
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


def test_terminal_says_once_and_first_what_a_rule_costs(report):
    lines = report_text.summary(report).splitlines()
    assert lines[:4] == [
        f"Task 1 earns nothing, {WHY}",
        "    m.py:1: calls eval.",
        "wrong answer: wrong (task 1)",
        "    off by one",
    ]
    assert not any("other" in line or "right" in line for line in lines)


def test_rule_that_costs_every_task_is_one_sentence_and_no_task_is_to_be_fixed_first():
    tasks = [manifest.Task("1", "t", 1), manifest.Task("2", "t", 1, needs=("1",))]
    cases = [case("a"), case("b", "2")]
    outcomes = [models.Outcome(one.name, models.Verdict.PASSED) for one in cases]
    places = ("m.py:3: calls print.", "n.py:1: the same.")
    broken = (models.RuleViolation("output", ("1", "2"), places),)
    report = points.score(course(*tasks), cases, outcomes, models.Timing(), (), broken)
    assert report_text.summary(report).splitlines()[:4] == [
        f"Tasks 1 and 2 earn nothing, {WHY}",
        "    m.py:3: calls print.",
        "    n.py:1: the same.",
        "task 1         0 / 1  t",
    ]
    written = results.to_json(report)
    assert written["fix_first"] == {}
    assert client_text.text(written).splitlines()[:4] == [
        "Tasks 1, 2 earn nothing: a rule of this assignment is broken.",
        "    m.py:3: calls print.",
        "    n.py:1: the same.",
        "task 1           0 / 1  t",
    ]
    for text in (report_markdown.text(written, "/1"), report_html.report(written, "/1")):
        assert text.count("calls print") == 1


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
