"""Forty instants around two changes of the clocks in three zones: by hand, computed, and shown.

In 2026 clocks go back in Chicago on 1 November at 2:00 and in Berlin on 25 October at 3:00; they go
forward on 8 March at 2:00 and on 29 March at 2:00. Kolkata keeps its clock.
"""

import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from grader import models
from grader.assignment import lateness, schedule

CHICAGO, BERLIN, KOLKATA = "America/Chicago", "Europe/Berlin", "Asia/Kolkata"


def moment(zone, text):
    """`31 Oct 20:00`, and `1 Nov 01:30 again` for the second time that the clock shows it."""
    again = text.endswith(" again")
    form = "%Y %d %b %H:%M:%S" if text.count(":") == 2 else "%Y %d %b %H:%M"
    read = datetime.datetime.strptime(f"2026 {text.removesuffix(' again')}", form)
    return read.replace(tzinfo=ZoneInfo(zone), fold=int(again))


A_DAY_FREE = {"percent": 10, "grace_h": 24}
BERLIN_FREE = {"percent": 20, "grace_h": 24}

# zone, due, rule, extension, submitted -> window, percent taken off
TABLE = [
    # The night when Chicago's clocks go back: a day has 25 hours.
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, "31 Oct 20:00", "open", 0),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, "31 Oct 20:00:59", "open", 0),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, "31 Oct 20:01", "late", 10),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, "1 Nov 19:30", "late", 10),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, "1 Nov 20:00", "late", 10),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, "1 Nov 20:00:59", "late", 10),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, "1 Nov 20:01", "late", 20),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "grace_h": 24}, None, "1 Nov 19:01", "grace", 0),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "grace_h": 24}, None, "1 Nov 20:00:59", "grace", 0),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "grace_h": 24}, None, "1 Nov 20:01", "late", 1),
    (CHICAGO, "31 Oct 20:00", {"cutoff_h": 24}, None, "1 Nov 20:00:59", "late", 0),
    (CHICAGO, "31 Oct 20:00", {"cutoff_h": 24}, None, "1 Nov 20:01", "closed", 0),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "per": "hour"}, None, "31 Oct 23:00", "late", 3),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "per": "hour"}, None, "1 Nov 01:30", "late", 6),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "per": "hour"}, None, "1 Nov 01:30 again", "late", 7),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "grace_h": 6}, None, "1 Nov 01:00 again", "grace", 0),
    (CHICAGO, "31 Oct 20:00", {"percent": 1, "grace_h": 6}, None, "1 Nov 01:01 again", "late", 1),
    # A due date in the hour that the clock shows twice: a day later is the later of both.
    (CHICAGO, "31 Oct 01:30", A_DAY_FREE, None, "1 Nov 01:30", "grace", 0),
    (CHICAGO, "31 Oct 01:30", A_DAY_FREE, None, "1 Nov 01:30 again", "grace", 0),
    (CHICAGO, "31 Oct 01:30", A_DAY_FREE, None, "1 Nov 01:31 again", "late", 10),
    # Forward: a day has 23 hours, and 2:30 does not exist on 8 March.
    (CHICAGO, "7 Mar 20:00", {"percent": 10}, None, "8 Mar 20:00:59", "late", 10),
    (CHICAGO, "7 Mar 20:00", {"percent": 10}, None, "8 Mar 20:01", "late", 20),
    (CHICAGO, "7 Mar 20:00", A_DAY_FREE, None, "8 Mar 20:00", "grace", 0),
    (CHICAGO, "7 Mar 20:00", A_DAY_FREE, None, "8 Mar 20:01", "late", 10),
    (CHICAGO, "7 Mar 02:30", A_DAY_FREE, None, "8 Mar 03:30", "grace", 0),
    (CHICAGO, "7 Mar 02:30", A_DAY_FREE, None, "8 Mar 03:31", "late", 10),
    # Berlin, both nights.
    (BERLIN, "24 Oct 23:59", {"percent": 20}, None, "24 Oct 23:59:59", "open", 0),
    (BERLIN, "24 Oct 23:59", {"percent": 20}, None, "25 Oct 23:59:59", "late", 20),
    (BERLIN, "24 Oct 23:59", {"percent": 20}, None, "26 Oct 00:00", "late", 40),
    (BERLIN, "24 Oct 23:59", {"percent": 20, "cutoff_h": 48}, None, "26 Oct 23:59:59", "late", 40),
    (BERLIN, "24 Oct 23:59", {"percent": 20, "cutoff_h": 48}, None, "27 Oct 00:00", "closed", 60),
    (BERLIN, "28 Mar 12:00", {"percent": 20}, None, "29 Mar 12:00", "late", 20),
    (BERLIN, "28 Mar 12:00", {"percent": 20}, None, "29 Mar 12:01", "late", 40),
    # An extension over the night, with grace on top.
    (BERLIN, "20 Oct 18:00", BERLIN_FREE, "24 Oct 18:00", "25 Oct 18:00", "grace", 0),
    (BERLIN, "20 Oct 18:00", BERLIN_FREE, "24 Oct 18:00", "25 Oct 18:01", "late", 20),
    (BERLIN, "20 Oct 18:00", {"percent": 20}, "24 Oct 18:00", "24 Oct 18:00:30", "open", 0),
    # A zone whose clock never changes, half an hour off.
    (KOLKATA, "31 Oct 20:30", {"percent": 10}, None, "1 Nov 20:30:59", "late", 10),
    (KOLKATA, "31 Oct 20:30", {"percent": 10}, None, "1 Nov 20:31", "late", 20),
    (KOLKATA, "31 Oct 20:30", {"percent": 10, "per": "once"}, None, "9 Nov 20:31", "late", 10),
    (KOLKATA, "31 Oct 20:30", {"percent": 30, "most_percent": 50}, None, "9 Nov 20:31", "late", 50),
]  # fmt: skip


def test_the_table_has_forty_instants():
    assert len(TABLE) == 40


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
