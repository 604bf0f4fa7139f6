"""What lateness costs, counted on the course's clock. Pure.

Owns the rule `[schedule.late]`, the dates that follow from a due date, and the one formula of the
late penalty. Whose due date it is, and what holds for a student now, is `schedule`'s.

    due ---- grace ends ---- closes
       grace           late        closed

On the course's clock
    A day ends at the same time on the clock as it began, also in the night when the clocks change
    and a day has 23 or 25 hours. So hours that make whole days are counted as days, and the rest as
    hours.
    A minute that a page shows counts whole: due at 23:59 means that 23:59:59 is on time.

The instant of an upload is its beginning, so that a slow line costs nobody; bounded, so that nobody
holds a door open.
"""

import datetime
import enum
import zoneinfo
from fractions import Fraction
from typing import Annotated, Literal

import msgspec

NOTHING = Fraction(0)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
HOURS_OF_A_DAY = 24
UPLOAD_TIME = datetime.timedelta(minutes=15)  # how long an upload may take at no cost
MAX_HOURS = 100_000  # eleven years; more would overflow the calendar sooner or later

Hours = Annotated[float, msgspec.Meta(ge=0, le=MAX_HOURS)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Received(enum.StrEnum):
    """Where work came in, and so what its time says."""

    HERE = "here"  # by its student; or by staff for them, and then no time of theirs is known
    ELSEWHERE = "elsewhere"  # another system received it, and says when
    LATE_ELSEWHERE = "late_elsewhere"  # another system marks it as late, and does not say when


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What being late costs.

    Attributes:
        grace_h: hours after the due date that cost nothing; 48 is two days on the course's clock.
        percent: of the points earned, taken off for each `per` that has started.
        most_percent: never more than this is taken off.
        cutoff_h: hours after the due date until which uploads are accepted; unset: always.
    """

    grace_h: Hours = 0
    percent: Percent = 0
    per: Literal["day", "hour", "once"] = "day"
    most_percent: Percent = 100
    cutoff_h: Hours | None = None


def shifted(moment: datetime.datetime, hours: float, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """A moment so many hours later, whole days of them counted on the clock of a zone.

    A time that the clock shows twice is the later one, and one that it skips is after the gap: so
    no student has less time than the clock on the wall says.
    """
    days, rest = divmod(hours, HOURS_OF_A_DAY)
    local = moment.astimezone(zone)
    if days:
        wall = local.replace(tzinfo=None) + datetime.timedelta(days=days)
        both = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        local = max(one.astimezone(datetime.UTC) for one in both)
    return (local.astimezone(datetime.UTC) + datetime.timedelta(hours=rest)).astimezone(zone)


def is_after(moment: datetime.datetime, limit: datetime.datetime) -> bool:
    """Whether a moment is past the whole minute of a limit."""
    return _minute(moment) > _minute(limit)


def instant(started: datetime.datetime, ended: datetime.datetime) -> datetime.datetime:
    """The moment by which an upload is judged: its beginning, or `UPLOAD_TIME` before its end."""
    return max(started, ended - UPLOAD_TIME)


def penalty(
    rule: Late,
    grace_until: datetime.datetime | None,
    submitted: datetime.datetime,
    zone: zoneinfo.ZoneInfo,
) -> Fraction:
    """Share of the points that is taken off, from 0 to 1.

    Args:
        grace_until: until then nothing is taken off; None where nothing is ever due.
        zone: the course's.
    """
    if grace_until is None or not is_after(submitted, grace_until):
        return NOTHING
    match rule.per:
        case "once":
            periods = 1
        case "hour":
            periods = -(-(_minute(submitted) - _minute(grace_until)) // HOUR)
        case "day":
            periods = days_late(grace_until, submitted, zone)
    percent = min(_exact(rule.percent) * periods, _exact(rule.most_percent))
    return percent / 100


def late_days_spent(
    rule: Late,
    grace_until: datetime.datetime | None,
    submitted: datetime.datetime,
    zone: zoneinfo.ZoneInfo,
    usable: int,
) -> int:
    """The fewest late days with which as little is taken off as with all usable ones."""
    shares = [
        penalty(rule, with_late_days(grace_until, days, zone), submitted, zone)
        for days in range(min(usable, _most_useful(grace_until, submitted, zone)) + 1)
    ]
    return shares.index(min(shares))


def with_late_days(
    grace_until: datetime.datetime | None, days: int, zone: zoneinfo.ZoneInfo
) -> datetime.datetime | None:
    """The end of the grace, so many late days later."""
    return grace_until and shifted(grace_until, days * HOURS_OF_A_DAY, zone)


def _most_useful(
    grace_until: datetime.datetime | None, submitted: datetime.datetime, zone: zoneinfo.ZoneInfo
) -> int:
    return 0 if grace_until is None else days_late(grace_until, submitted, zone)


def days_late(
    since: datetime.datetime, submitted: datetime.datetime, zone: zoneinfo.ZoneInfo
) -> int:
    """Days of the course's clock that have started since a moment; 0 within its minute."""
    if not is_after(submitted, since):
        return 0
    on_the_wall = submitted.astimezone(zone).replace(tzinfo=None) - since.astimezone(zone).replace(
        tzinfo=None
    )
    days = max(1, on_the_wall // DAY)
    while is_after(submitted, shifted(since, days * HOURS_OF_A_DAY, zone)):
        days += 1
    return days


def after_penalty(raw: Fraction, share: Fraction) -> Fraction:
    """Points less a share from 0 to 1."""
    return raw * (1 - share)


def _minute(moment: datetime.datetime) -> datetime.datetime:
    return moment.astimezone(datetime.UTC).replace(second=0, microsecond=0)


def _exact(number: float) -> Fraction:
    return Fraction(str(number))
