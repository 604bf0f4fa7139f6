"""The headline of a report and the table that adds up to it."""

import dataclasses
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from grader import models
from grader.assignment import manifest as assignments
from grader.models import Audience, Visibility
from grader.scoring import final_score, redaction
from grader.service import reports
from grader.web import score_table
from tests.support.scored import NOW, case, scored

CASES = [
    case("v1"),
    case("h1", visibility=Visibility.HIDDEN),
    case("h2", visibility=Visibility.HIDDEN),
    case("v2", "2"),
]
MANUAL = models.TaskScore("w", "Write-up", models.TaskKind.MANUAL, None, Fraction(5))


def table(passed, penalty=Fraction(0), mark=None, late_days=0, audience=Audience.STUDENT, **kinds):
    feedback = assignments.Feedback(**kinds)
    shown = redaction.redact(scored(CASES, passed, feedback=feedback), audience, NOW)
    given_ = {"w": final_score.Mark("w", 1, mark, (), "", "eve", NOW)}
    marked = final_score.with_marks(shown, given_ if mark is not None else {}, [MANUAL])
    totals = final_score.of_report(marked, penalty)
    return score_table.of_report(reports.StudentReport(marked, totals, late_days))


def lines(made):
    return [(line.what, line.points, line.of) for line in made.lines]


def value(text):
    return Fraction(text.replace(score_table.MINUS, "-"))


def test_lines_are_what_was_seen_hidden_and_given_by_hand_less_the_penalty():
    made = table({"v1", "h1"}, penalty=Fraction(1, 10), mark=Fraction(4))
    assert lines(made) == [
        ("Visible tests (1 of 2 passed)", "3.33", "8.33"),
        ("Hidden tests (2)", "3.34", "6.67"),
        ("Graded by hand", "4", "5"),
        ("Late penalty (10%)", "\N{MINUS SIGN}1.07", ""),
    ]
    assert (made.points, made.of) == ("9.6", "20")


def test_what_is_not_graded_by_hand_yet_is_named():
    assert ("Graded by hand (not graded yet: w)", "0", "5") in lines(table({"v1"}))


def test_course_that_shows_no_hidden_points_says_how_many_are_missing():
    made = table({"v1"}, hidden_score=models.HiddenScore.NONE)
    assert [line.what for line in made.lines] == [
        "Visible tests (1 of 2 passed)",
        "Graded by hand (not graded yet: w)",
    ]
    assert made.open == ("6.67 more points come from 2 hidden tests, not included here.",)


def test_staff_find_the_same_lines_as_their_student():
    student, staff = table({"v1", "h1"}), table({"v1", "h1"}, audience=Audience.INSTRUCTOR)
    assert lines(student) == lines(staff)


def test_late_days_are_said_below():
    assert table({"v1"}, late_days=1).open == ("1 late day used.",)
    assert table({"v1"}, late_days=2).open == ("2 late days used.",)


@given(
    passed=st.sets(st.sampled_from([one.name for one in CASES])),
    penalty=st.fractions(0, 1, max_denominator=100),
    mark=st.none() | st.fractions(0, 5, max_denominator=7),
    hidden_score=st.sampled_from(models.HiddenScore),
)
def test_table_adds_up_to_its_headline_as_it_is_written(passed, penalty, mark, hidden_score):
    made = table(passed, penalty, mark, hidden_score=hidden_score)
    assert sum(value(line.points) for line in made.lines) == value(made.points)
    assert sum(value(line.of) for line in made.lines if line.of) == value(made.of)


@given(st.lists(st.fractions(-50, 50, max_denominator=30), max_size=6))
def test_rounded_parts_add_up_and_each_is_less_than_a_hundredth_off(parts):
    texts = score_table.adding_up(parts)
    assert sum(map(value, texts)) == value(score_table.number(sum(parts, Fraction(0))))
    for part, text in zip(parts, texts, strict=True):
        assert abs(value(text) - part) < Fraction(1, 100)


def test_points_are_written_without_needless_decimals():
    numbers = (Fraction(10), Fraction(20, 3), Fraction(1, 2), Fraction(-5, 4), 0.1 + 0.2)
    written = [score_table.number(number) for number in numbers]
    assert written == ["10", "6.67", "0.5", "\N{MINUS SIGN}1.25", "0.3"]


def test_share_of_nothing_is_nothing():
    assert score_table.share(Fraction(0), Fraction(0)) == 0
    made = dataclasses.replace(table(set()), share=0.0)
    assert made == table(set())


@given(st.lists(st.tuples(st.fractions(0, 30, max_denominator=60), st.fractions(0, 1)), min_size=1))
def test_all_of_a_part_reads_as_its_maximum_and_none_as_more(parts):
    made = [score_table._Part("", maximum * share, maximum) for maximum, share in parts]
    maxima = score_table.adding_up([part.maximum for part in made])
    scores = score_table._scores(made, maxima)
    for part, score, maximum in zip(made, scores, maxima, strict=True):
        apart = score_table.out_of(part.score, part.maximum, maximum)
        assert value(score) <= value(maximum)
        assert value(apart) <= value(maximum)
        if part.score == part.maximum:
            assert score == apart == maximum
        if part.score == 0:
            assert score == apart == "0"
    off = sum(map(value, scores)) - value(score_table.number(sum(part.score for part in made)))
    if any(0 < part.score < part.maximum - Fraction(1, 50) for part in made[:1]) and len(made) < 3:
        assert off == 0
