"""Outcomes and a rubric in, a report out: points add up, contradictions are refused."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.assignment import schedule
from grader.exchange import results
from grader.models import Outcome, Verdict
from grader.scoring import points
from tests.support.scored import case, course, scored, with_faults


def test_points_are_split_by_weight_and_then_over_cases():
    cases = [case("a", weight=3), case("b[1]"), case("b[2]"), case("c", "2")]
    worth = points.case_points(course(), cases)
    assert worth == {
        "a": Fraction(15, 2),
        "b[1]": Fraction(5, 4),
        "b[2]": Fraction(5, 4),
        "c": Fraction(5),
    }


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4)), min_size=1, max_size=12))
@settings(deadline=None)
def test_cases_of_a_task_sum_to_its_points_exactly(shape):
    cases = [
        case(f"f{i}[{j}]", weight=weight) for i, (weight, n) in enumerate(shape) for j in range(n)
    ]
    worth = points.case_points(course(), [*cases, case("other", "2")])
    assert sum(worth[c.name] for c in cases) == 10


FACETS = {"plain": 70, "stride": 30}


def test_facet_has_its_percent_of_the_points_however_many_tests_it_has():
    task = assignments.Task("1", "First", 10, facets=FACETS)
    cases = [case("a", facet="plain"), *(case(f"b[{n}]", facet="stride") for n in range(3))]
    cases += [case("c", facet="stride", weight=2)]
    worth = points.case_points(course(task), cases)
    assert worth["a"] == 7
    assert [worth[f"b[{n}]"] for n in range(3)] == [Fraction(1, 3)] * 3
    assert worth["c"] == 2


def test_failure_in_one_facet_costs_that_facet_only():
    task = assignments.Task("1", "First", 10, facets=FACETS)
    cases = [case("a", facet="plain"), case("b", facet="stride")]
    outcomes = [Outcome("a", Verdict.PASSED), Outcome("b", Verdict.WRONG_ANSWER)]
    assert points.score(course(task), cases, outcomes, models.Timing()).score == 7


@pytest.mark.parametrize(
    ("facets", "message"),
    [
        (("plain", ""), "t1: task 1 has no facet ''"),
        (("plain", "corner"), "t1: task 1 has no facet 'corner'"),
        (("plain", "plain"), "facet 'stride' of task 1 has no test"),
    ],
    ids=["test without a facet", "unknown facet", "facet without a test"],
)
def test_suite_whose_tests_do_not_fit_the_facets_is_refused(facets, message):
    task = assignments.Task("1", "First", 10, facets=FACETS)
    cases = [case(f"t{n}", facet=facet) for n, facet in enumerate(facets)]
    with pytest.raises(errors.SuiteError, match=message):
        points.case_points(course(task), cases)


def test_only_passed_tests_earn():
    cases = [case("a"), case("b"), case("c", "2")]
    report = scored(cases, {"a"})
    assert (report.score, report.max_score) == (5, 15)
    assert [(t.id, t.score, t.max_score) for t in report.tasks] == [("1", 5, 10), ("2", 0, 5)]


def test_test_without_an_outcome_is_not_run_and_earns_nothing():
    cases = [case("a"), case("c", "2")]
    report = points.score(course(), cases, [Outcome("a", Verdict.PASSED)], models.Timing())
    assert report.tests[1].verdict is Verdict.NOT_RUN
    assert report.score == 10


def test_manual_task_has_no_score_and_does_not_count():
    tasks = (
        assignments.Task("1", "A", 4),
        assignments.Task("2", "B", 6, models.TaskKind.MANUAL),
    )
    report = points.score(course(*tasks), [case("a")], [], models.Timing())
    assert report.max_score == 4
    assert report.tasks[1].score is None


@pytest.mark.parametrize(
    ("cases", "outcomes", "message"),
    [
        ([case("a")], [], "task 2 is auto but has no test"),
        ([case("a", "9")], [], "no task '9'"),
        ([case("a"), case("b", "2")], [Outcome("x", Verdict.PASSED)], "no test"),
        ([case("a"), case("b", "2")], [Outcome("a", Verdict.PASSED)] * 2, "second"),
        ([case("a"), case("a"), case("b", "2")], [], "two tests have this name"),
        ([case("a[1]"), case("a[2]", "2")], [], "different tasks or weights"),
        ([case("a[1]"), case("a[2]", weight=2), case("b", "2")], [], "different tasks or weights"),
    ],
    ids=[
        "auto task without test",
        "unknown task",
        "unknown test",
        "outcome twice",
        "name twice",
        "function in two tasks",
        "function with two weights",
    ],
)
def test_suite_that_contradicts_its_rubric_is_the_authors_fault(cases, outcomes, message):
    with pytest.raises(errors.SuiteError, match=message):
        points.score(course(), cases, outcomes, models.Timing())


def test_due_date_without_a_time_zone_is_refused():
    text = b"due = 2026-03-01T12:00:00\n"
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        msgspec.toml.decode(text, type=schedule.Schedule)


def test_each_verdict_has_its_sentence():
    sentences = [results.in_words(verdict) for verdict in Verdict]
    assert len(set(sentences)) == len(Verdict)
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in sentences)


def test_sentence_names_the_limit_that_was_exceeded():
    limits = assignments.Limits(test_s=2.5, memory_mb=512)
    assert results.in_words(Verdict.MEMORY_LIMIT, limits) == (
        "Used more than 512 MB of memory; the other tests were not affected."
    )
    assert "within 2.5 s" in results.in_words(Verdict.TIME_LIMIT, limits)
    assert "within 300 s" in results.in_words(Verdict.TIME_LIMIT, limits, slow=True)


def test_points_of_a_wrong_test_count_in_neither_sum():
    report = with_faults("b[2]")
    assert (report.score, report.max_score) == (Fraction(25, 2), Fraction(25, 2))
    assert [(t.score, t.max_score) for t in report.tasks] == [(Fraction(15, 2),) * 2, (5, 5)]
    assert [t.max_score for t in report.tests] == [5, Fraction(5, 2), 0, 5]


def test_suite_of_which_every_test_is_wrong_gives_nothing_of_nothing():
    report = with_faults("a", "b[1]", "b[2]", "c")
    assert (report.score, report.max_score) == (0, 0)
