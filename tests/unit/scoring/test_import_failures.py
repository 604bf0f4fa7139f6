"""A file that cannot be imported is explained once, above everything."""

import datetime
from fractions import Fraction

from grader import models
from grader.exchange import results
from grader.models import TaskKind, Verdict, Visibility
from grader.scoring import final_score, import_failures, redaction, report_text
from grader.service import reports
from grader.web import report_view

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
REASON = "layers.py cannot be imported:\nYour code raised NameError: name 'q' is not defined"


def broken(name, file="layers.py", visibility=Visibility.VISIBLE):
    return models.TestResult(
        name,
        "1a",
        visibility,
        Verdict.EXCEPTION,
        Fraction(0),
        Fraction(1),
        message=REASON.replace("layers.py", file),
        hint="Sum over the samples.",
        unimportable=file,
    )


def report(*tests, audience=models.Audience.STUDENT):
    task = models.TaskScore("1a", "Layers", TaskKind.AUTO, Fraction(0), Fraction(3))
    most = Fraction(len(tests))
    return models.Report("hw", "v", audience, Fraction(0), most, (task,), tests)


def page_of(found):
    totals = final_score.of_report(found, Fraction(0))
    return report_view.of_report(reports.StudentReport(found, totals), None)


def test_each_file_is_told_once_with_what_it_costs():
    found = report(broken("a"), broken("b", "rnn.py"), broken("c"))
    assert [(f.file, f.tests) for f in import_failures.of(found)] == [
        ("layers.py", 2),
        ("rnn.py", 1),
    ]
    first, second = import_failures.of(found)
    assert first.sentence == "layers.py cannot be imported; 2 tests need it."
    assert first.reason == "Your code raised NameError: name 'q' is not defined"
    assert second.sentence == "rnn.py cannot be imported; one test needs it."


def test_terminal_says_it_first_and_not_under_each_test():
    told = report_text.summary(report(broken("a"), broken("b"))).splitlines()
    assert told[:4] == [
        "layers.py cannot be imported; 2 tests need it.",
        "    Your code raised NameError: name 'q' is not defined",
        "exception: a (task 1a)",
        "exception: b (task 1a)",
    ]


def test_page_says_it_above_and_gives_no_hint_on_a_layer():
    page = page_of(report(broken("a"), broken("b")))
    assert [failure.file for failure in page.broken_files] == ["layers.py"]
    for function in page.tasks[0].failed:
        (test,) = function.failed
        assert test.verdict == "layers.py cannot be imported; the reason is at the top."
        assert (test.details, test.hint, test.above) == ("", "", True)


def test_other_programs_read_the_reason_with_each_test():
    told = results.to_json(report(broken("a"), broken("b")))["tests"]
    assert all("NameError: name 'q'" in test["message"] for test in told)


def test_nothing_is_told_of_what_a_hidden_test_found():
    hidden = broken("a", visibility=Visibility.HIDDEN)
    released = broken("b", visibility=Visibility.AFTER_DUE_DATE)
    whole = report(hidden, released, audience=models.Audience.INSTRUCTOR)
    assert len(import_failures.of(whole)) == 1
    late = models.Release(due=NOW - datetime.timedelta(days=1))
    whole = models.Report(
        whole.assignment,
        whole.suite_version,
        whole.audience,
        whole.score,
        whole.max_score,
        whole.tasks,
        whole.tests,
        release=late,
    )
    shown = redaction.redact(whole, models.Audience.STUDENT, NOW)
    assert [test.name for test in shown.tests] == ["b"]
    assert import_failures.of(shown) == []
