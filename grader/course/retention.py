"""How long the work of a course is kept: when its instructors are warned, and when it goes. Pure.

Owns the dates. Only an archived course is emptied, and never sooner than its people could answer
the warning. What is deleted is `grader.store.course_retention`'s.
"""

import datetime
from dataclasses import dataclass
from typing import Final, Literal

WARNING: Final = datetime.timedelta(days=30)  # before the work goes
LEAST_NOTICE: Final = datetime.timedelta(days=14)  # after the warning, however late that was
MOST_DAYS: Final = 36_500

Step = Literal["warn", "empty", ""]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is decided for one course.

    Attributes:
        keep_days: from the day on which it is archived; None for ever.
        warned_at: when its instructors were warned.
        emptied_at: when its work was deleted.
    """

    archived_at: datetime.datetime | None = None
    keep_days: int | None = None
    warned_at: datetime.datetime | None = None
    emptied_at: datetime.datetime | None = None

    @property
    def due_at(self) -> datetime.datetime | None:
        """When the time is over; None while the course is open, or for ever kept."""
        if self.archived_at is None or self.keep_days is None:
            return None
        return self.archived_at + datetime.timedelta(days=self.keep_days)

    def goes_at(self, now: datetime.datetime) -> datetime.datetime | None:
        """When its work is deleted, if nobody changes anything; None if it is not, or was."""
        if self.due_at is None or self.emptied_at:
            return None
        told_at = self.warned_at or max(now, self.due_at - WARNING)
        return max(self.due_at, told_at + LEAST_NOTICE)

    def is_told_later(self, now: datetime.datetime) -> bool:
        """Whether the warning is still to come at its usual time, not as soon as can be."""
        goes_at = self.goes_at(now)
        return goes_at is not None and not self.warned_at and goes_at - WARNING > now

    def step(self, now: datetime.datetime) -> Step:
        """What is to be done now."""
        goes_at = self.goes_at(now)
        if goes_at is None or self.due_at is None:
            return ""
        if self.warned_at is None:
            return "warn" if now >= self.due_at - WARNING else ""
        return "empty" if now >= goes_at else ""
