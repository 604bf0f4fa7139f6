"""What people can hear of, and what a course sends unless somebody chooses otherwise. Pure.

Owns the kinds, their words on the settings page, and `[notify]` of `course.toml`. What happened is
kept by `grader.store.notices`, who hears of it is decided by `grader.service.messages`.

    [notify]
    students = ["slow_results", "marks", "regrades", "teams"]   # who have chosen nothing
    staff = ["failed_gradings", "broken_suites", "storage", "workers", "retention"]
    staff_minutes = 15                                 # least time between two alike
    reply_to = "cs101-staff@example.edu"

Where mail goes out and which programs are called is not the course's: see `notify.channels`.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec

SLOW_MINUTES: Final = 10  # a result that took longer is not waited for in front of the page


class StudentKind(enum.StrEnum):
    """What a student can hear of."""

    RESULTS = "results"
    SLOW_RESULTS = "slow_results"
    MARKS = "marks"
    REGRADES = "regrades"
    TEAMS = "teams"


class StaffKind(enum.StrEnum):
    """What staff can hear of."""

    FAILED_GRADINGS = "failed_gradings"
    BROKEN_SUITES = "broken_suites"
    STORAGE = "storage"
    WORKERS = "workers"
    REQUESTS = "requests"
    RETENTION = "retention"


Kind = StudentKind | StaffKind

WORDS: Final[Mapping[Kind, str]] = {
    StudentKind.RESULTS: "Every result of mine, as soon as it is there",
    StudentKind.SLOW_RESULTS: f"Results that took more than {SLOW_MINUTES} minutes",
    StudentKind.MARKS: "Marks that the staff gave by hand, once they are published",
    StudentKind.REGRADES: "A regrade that changed my points",
    StudentKind.TEAMS: "An invitation to a team, or a change of mine",
    StaffKind.FAILED_GRADINGS: "Gradings that failed for good",
    StaffKind.BROKEN_SUITES: "A homework whose files or tests have a mistake",
    StaffKind.STORAGE: "A disk that is nearly full, or storage that cannot be reached",
    StaffKind.WORKERS: "A worker that is gone, or that cannot grade",
    StaffKind.REQUESTS: "A student's regrade request, or message in one, that waits for staff",
    StaffKind.RETENTION: "The work of an archived course that is about to be deleted",
}
# What whoever may mark hears of; the rest of staff's kinds is for instructors.
FOR_MARKERS: Final = (StaffKind.REQUESTS,)
# Sent unless the course or the person says otherwise.
BY_DEFAULT: Final = tuple(kind for kind in StaffKind if kind is not StaffKind.REQUESTS)


class NotifyRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[notify]` of `course.toml`.

    Attributes:
        students: what a student who has chosen nothing hears of.
        staff: the same for staff, each of what they may choose, and all that webhooks hear of.
        staff_minutes: least time between two messages of one kind; it doubles while they go on.
        reply_to: where answers to mails go; empty is the sender.
    """

    students: tuple[StudentKind, ...] = (
        StudentKind.SLOW_RESULTS,
        StudentKind.MARKS,
        StudentKind.REGRADES,
        StudentKind.TEAMS,
    )
    staff: tuple[StaffKind, ...] = BY_DEFAULT
    staff_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 15
    reply_to: Annotated[str, msgspec.Meta(pattern=r"^$|^[^\s@<>,]+@[^\s@<>,]+$")] = ""

    def sent_by_default(self, kind: Kind) -> bool:
        """Whether somebody hears of it who has chosen nothing."""
        return kind in self.students or kind in self.staff


def offered(*, is_staff: bool, is_instructor: bool = True) -> Sequence[Kind]:
    """What one person may choose among, in the order of the page."""
    if is_staff and not is_instructor:
        return FOR_MARKERS
    return tuple(StaffKind) if is_staff else tuple(StudentKind)


def named(name: str) -> Kind:
    """The kind of this name.

    Raises:
        ValueError: there is none.
    """
    return StudentKind(name) if name in set(StudentKind) else StaffKind(name)
