"""Instants around two changes of the clocks in three zones: by hand and computed.

What pages show of them is in tests/integration/web/test_instants_on_pages.py.
"""

from fractions import Fraction

import pytest

from grader import models
from grader.assignment import lateness, schedule
from tests.support.instants import TABLE, WITH_LATE_DAYS, moment


def test_the_table_has_forty_instants_and_more_with_late_days():
    assert len(TABLE) == 40
    assert len(WITH_LATE_DAYS) == 13


@pytest.mark.parametrize(
    ("zone", "due", "rule", "extension", "days", "submitted", "window", "percent", "spent"),
    WITH_LATE_DAYS,
)
def test_late_days_count_on_the_courses_clock(
    zone, due, rule, extension, days, submitted, window, percent, spent
):
    rules = schedule.Schedule(due=moment(zone, due), late=lateness.Late(**rule), time_zone=zone)
    longer, at = extension and moment(zone, extension), moment(zone, submitted)
    assert schedule.terms(rules, longer, 0, at, days).window is models.Window(window)
    found = schedule.lateness_of(rules, longer, at, days)
    assert found == schedule.Lateness(spent, Fraction(percent, 100))


@pytest.mark.parametrize(
    ("zone", "due", "rule", "extension", "submitted", "window", "percent"), TABLE
)
def test_instant_counts_on_the_courses_clock(
    zone, due, rule, extension, submitted, window, percent
):
    rules = schedule.Schedule(due=moment(zone, due), late=lateness.Late(**rule), time_zone=zone)
    longer = extension and moment(zone, extension)
    terms = schedule.terms(rules, longer, 0, moment(zone, submitted))
    assert terms.window is models.Window(window)
    assert terms.penalty == Fraction(percent, 100)


@pytest.mark.parametrize(
    ("zone", "due", "rule", "extension", "submitted", "window", "percent"), TABLE
)
def test_what_is_shown_decides(zone, due, rule, extension, submitted, window, percent):
    """Whoever compares the minute on the page with the minute on the clock is never wrong."""
    rules = schedule.Schedule(due=moment(zone, due), late=lateness.Late(**rule), time_zone=zone)
    dates = schedule.deadlines(rules, extension and moment(zone, extension))
    now = moment(zone, submitted)
    for name, until in (("grace", dates.grace_until), ("closed", dates.closes)):
        if until is None:
            continue
        same_minute = schedule.in_words(now) == schedule.in_words(until)
        passed = lateness.is_after(now, until)
        assert passed == (now.timestamp() > until.timestamp() and not same_minute), name
