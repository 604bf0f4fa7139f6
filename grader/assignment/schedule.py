"""Dates, attempts per day, and which submission counts. Pure.

Owns the manifest's `[schedule]` and what holds for a student now. What lateness costs, and how days
are counted, is `lateness`'s. Times come in as arguments, with a time zone; what is stored of a
student (an extension, attempts used) comes in as values.

    opens ---- due ---- grace ends ---- closes
          open     grace          late        closed

An extension moves `due`, and with it everything behind it. Lateness counts from the end of the
grace, in days or hours that have started: where the penalty is by day, a minute late is a day late.
"""

import datetime
import uuid
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import msgspec

from grader import errors, models
from grader.assignment import lateness

ZERO = Fraction(0)
OF_A_MACHINE = ("Factory", "localtime", "posixrules")  # names of zones that are others elsewhere
Moment = Annotated[datetime.datetime, msgspec.Meta(tz=True)]


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When an assignment opens, is due and closes, and how often and with what one may try.

    Attributes:
        opens: before, students neither see it nor submit.
        published, publish_at: grades, and tests that wait for them, are released; now, or then.
        reuse_results: answer an equal upload by the result it had under this suite.
        attempts_per_day: of one student; 0 is any number.
        time_zone: the course's, in which days begin; unset it is UTC, and pages say so.
        active: which of a student's submissions counts.
        requests_until: students may ask about their points from the publishing of grades until
            then; without it for as long as they like.
    """

    # With a time zone: without one, "due" would depend on the machine that grades.
    opens: Moment | None = None
    due: Moment | None = None
    late: lateness.Late = lateness.Late()
    published: bool = False
    publish_at: Moment | None = None
    reuse_results: bool = False
    attempts_per_day: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    time_zone: str = ""
    active: models.Active = models.Active.LATEST
    requests_until: Moment | None = None

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The course's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone or "UTC")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """One student's dates for one assignment, in the course's time zone; None where there is none.

    Attributes:
        original_due: everybody's due date; `due` is later by an extension.
        grace_until: until then nothing is taken off.
        closes: after it nothing is taken.
    """

    opens: datetime.datetime | None
    original_due: datetime.datetime | None
    due: datetime.datetime | None
    grace_until: datetime.datetime | None
    closes: datetime.datetime | None

    @property
    def extended(self) -> bool:
        """Whether the student has more time than others."""
        return self.due != self.original_due


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """All that a student should know before submitting.

    Attributes:
        penalty: share of the points that an upload at this moment would lose, from 0 to 1.
        attempts_left: today; None where any number is allowed.
        attempts_again_at: when the next of the course's days begins; None as above.
    """

    schedule: Schedule
    deadlines: Deadlines
    window: models.Window
    penalty: Fraction
    attempts_left: int | None
    attempts_again_at: datetime.datetime | None

    @property
    def takes_uploads(self) -> bool:
        """Whether an upload at this moment would be taken."""
        return (
            self.window not in (models.Window.NOT_OPEN, models.Window.CLOSED)
            and self.attempts_left != 0
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A graded submission that may count; `score` is after the late penalty."""

    id: uuid.UUID
    handed_in: datetime.datetime
    score: Fraction


@dataclass(frozen=True, slots=True)
class Choice:
    """Which submission somebody chose."""

    id: uuid.UUID
    by_staff: bool


def zone_names() -> set[str]:
    """The time zones that staff may choose: those that are the same on every machine."""
    return zoneinfo.available_timezones().difference(OF_A_MACHINE)


def fault(schedule: Schedule) -> str:
    """What contradicts itself in a schedule; empty when nothing does."""
    late = schedule.late
    try:
        _ = schedule.zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # `America` is a folder
        return f"there is no time zone {schedule.time_zone!r}; write one like America/Chicago."
    if schedule.due is None:
        return "`late` needs a `due` date." if late != lateness.Late() else ""
    if schedule.opens and schedule.opens >= schedule.due:
        return "it opens after it is due."
    if late.cutoff_h is not None and late.cutoff_h < late.grace_h:
        return "the cut-off (`late.cutoff_h`) comes before the end of the grace (`late.grace_h`)."
    return ""


def fault_of_requests(schedule: Schedule) -> str:
    """Why no student could ever ask about their points though the schedule says until when.

    Homeworks of older terms may say so: it is asked when somebody changes a schedule.
    """
    until, published = schedule.requests_until, schedule.publish_at
    if until and published and until <= published:
        return "requests end (`requests_until`) before the grades are published (`publish_at`)."
    return ""


def deadlines(schedule: Schedule, extension: datetime.datetime | None) -> Deadlines:
    """A student's dates.

    Args:
        extension: the due date they were given; one before everybody's changes nothing.
    """
    zone, late = schedule.zone, schedule.late
    due = schedule.due
    if due and extension and extension > due:
        due = extension

    def after_due(hours: float | None) -> datetime.datetime | None:
        return None if due is None or hours is None else lateness.shifted(due, hours, zone)

    return Deadlines(
        opens=_in(zone, schedule.opens),
        original_due=_in(zone, schedule.due),
        due=_in(zone, due),
        grace_until=after_due(late.grace_h),
        closes=after_due(late.cutoff_h),
    )


def window(dates: Deadlines, now: datetime.datetime) -> models.Window:
    """Where `now` lies; the whole minute of a date still belongs to what comes before it."""
    if dates.opens and now < dates.opens:
        return models.Window.NOT_OPEN
    if dates.closes and lateness.is_after(now, dates.closes):
        return models.Window.CLOSED
    if dates.grace_until and lateness.is_after(now, dates.grace_until):
        return models.Window.LATE
    if dates.due and lateness.is_after(now, dates.due):
        return models.Window.GRACE
    return models.Window.OPEN


@dataclass(frozen=True, slots=True)
class Lateness:
    """What a submission's lateness costs: late days, and the share of the points taken off."""

    late_days: int
    penalty: Fraction


def lateness_of(
    schedule: Schedule,
    extension: datetime.datetime | None,
    submitted: datetime.datetime,
    usable: int = 0,
    *,
    can_be_late: bool = True,
) -> Lateness:
    """What a submission loses; what staff submit for others is not late.

    Args:
        extension: its student's own due date, if they have one.
        usable: late days that it may spend.
    """
    if not can_be_late:
        return Lateness(0, ZERO)
    grace_until, zone = deadlines(schedule, extension).grace_until, schedule.zone
    days = lateness.late_days_spent(schedule.late, grace_until, submitted, zone, usable)
    until = lateness.with_late_days(grace_until, days, zone)
    return Lateness(days, lateness.penalty(schedule.late, until, submitted, zone))


def day(zone: zoneinfo.ZoneInfo, now: datetime.datetime) -> tuple[datetime.datetime, ...]:
    """Begin and end of the course's day around `now`; 23 to 25 hours apart."""
    today = now.astimezone(zone).date()
    days = (today, today + datetime.timedelta(days=1))
    return tuple(datetime.datetime.combine(d, datetime.time(), zone) for d in days)


def terms(
    schedule: Schedule,
    extension: datetime.datetime | None,
    attempts: int,
    now: datetime.datetime,
    late_days: int = 0,
) -> UploadTerms:
    """What holds for a student now.

    Args:
        late_days: that an upload may spend.
        extension: their own due date, if they have one.
        attempts: used since the course's day began.
    """
    dates, most = deadlines(schedule, extension), schedule.attempts_per_day
    return UploadTerms(
        schedule=schedule,
        deadlines=dates,
        window=window(dates, now),
        penalty=lateness_of(schedule, extension, now, late_days).penalty,
        attempts_left=max(most - attempts, 0) if most else None,
        attempts_again_at=day(schedule.zone, now)[1] if most else None,
    )


def require_open(upload: UploadTerms) -> None:
    """Let an upload pass that may come now; attempts are counted where it is stored.

    Raises:
        NotTaken: too early or too late.
    """
    dates = upload.deadlines
    if upload.window is models.Window.NOT_OPEN and dates.opens:
        raise errors.NotTaken(f"This assignment opens on {in_words(dates.opens)}.")
    if upload.window is models.Window.CLOSED and dates.closes:
        raise errors.NotTaken(
            f"This assignment closed on {in_words(dates.closes)} and takes nothing any more. "
            "If you have a reason, ask the course staff for an extension."
        )


def choose(
    candidates: Sequence[Candidate], rule: models.Active, choice: Choice | None
) -> Candidate | None:
    """The submission that counts; None when nothing is graded.

    What staff chose stands above the rule; what a student chose counts under the rule `chosen`.
    """
    if choice and (choice.by_staff or rule is models.Active.CHOSEN):
        for candidate in candidates:
            if candidate.id == choice.id:
                return candidate
    if rule is models.Active.BEST:
        return max(candidates, key=lambda c: (c.score, c.handed_in, c.id), default=None)
    return max(candidates, key=lambda c: (c.handed_in, c.id), default=None)


def in_words(moment: datetime.datetime) -> str:
    """A date as people read it."""
    return f"{moment:%A %-d %B %Y, %H:%M %Z}"


def _in(zone: zoneinfo.ZoneInfo, moment: datetime.datetime | None) -> datetime.datetime | None:
    return moment.astimezone(zone) if moment else None
