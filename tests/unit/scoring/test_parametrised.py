"""Cases of one function are one line of a report, in every form that people read."""

import dataclasses
from fractions import Fraction

import pytest

from grader import models
from grader.exchange import junit, results
from grader.models import TaskKind, Verdict, Visibility
from grader.scoring import final_score, parametrised, report_text
from grader.service import reports
from grader.web import report_view

GRADIENTS = ("W1", "b1", "W2")


def result(name, verdict=Verdict.PASSED, *, task="2b", cases="", **more):
    score = Fraction(1 if verdict is Verdict.PASSED else 0)
    most = Fraction(1)
    return models.TestResult(
        name, task, Visibility.VISIBLE, verdict, score, most, cases=cases, **more
    )


def gradients(*wrong, cases="gradients", verdict=Verdict.WRONG_ANSWER):
    return tuple(
        result(
            f"public/test_a.py::test_gradient[{name}]",
            verdict if name in wrong else Verdict.PASSED,
            cases=cases,
            message=f"grads[{name!r}]: got 1, expected 2." if name in wrong else "",
            hint="Backwards." if name in wrong else "",
        )
        for name in GRADIENTS
    )


def report(*tests):
    task = models.TaskScore("2b", "Classifier", TaskKind.AUTO, Fraction(1), Fraction(4))
    return models.Report(
        "hw", "v", models.Audience.STUDENT, Fraction(1), Fraction(4), (task,), tests
    )


def page_of(found):
    totals = final_score.of_report(found, Fraction(0))
    return report_view.of_report(reports.StudentReport(found, totals), None)


@pytest.mark.parametrize(
    ("tests", "count"),
    [
        (gradients("W1", "b1"), "2 of 3 gradients differ"),
        (gradients("W1"), "1 of 3 gradients differs"),
        (gradients("W1", cases=""), "1 of 3 cases differs"),
        (gradients("W1", "W2", verdict=Verdict.EXCEPTION), "2 of 3 gradients fail"),
        (gradients("W1", verdict=Verdict.TIME_LIMIT), "1 of 3 gradients fails"),
        (gradients(), "3 gradients"),
        (gradients("W1")[:1], ""),
    ],
)
def test_count_says_how_many_cases_fail(tests, count):
    (function,) = parametrised.functions(tests)
    assert function.count == count


def test_functions_keep_their_order_and_tasks_apart():
    tests = (
        result("public/test_a.py::test_b"),
        *gradients(),
        result("public/test_a.py::test_gradient[W1]", task="3b"),
        result("rules::import[2b]"),
        result("rules::import[3b]"),
    )
    found = [(function.name, len(function.cases)) for function in parametrised.functions(tests)]
    assert found == [
        ("public/test_a.py::test_b", 1),
        ("public/test_a.py::test_gradient", 3),
        ("public/test_a.py::test_gradient[W1]", 1),
        ("rules::import[2b]", 1),
        ("rules::import[3b]", 1),
    ]


def test_case_with_brackets_in_it_is_read_whole():
    assert parametrised.case_of("public/test_a.py::test_f[dims[0] of (2, 3)]") == (
        "dims[0] of (2, 3)"
    )
    assert parametrised.case_of("public/test_a.py::test_f") == ""


def test_page_has_one_line_and_its_cases_below():
    page = page_of(report(*gradients("W1", "b1"), result("t::test_x")))
    (function,) = page.tasks[0].failed
    assert function.count == "2 of 3 gradients differ"
    assert function.points == "1 of 3"
    assert [case.name for case in function.failed] == ["W1", "b1"]
    assert function.failed[0].details == "grads['W1']: got 1, expected 2."
    assert [case.name for case in function.passed] == ["W2"]


def test_passed_cases_are_one_line_and_each_is_counted():
    page = page_of(report(*gradients(), result("t::test_x")))
    assert page.tasks[0].failed == ()
    assert [function.count for function in page.tasks[0].passed] == ["3 gradients", ""]
    assert page.tasks[0].passed_tests == 4


def test_terminal_shows_the_first_case_that_fails_and_no_other():
    told = report_text.summary(report(*gradients("b1", "W2"))).splitlines()
    assert told[:3] == [
        "wrong answer: public/test_a.py::test_gradient: 2 of 3 gradients differ (task 2b)",
        "    [b1]",
        "    grads['b1']: got 1, expected 2.",
    ]
    assert not any("W2" in line for line in told)


def test_other_programs_get_every_case():
    found = report(*gradients("W1", "b1"))
    assert len(results.to_json(found)["tests"]) == 3
    assert junit.to_xml(found).count("<testcase ") == 3
    assert junit.to_xml(found).count("<failure ") == 2


def test_output_of_a_passed_case_is_there_to_read():
    tests = gradients("W1")
    said = dataclasses.replace(tests[1], output="shape (3,)\n")
    page = page_of(report(tests[0], said, tests[2]))
    (function,) = page.tasks[0].failed
    assert [case.name for case in function.printed] == ["b1"]
