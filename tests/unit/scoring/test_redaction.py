"""What a student may see of a report: nothing hidden, in no format."""

import dataclasses
import datetime
import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import models
from grader.assignment import manifest as assignments
from grader.assignment import schedule
from grader.exchange import junit, results
from grader.gradescope import results as gradescope_results
from grader.models import Audience, Outcome, Verdict, Visibility
from grader.scoring import points, redaction
from tests.support.scored import CANARY, NOW, case, course, scored, with_faults

HIDDEN = case("h1", visibility=Visibility.HIDDEN, hint="hidden hint")
AFTER_DUE = case("d1", visibility=Visibility.AFTER_DUE_DATE, hint="due hint")
CASES = [case("v1", hint="try"), HIDDEN, AFTER_DUE, case("v2", "2")]


def for_student(passed=(), **options):
    return redaction.redact(scored(CASES, passed, **options), Audience.STUDENT, NOW)


def test_instructor_sees_everything():
    report = scored(CASES, {"v1"})
    assert redaction.redact(report, Audience.INSTRUCTOR, NOW) == report


def test_student_sees_visible_tests_and_one_hidden_sum():
    report = for_student({"v1", "h1"})
    assert [t.name for t in report.tests] == ["v1", "v2"]
    assert report.tests[1].message == "why"
    assert report.hidden == models.HiddenTotal(2, Fraction(10, 3), Fraction(20, 3))
    assert (report.score, report.max_score) == (Fraction(20, 3), 15)
    assert [t.max_score for t in report.tasks] == [Fraction(10, 3), 5]
    assert report.timing == models.Timing(total_s=1.0)


def test_course_that_shows_no_hidden_score_shows_none():
    feedback = assignments.Feedback(hidden_score=models.HiddenScore.NONE)
    report = for_student({"v1", "h1"}, feedback=feedback)
    assert report.hidden.score is None
    assert (report.score, report.max_score) == (Fraction(10, 3), Fraction(25, 3))


def test_course_that_shows_hidden_points_by_task_shows_a_sum_for_each():
    cases = [*CASES, case("h2", "2", visibility=Visibility.HIDDEN)]
    feedback = assignments.Feedback(hidden_score=models.HiddenScore.TASK)
    whole = scored(cases, {"v1", "h1"}, feedback=feedback)
    report = redaction.redact(whole, Audience.STUDENT, NOW)
    first, second = report.tasks
    assert (first.hidden_score, first.hidden_max) == (Fraction(10, 3), Fraction(20, 3))
    assert (second.hidden_score, second.hidden_max) == (0, Fraction(5, 2))
    assert report.hidden == models.HiddenTotal(3, Fraction(10, 3), Fraction(55, 6))
    assert results.to_json(report)["tasks"][1]["hidden"] == {"score": 0, "max_score": 2.5}


@pytest.mark.parametrize("choice", ["total", "none"])
def test_points_of_hidden_tests_by_task_are_told_only_where_the_course_wants_it(choice):
    feedback = assignments.Feedback(hidden_score=models.HiddenScore(choice))
    tasks = for_student({"v1", "h1"}, feedback=feedback).tasks
    assert [task.hidden_score for task in tasks] == [None, None]
    assert [task.max_score + task.hidden_max for task in tasks] == [10, 5]


def test_test_released_at_the_due_date_shows_points_and_hint_only():
    due = schedule.Schedule(due=NOW - datetime.timedelta(seconds=1))
    shown = {t.name: t for t in for_student(schedule=due).tests}["d1"]
    assert (shown.verdict, shown.message, shown.hint) == (Verdict.NOT_PASSED, "", "due hint")
    not_yet = schedule.Schedule(due=NOW + datetime.timedelta(seconds=1))
    assert "d1" not in {t.name for t in for_student(schedule=not_yet).tests}


VISIBILITIES = st.sampled_from(Visibility)


@given(visibility=VISIBILITIES, verdict=st.sampled_from(Verdict), published=st.booleans())
def test_progress_tells_a_student_what_the_report_will_but_points(visibility, verdict, published):
    cases = [case("v1", "2", visibility=visibility, hint="a hint")]
    outcome = Outcome("v1", verdict, "why", "printed", 0.5)
    release = models.Release(published=published)
    said = (verdict, Fraction(0), Fraction(0), "why", "printed", "a hint")
    result = models.TestResult("v1", "2", visibility, *said, wall_s=0.5)
    whole = models.Report(
        "hw", "", Audience.INSTRUCTOR, None, Fraction(0), (), (result,), release=release
    )
    progress = models.Tested(cases[0], outcome, 1, 1)
    told = redaction.redact_test(progress, release, Audience.STUDENT, NOW)
    assert redaction.redact(whole, Audience.STUDENT, NOW).tests == ((told,) if told else ())
    assert redaction.redact_test(progress, release, Audience.INSTRUCTOR, NOW) == result


@given(
    tests=st.lists(
        st.tuples(VISIBILITIES, st.sampled_from(Verdict), st.integers(1, 5)), min_size=1, max_size=8
    ),
    published=st.booleans(),
    due=st.none() | st.integers(-2, 2),
    hidden_score=st.sampled_from(models.HiddenScore),
)
@settings(max_examples=300, deadline=None)
def test_nothing_hidden_survives_redaction_in_any_format(tests, published, due, hidden_score):
    cases, outcomes = [case("own", "2")], []
    for i, (visibility, verdict, weight) in enumerate(tests):
        secret = visibility is not Visibility.VISIBLE
        mark = CANARY if secret else "open"
        name = f"t{i}"
        cases.append(case(name, "1", weight, visibility, "an author's hint"))
        outcomes.append(Outcome(name, verdict, f"{mark} message", f"{mark} output", 123.456, 9.87))
    dates = schedule.Schedule(
        due=None if due is None else NOW + datetime.timedelta(days=due), published=published
    )
    report = points.score(
        course(schedule=dates, feedback=assignments.Feedback(hidden_score=hidden_score)),
        cases,
        outcomes,
        models.Timing(51.11, 52.22, 53.33, 57.77),
    )
    redacted = redaction.redact(report, Audience.STUDENT, NOW)
    rendered = json.dumps(results.to_json(redacted)) + junit.to_xml(redacted) + repr(redacted)
    assert CANARY not in rendered
    for secret_time in ("123.456", "9.87", "51.11", "52.22", "53.33", "57.77"):
        assert secret_time not in rendered
    gone = {c.name for c in cases if not redaction.is_released(c.visibility, report.release, NOW)}
    assert gone.isdisjoint(t.name for t in redacted.tests)
    assert len(gone) == redacted.hidden.tests
    if hidden_score is not models.HiddenScore.NONE:
        assert redacted.score == report.score
    if hidden_score is not models.HiddenScore.TASK:
        assert all(task.hidden_score is None for task in redacted.tasks)


HIDDEN_FACTS = st.tuples(
    st.sampled_from([v for v in Verdict if v is not Verdict.PASSED]), st.text()
)


@given(
    tests=st.lists(
        st.tuples(VISIBILITIES, st.booleans(), HIDDEN_FACTS, HIDDEN_FACTS), min_size=1, max_size=6
    ),
    published=st.booleans(),
    total_s=st.integers(0, 600),
    hidden_score=st.sampled_from(models.HiddenScore),
)
@settings(max_examples=300, deadline=None)
def test_reports_that_differ_in_hidden_facts_only_look_the_same_to_a_student(
    tests, published, total_s, hidden_score
):
    """Non-interference: how a hidden test failed, its words, its output and its times say nothing.

    Whether it passed is in the sum, and after release shown: so that is equal in both.
    """

    def seen(choice):
        results_ = []
        for number, (visibility, passed, *facts) in enumerate(tests):
            verdict, text = facts[0 if visibility is Visibility.VISIBLE else choice]
            score, hidden = Fraction(int(passed)), choice * 0.2
            verdict = Verdict.PASSED if passed else verdict
            secrets_ = (verdict, score, Fraction(1), text, text)
            used = {"wall_s": hidden, "cpu_s": hidden, "memory_bytes": choice}
            test = models.TestResult(f"t{number}", "1", visibility, *secrets_, "hint", **used)
            results_.append(test)
        timing = models.Timing(hidden, hidden, hidden, total_s + hidden)
        release = models.Release(published=published, hidden_score=hidden_score)
        told = (None, Fraction(1), (), tuple(results_), timing, release)
        report = models.Report("hw", "", Audience.INSTRUCTOR, *told)
        shown = redaction.redact(report, Audience.STUDENT, NOW)
        return (
            shown,
            results.to_json(shown),
            junit.to_xml(shown),
            gradescope_results.to_results(shown),
        )

    assert seen(0) == seen(1)


def test_json_has_the_keys_that_other_tools_rely_on():
    body = results.to_json(scored(CASES, {"v1"}))
    assert {"assignment", "score", "max_score", "tasks", "tests", "timing"} <= body.keys()
    assert {"id", "score", "max_score", "kind"} <= body["tasks"][0].keys()
    keys = {"name", "task", "visibility", "verdict", "score", "max_score", "message"}
    assert keys <= body["tests"][0].keys()
    assert body["timing"].keys() == {"queue_s", "sandbox_s", "tests_s", "total_s"}
    assert body["tests"][1]["message"] == "why\nHint: hidden hint"
    assert body["tests"][0]["message"] == ""


def test_junit_counts_each_kind_and_is_legal_xml():
    import xml.etree.ElementTree as ET

    outcomes = [
        Outcome("v1", Verdict.CRASHED, "bad \x00 \x1b text <b>"),
        Outcome("h1", Verdict.WRONG_ANSWER, "w"),
        Outcome("v2", Verdict.PASSED),
    ]
    report = points.score(course(), CASES, outcomes, models.Timing())
    root = ET.fromstring(junit.to_xml(report))
    first = root.find("testsuite")
    assert {k: first.get(k) for k in ("tests", "errors", "failures", "skipped")} == {
        "tests": "3",
        "errors": "1",
        "failures": "1",
        "skipped": "1",
    }
    assert first.find("testcase/error").text.startswith("bad \ufffd \ufffd text <b>")


def test_report_cannot_be_redacted_twice():
    """A second redaction would count the hidden sum as nothing."""
    with pytest.raises(ValueError, match="redacted already"):
        redaction.redact(for_student(), Audience.STUDENT, NOW)


@given(st.lists(VISIBILITIES, max_size=6), st.sampled_from(Verdict))
@settings(deadline=None)
def test_name_and_hint_of_an_unreleased_test_survive_nowhere(visibilities, verdict):
    secret = [
        case(f"{CANARY}{i}", "1", 1, v, f"{CANARY} hint")
        if v is not Visibility.VISIBLE
        else case(f"v{i}")
        for i, v in enumerate(visibilities)
    ]
    cases = [case("own"), case("other", "2"), *secret]
    outcomes = [Outcome(c.name, verdict, CANARY if c in secret and c.hint else "") for c in cases]
    report = points.score(course(), cases, outcomes, models.Timing())
    redacted = redaction.redact(report, Audience.STUDENT, NOW)
    formats = (results.to_json(redacted), gradescope_results.to_results(redacted))
    assert CANARY not in json.dumps(formats) + junit.to_xml(redacted) + repr(redacted)


def test_gradescope_gets_visibilities_one_to_one_and_of_hidden_tests_the_hint_only():
    body = gradescope_results.to_results(scored(CASES, {"v1"}))
    tests = {test["name"]: test for test in body["tests"]}
    assert {n: t["visibility"] for n, t in tests.items()} == {
        "v1": "visible",
        "h1": "hidden",
        "d1": "after_due_date",
        "v2": "visible",
    }
    assert (tests["v1"]["status"], tests["v1"]["output"]) == ("passed", "")
    assert (tests["d1"]["status"], tests["d1"]["output"]) == ("failed", "due hint")
    assert tests["v2"]["output"] == "why"
    assert body["score"] == pytest.approx(sum(test["score"] for test in body["tests"]))
    assert json.loads(json.dumps(body)) == body


def test_staff_read_which_test_is_wrong_and_where():
    report = redaction.redact(with_faults("a"), Audience.INSTRUCTOR, NOW)
    (note,) = report.notes
    assert note.startswith("a was not run, and its points are set aside")
    assert f"{CANARY}, line 3" in note


@pytest.mark.parametrize("visibility", list(Visibility))
def test_student_reads_that_points_are_set_aside_and_no_more(visibility):
    report = with_faults("a", visibility=visibility)
    seen = redaction.redact(report, Audience.STUDENT, NOW)
    assert CANARY not in json.dumps(results.to_json(seen)) + junit.to_xml(seen) + repr(seen)
    assert seen.notes == (redaction.SET_ASIDE,)
    assert (seen.score, seen.max_score) == (10, 10)


def test_released_test_that_is_wrong_is_not_called_failed():
    report = with_faults("a", visibility=Visibility.AFTER_PUBLISHED)
    report = dataclasses.replace(report, release=models.Release(published=True))
    seen = redaction.redact(report, Audience.STUDENT, NOW)
    assert seen.tests[0].verdict is Verdict.NOT_RUN
    assert (seen.tests[0].score, seen.tests[0].max_score) == (0, 0)
