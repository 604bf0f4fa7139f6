"""When the work of an archived course goes, and that nobody is surprised by it."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course.retention import LEAST_NOTICE, WARNING, Keeping

ARCHIVED = datetime.datetime(2026, 1, 10, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize("keeping", [Keeping(), Keeping(ARCHIVED), Keeping(None, 30)])
def test_open_course_and_one_without_a_limit_are_kept(keeping):
    assert keeping.due_at is None
    assert keeping.goes_at(ARCHIVED + 9999 * DAY) is None
    assert keeping.step(ARCHIVED + 9999 * DAY) == ""


def test_instructors_are_warned_a_month_before():
    keeping = Keeping(ARCHIVED, 365)
    assert keeping.step(ARCHIVED + 334 * DAY) == ""
    assert keeping.step(ARCHIVED + 335 * DAY) == "warn"
    warned = Keeping(ARCHIVED, 365, ARCHIVED + 335 * DAY)
    assert warned.step(ARCHIVED + 364 * DAY) == ""
    assert warned.step(ARCHIVED + 365 * DAY) == "empty"


def test_late_warning_leaves_two_weeks():
    told = ARCHIVED + 500 * DAY
    keeping = Keeping(ARCHIVED, 365, told)
    assert keeping.goes_at(told) == told + LEAST_NOTICE
    assert keeping.step(told + LEAST_NOTICE - DAY) == ""
    assert keeping.step(told + LEAST_NOTICE) == "empty"


def test_page_promises_a_month_only_where_there_is_one():
    assert Keeping(ARCHIVED, 365).is_told_later(ARCHIVED)
    assert not Keeping(ARCHIVED, 1).is_told_later(ARCHIVED)
    assert not Keeping(ARCHIVED, 365).is_told_later(ARCHIVED + 340 * DAY)
    assert not Keeping().is_told_later(ARCHIVED)


def test_work_goes_once():
    done = Keeping(ARCHIVED, 1, ARCHIVED, ARCHIVED + 20 * DAY)
    assert done.goes_at(ARCHIVED + 30 * DAY) is None
    assert done.step(ARCHIVED + 30 * DAY) == ""


@given(st.integers(1, 4000), st.integers(0, 5000))
def test_page_names_a_day_that_is_kept(keep_days, today):
    """Whoever reads a date, before the warning or after, never loses the work before it."""
    now = ARCHIVED + today * DAY
    promised = Keeping(ARCHIVED, keep_days).goes_at(now)
    told = max(now, ARCHIVED + keep_days * DAY - WARNING)
    assert Keeping(ARCHIVED, keep_days, told).goes_at(told) == promised
