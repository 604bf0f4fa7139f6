"""Late days by hand: what is spent, on which homework, and what comes back."""

import datetime
import uuid
from fractions import Fraction
from pathlib import Path

import pytest

from grader import errors, models
from grader.assignment import lateness, schedule
from grader.course import late_days

DUE = datetime.datetime(2026, 10, 2, 23, 59, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
TEN_A_DAY = lateness.Late(percent=10)


def rules(late=TEN_A_DAY, due=DUE, **more):
    return schedule.Schedule(due=due, late=late, **more)


# How late, what a day costs, late days that may be spent -> spent, percent taken off.
BY_HAND = [
    (0 * DAY, {"percent": 10}, 5, 0, 0),
    (1 * HOUR, {"percent": 10}, 5, 1, 0),
    (1 * DAY, {"percent": 10}, 5, 1, 0),
    (1 * DAY + HOUR, {"percent": 10}, 5, 2, 0),
    (1 * DAY + HOUR, {"percent": 10}, 1, 1, 10),
    (3 * DAY, {"percent": 10}, 2, 2, 10),
    (3 * DAY, {"percent": 10}, 0, 0, 30),
    # Grace comes first: the second day begins 24 hours after its end.
    (2 * DAY, {"percent": 10, "grace_h": 24}, 5, 1, 0),
    (1 * DAY, {"percent": 10, "grace_h": 24}, 5, 0, 0),
    # A day is spent only where it saves something.
    (3 * DAY, {"percent": 10, "per": "once"}, 2, 0, 10),
    (2 * DAY, {"percent": 10, "per": "once"}, 2, 2, 0),
    (9 * DAY, {"percent": 10, "most_percent": 30}, 2, 0, 30),
    (4 * DAY, {"percent": 10, "most_percent": 30}, 2, 2, 20),
    (3 * DAY, {"percent": 0}, 5, 0, 0),
    # By the hour a day of lateness is worth 24.
    (25 * HOUR, {"percent": 1, "per": "hour"}, 1, 1, 1),
]


@pytest.mark.parametrize(("late", "rule", "usable", "spent", "percent"), BY_HAND)
def test_days_are_spent_after_grace_and_before_percent(late, rule, usable, spent, percent):
    found = schedule.lateness_of(rules(lateness.Late(**rule)), None, DUE + late, usable)
    assert (found.late_days, found.penalty * 100) == (spent, percent)


def test_a_day_lasts_as_long_as_the_courses_clock_says():
    """The night of 1 November 2026 has 25 hours in Chicago."""
    due = datetime.datetime.fromisoformat("2026-10-31T20:00:00-05:00")
    chicago = rules(due=due, time_zone="America/Chicago")
    found = schedule.lateness_of(chicago, None, due + 25 * HOUR, 5)
    assert (found.late_days, found.penalty) == (1, 0)


def test_an_extension_comes_first():
    found = schedule.lateness_of(rules(), DUE + 2 * DAY, DUE + 3 * DAY, 5)
    assert found.late_days == 1


def work(number, submitted, points=10):
    return late_days.TimedWork(uuid.UUID(int=number), submitted, None, Fraction(points))


HW1, HW2, HW3 = (rules(due=DUE + 7 * n * DAY) for n in range(3))
TERM = [("hw1", HW1), ("hw2", HW2), ("hw3", HW3)]
BUDGET = late_days.LateDayBudget(late_days=5, most_per_homework=2)


def account(works, changed=0, choices=(), term=TERM):
    return late_days.account(BUDGET, changed, term, works, dict(choices))


def spent(found):
    return {slug: days.spent for slug, days in found.homeworks.items()}


LATE_TERM = {
    "hw1": [work(1, HW1.due + 3 * DAY)],
    "hw2": [work(2, HW2.due + 2 * DAY)],
    "hw3": [work(3, HW3.due + 2 * DAY)],
}


def test_homeworks_take_days_in_the_order_of_due_dates_up_to_their_bound():
    found = account(LATE_TERM)
    assert spent(found) == {"hw1": 2, "hw2": 2, "hw3": 1}
    assert (found.given, found.left, found.usable_on("hw3")) == (5, 0, 1)


def test_days_come_back_when_another_submission_counts():
    works = LATE_TERM | {"hw1": [work(1, HW1.due + 3 * DAY), work(4, HW1.due - DAY)]}
    choice = {"hw1": schedule.Choice(uuid.UUID(int=4), by_staff=True)}
    assert spent(account(works)) == {"hw1": 2, "hw2": 2, "hw3": 1}
    assert spent(account(works, choices=choice)) == {"hw1": 0, "hw2": 2, "hw3": 2}


def test_the_best_submission_is_the_best_after_its_late_days():
    best = [("hw1", rules(active=models.Active.BEST))]
    works = {"hw1": [work(1, DUE, points=8), work(2, DUE + 3 * DAY, points=10)]}
    assert spent(account(works, term=best)) == {"hw1": 2}, "9 after two days and 10 %"
    assert spent(account(works, changed=-5, term=best)) == {"hw1": 0}, "8 on time is more than 7"


@pytest.mark.parametrize(
    ("changed", "given", "days"), [(2, 7, [2, 2, 2]), (-3, 2, [2, 0, 0]), (-9, 0, [0, 0, 0])]
)
def test_staff_give_and_take_days(changed, given, days):
    found = account(LATE_TERM, changed)
    assert (found.given, list(spent(found).values())) == (given, days)
    assert found.left == given - sum(days)


def test_course_file_is_read_and_a_typo_is_shown():
    path = Path("course.toml")
    assert (
        late_days.parse(b"[course]\nlate_days = 5\nmost_per_homework = 2\n", path).course == BUDGET
    )
    assert late_days.parse(b"", path).course.late_days == 0
    with pytest.raises(errors.SuiteError, match="did you mean `late_days`"):
        late_days.parse(b"[course]\nlate_day = 5\n", path)
    with pytest.raises(errors.SuiteError, match="course, late_days: "):
        late_days.parse(b"[course]\nlate_days = -1\n", path)
