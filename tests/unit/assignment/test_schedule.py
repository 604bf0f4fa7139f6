"""Dates, lateness, attempts' days and the submission that counts."""

import datetime
import uuid
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import errors, models
from grader.assignment import lateness
from grader.assignment import schedule as schedules
from grader.scoring import final_score

CHICAGO = "America/Chicago"
DUE = datetime.datetime(2026, 10, 10, 4, 59, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)

offsets = st.timedeltas(datetime.timedelta(days=-40), datetime.timedelta(days=40))
percents = st.integers(0, 100)
lates = st.builds(
    lateness.Late,
    grace_h=st.integers(0, 100),
    percent=percents,
    per=st.sampled_from(["day", "hour", "once"]),
    most_percent=percents,
    cutoff_h=st.none() | st.integers(100, 1000),
)


def schedule(**late):
    return schedules.Schedule(due=DUE, late=lateness.Late(**late), time_zone=CHICAGO)


def penalty(rules, after_due, extension=None):
    return schedules.lateness_of(rules, extension, DUE + after_due).penalty


@pytest.mark.parametrize(
    ("late", "after_due", "expected"),
    [
        ({"percent": 10}, -HOUR, 0),
        ({"percent": 10}, 0 * HOUR, 0),
        ({"percent": 10}, datetime.timedelta(seconds=59, microseconds=999_999), 0),
        ({"percent": 10}, MINUTE, 10),
        ({"percent": 10}, DAY + datetime.timedelta(seconds=59), 10),
        ({"percent": 10}, DAY + MINUTE, 20),
        ({"percent": 10}, 30 * DAY, 100),
        ({"percent": 10, "most_percent": 50}, 30 * DAY, 50),
        ({"percent": 1, "per": "hour"}, 90 * MINUTE, 2),
        ({"percent": 1, "per": "hour"}, HOUR + datetime.timedelta(seconds=59), 1),
        ({"percent": 25, "per": "once"}, 5 * DAY, 25),
        ({"percent": 10, "grace_h": 48}, 48 * HOUR, 0),
        ({"percent": 10, "grace_h": 48}, 49 * HOUR, 10),
        ({"percent": 12.5}, HOUR, Fraction(25, 2)),
    ],
)
def test_penalty_counts_started_periods_from_the_end_of_the_grace(late, after_due, expected):
    assert penalty(schedule(**late), after_due) == Fraction(expected) / 100


def test_extension_moves_due_date_grace_and_closing():
    rules = schedule(grace_h=48, percent=10, cutoff_h=96)
    dates = schedules.deadlines(rules, DUE + 7 * DAY)
    assert dates.extended
    assert (dates.due, dates.grace_until) == (DUE + 7 * DAY, DUE + 9 * DAY)
    assert dates.closes == DUE + 11 * DAY
    assert penalty(rules, 9 * DAY, DUE + 7 * DAY) == 0


def test_extension_before_the_due_date_changes_nothing():
    dates = schedules.deadlines(schedule(), DUE - DAY)
    assert (dates.due, dates.extended) == (DUE, False)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (-11 * DAY, models.Window.NOT_OPEN),
        (-10 * DAY, models.Window.OPEN),
        (0 * DAY, models.Window.OPEN),
        (MINUTE - SECOND, models.Window.OPEN),
        (MINUTE, models.Window.GRACE),
        (2 * DAY, models.Window.GRACE),
        (2 * DAY + MINUTE - SECOND, models.Window.GRACE),
        (2 * DAY + MINUTE, models.Window.LATE),
        (4 * DAY + MINUTE - SECOND, models.Window.LATE),
        (4 * DAY + MINUTE, models.Window.CLOSED),
    ],
)
def test_window_at_its_borders(at, expected):
    rules = schedules.Schedule(
        opens=DUE - 10 * DAY, due=DUE, late=lateness.Late(grace_h=48, cutoff_h=96)
    )
    told = schedules.terms(rules, None, 0, DUE + at)
    assert told.window is expected
    if expected in (models.Window.NOT_OPEN, models.Window.CLOSED):
        with pytest.raises(errors.NotTaken, match=r"opens on|closed on"):
            schedules.require_open(told)
    else:
        schedules.require_open(told)


def test_assignment_without_dates_is_always_open():
    told = schedules.terms(schedules.Schedule(), None, 99, DUE)
    assert told.window is models.Window.OPEN
    assert told.takes_uploads
    assert told.penalty == 0


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime.datetime(2026, 3, 8, 12, tzinfo=datetime.UTC), 23),  # the clocks go forward
        (datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC), 25),  # and back
        (datetime.datetime(2026, 6, 1, 3, tzinfo=datetime.UTC), 24),
    ],
)
def test_course_day_follows_the_clocks_of_its_zone(now, hours):
    begin, end = (one.astimezone(datetime.UTC) for one in schedules.day(ZoneInfo(CHICAGO), now))
    assert begin <= now < end
    assert end - begin == hours * HOUR


def test_attempts_left_never_fall_below_zero():
    rules = schedules.Schedule(attempts_per_day=3)
    left = [schedules.terms(rules, None, used, DUE).attempts_left for used in (0, 2, 3, 5)]
    assert left == [3, 1, 0, 0]
    assert not schedules.terms(rules, None, 3, DUE).takes_uploads


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (schedules.Schedule(time_zone="Mars/Olympus"), "no time zone"),
        (schedules.Schedule(time_zone="America"), "no time zone"),
        (schedules.Schedule(time_zone="a" * 5000), "no time zone"),
        (schedules.Schedule(late=lateness.Late(percent=10)), "needs a `due`"),
        (schedules.Schedule(opens=DUE, due=DUE), "opens after"),
        (schedule(grace_h=48, cutoff_h=24), "before the end of the grace"),
        (schedule(grace_h=48, cutoff_h=48, percent=10), ""),
    ],
)
def test_contradictions_in_a_schedule_are_told(rules, expected):
    assert expected in schedules.fault(rules)
    assert bool(expected) == bool(schedules.fault(rules))


def candidate(number, score, minutes):
    moment = DUE + datetime.timedelta(minutes=minutes)
    return schedules.Candidate(uuid.UUID(int=number), moment, Fraction(score))


FIRST, SECOND, THIRD = candidate(1, 8, 0), candidate(2, 9, 5), candidate(3, 7, 9)


@pytest.mark.parametrize(
    ("rule", "choice", "expected"),
    [
        (models.Active.LATEST, None, THIRD),
        (models.Active.BEST, None, SECOND),
        (models.Active.CHOSEN, None, THIRD),
        (models.Active.CHOSEN, schedules.Choice(FIRST.id, by_staff=False), FIRST),
        (models.Active.LATEST, schedules.Choice(FIRST.id, by_staff=False), THIRD),
        (models.Active.BEST, schedules.Choice(FIRST.id, by_staff=True), FIRST),
        (models.Active.CHOSEN, schedules.Choice(uuid.UUID(int=9), by_staff=True), THIRD),
    ],
)
def test_submission_that_counts(rule, choice, expected):
    assert schedules.choose([SECOND, FIRST, THIRD], rule, choice) == expected
    assert schedules.choose([], rule, choice) is None


# ---- laws ---------------------------------------------------------------------------------


@given(lates, offsets, offsets)
def test_later_never_costs_less(late, one, other):
    rules = schedules.Schedule(due=DUE, late=late)
    assert penalty(rules, min(one, other)) <= penalty(rules, max(one, other))


@given(lates, offsets, st.timedeltas(datetime.timedelta(0), 30 * DAY))
def test_extension_never_costs_and_shifts_exactly(late, at, more):
    rules = schedules.Schedule(due=DUE, late=late)
    assert penalty(rules, at, DUE + more) <= penalty(rules, at)
    assert penalty(rules, at + more, DUE + more) == penalty(rules, at)


@given(lates, offsets)
def test_penalty_is_a_share_within_its_bound(late, at):
    share = penalty(schedules.Schedule(due=DUE, late=late), at)
    assert 0 <= share <= Fraction(str(late.most_percent)) / 100


@given(st.fractions(0, 1000), st.fractions(0, 1), st.fractions(0, 1))
def test_points_after_penalty_lie_between_nothing_and_raw(raw, one, other):
    low, high = sorted((one, other))
    assert 0 <= lateness.after_penalty(raw, high) <= lateness.after_penalty(raw, low) <= raw
    assert lateness.after_penalty(raw, Fraction(0)) == raw
    assert lateness.after_penalty(raw, Fraction(1)) == 0


def task(number, kind=models.TaskKind.AUTO, score=None, maximum=10):
    return models.TaskScore(str(number), "t", kind, score, Fraction(maximum))


def mark(number, points):
    return final_score.Mark(str(number), 1, points, (), "well done", "instructor eve", DUE)


def test_marks_are_part_of_the_total_and_leave_the_tests_alone():
    manual = models.TaskKind.MANUAL
    tasks = (task(1, score=Fraction(7)), task(2, manual), task(3, manual, maximum=5))
    whole = models.Report(
        "hw", "v", models.Audience.INSTRUCTOR, Fraction(7), Fraction(10), tasks, ()
    )
    marks = {"2": mark(2, Fraction(4)), "1": mark(1, Fraction(99))}
    shown = final_score.with_marks(whole, marks)
    told = final_score.of_report(shown, Fraction(1, 10))
    assert (told.raw, told.max_score, told.unmarked) == (11, 25, 1)
    assert told.score == Fraction(99, 10)
    assert final_score.of_tasks(shown.tasks, Fraction(1, 10)) == told
    assert [t.comment for t in shown.tasks] == ["", "well done", ""]


def test_mark_taken_back_counts_as_unmarked():
    tasks = (task(1, score=Fraction(7)), task(2, models.TaskKind.MANUAL))
    marked = final_score.marked(tasks, {"2": mark(2, None)})
    told = final_score.of_tasks(marked, Fraction(0))
    assert (told.raw, told.unmarked) == (7, 1)


def test_manual_task_that_came_into_the_rubric_after_the_grading_counts():
    late = task(2, models.TaskKind.MANUAL)
    marked = final_score.marked((task(1, score=Fraction(7)),), {"2": mark(2, Fraction(3))}, (late,))
    assert final_score.of_tasks(marked, Fraction(0)).raw == 10
    assert final_score.marked(marked, {}, (late,))[1:] == (late,)
