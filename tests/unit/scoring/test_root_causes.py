"""What to fix first: a failing task that others need."""

import dataclasses
from fractions import Fraction

from grader import models
from grader.exchange import results
from grader.models import TaskKind, Verdict, Visibility
from grader.scoring import final_score, report_text, root_causes
from grader.service import reports
from grader.web import report_view

NEEDS = {"1a": (), "1b": (), "2b": ("1a", "1b"), "3b": ("2b",), "4b": ("1a",), "5": ()}


def report(*failing):
    tasks = tuple(
        models.TaskScore(task, "t", TaskKind.AUTO, None, Fraction(1), needs=needs)
        for task, needs in NEEDS.items()
    )
    tests = tuple(
        models.TestResult(
            f"{task}::t",
            task,
            Visibility.VISIBLE,
            Verdict.WRONG_ANSWER if task in failing else Verdict.PASSED,
            Fraction(0),
            Fraction(1),
        )
        for task in NEEDS
    )
    return models.Report("hw", "v", models.Audience.STUDENT, None, Fraction(6), tasks, tests)


def test_tasks_that_need_a_failing_one_are_explained_by_it():
    found = report("1a", "2b", "3b", "4b", "5")
    assert root_causes.fix_first(found) == {"2b": ("1a",), "3b": ("1a",), "4b": ("1a",)}
    assert root_causes.advice(found) == ["Fix 1a first: 2b, 3b and 4b use it."]


def test_task_may_have_two_roots():
    found = report("1a", "1b", "2b")
    assert root_causes.fix_first(found) == {"2b": ("1a", "1b")}
    assert root_causes.advice(found) == ["Fix 1a first: 2b uses it.", "Fix 1b first: 2b uses it."]


def test_task_in_the_middle_is_a_root_where_what_it_needs_is_right():
    assert root_causes.fix_first(report("2b", "3b")) == {"3b": ("2b",)}


def test_failure_of_its_own_has_no_root():
    assert root_causes.fix_first(report("3b", "5")) == {}
    assert root_causes.advice(report("3b", "5")) == []


def test_what_a_broken_file_fails_is_no_cause_for_other_tasks():
    found = report("1a", "2b", "3b")
    broken = tuple(
        dataclasses.replace(test, unimportable="layers.py") if test.task in {"1a", "3b"} else test
        for test in found.tests
    )
    assert root_causes.fix_first(dataclasses.replace(found, tests=broken)) == {}


def test_passing_task_is_not_explained():
    assert root_causes.advice(report("1a")) == []


def test_report_says_in_every_form_what_to_fix_first():
    found = report("1a", "2b", "5")
    assert results.to_json(found)["fix_first"] == {"2b": ["1a"]}
    totals = final_score.of_report(found, Fraction(0))
    page = report_view.of_report(reports.StudentReport(found, totals), None)
    assert page.advice == ("Fix 1a first: 2b uses it.",)
    assert [task.fix_first for task in page.needs_work] == [(), ("1a",), ()]
    told = report_text.summary(found).splitlines()
    assert told[0] == "Fix 1a first: 2b uses it."


def test_terminal_folds_what_an_earlier_task_explains():
    found = report("1a", "2b")
    tests = tuple(dataclasses.replace(test, message=f"why {test.task}") for test in found.tests)
    told = report_text.summary(dataclasses.replace(found, tests=tests))
    assert "why 1a" in told
    assert "why 2b" not in told
    assert "wrong answer: 2b::t" in told
