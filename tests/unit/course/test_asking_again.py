"""When a student may ask about the points of a task."""

import datetime

import pytest

from grader import models
from grader.assignment import schedule
from grader.course import regrade_requests

NOW = datetime.datetime(2026, 10, 9, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.mark.parametrize(
    ("publish_at", "until", "words"),
    [
        (None, None, "once the grades"),
        (NOW + HOUR, None, "once the grades"),
        (NOW, None, ""),
        (NOW - HOUR, NOW, ""),
        (NOW - HOUR, NOW - HOUR / 2, "were taken until"),
    ],
)
def test_requests_are_taken_between_publishing_and_a_date(publish_at, until, words):
    rules = schedule.Schedule(publish_at=publish_at, requests_until=until)
    release = models.Release(publish_at=publish_at)
    refusal = regrade_requests.refusal(rules, release, NOW)
    assert words in refusal
    assert bool(words) == bool(refusal)


def test_the_last_day_is_written_on_the_course_s_clock():
    rules = schedule.Schedule(time_zone="America/Chicago", requests_until=NOW - HOUR)
    refusal = regrade_requests.refusal(rules, models.Release(published=True), NOW)
    assert "6:00" in refusal or "06:00" in refusal
