"""Instants around two changes of the clocks in three zones; what each costs, worked out by hand.

In 2026 clocks go back in Chicago on 1 November at 2:00 and in Berlin on 25 October at 3:00; they go
forward on 8 March at 2:00 and on 29 March at 2:00. Kolkata keeps its clock.
"""

import datetime
from zoneinfo import ZoneInfo

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

# zone, due, rule, extension, late days, submitted -> window, percent taken off, late days spent
WITH_LATE_DAYS = [
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, 1, "31 Oct 20:00:59", "open", 0, 0),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, 1, "1 Nov 20:00:59", "late", 0, 1),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, 1, "1 Nov 20:01", "late", 10, 1),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, 2, "2 Nov 20:00", "late", 0, 2),
    (CHICAGO, "31 Oct 20:00", {"percent": 10}, None, 3, "2 Nov 20:00", "late", 0, 2),
    (CHICAGO, "31 Oct 20:00", A_DAY_FREE, None, 1, "1 Nov 20:00", "grace", 0, 0),
    (CHICAGO, "31 Oct 20:00", A_DAY_FREE, None, 1, "2 Nov 20:00:30", "late", 0, 1),
    (CHICAGO, "7 Mar 20:00", {"percent": 10}, None, 1, "8 Mar 20:00:59", "late", 0, 1),
    (CHICAGO, "7 Mar 20:00", {"percent": 10}, None, 1, "8 Mar 20:01", "late", 10, 1),
    (BERLIN, "20 Oct 18:00", {"percent": 20}, "24 Oct 18:00", 1, "25 Oct 18:00", "late", 0, 1),
    (BERLIN, "20 Oct 18:00", {"percent": 20}, "24 Oct 18:00", 1, "25 Oct 18:01", "late", 20, 1),
    # Late days do not move the cut-off.
    (
        *(BERLIN, "24 Oct 23:59", {"percent": 20, "cutoff_h": 48}, None, 3),
        *("27 Oct 00:00", "closed", 0, 3),
    ),
    (KOLKATA, "31 Oct 20:30", {"percent": 10}, None, 1, "1 Nov 20:30:59", "late", 0, 1),
]  # fmt: skip
