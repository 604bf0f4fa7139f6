"""What waits for the staff: one list for a page, and its sum for the menu of every page.

Owns what is counted, and for how long the sum is kept: it is on every page, and need not be up to
the second.
"""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader import errors
from grader.course import permissions
from grader.service import assignments, context, marks
from grader.store import messages, rows
from grader.store import waiting as stored

KEPT_S: Final = 30.0
COSTS: Final = 20  # times as long as it took
FAILED_PAGE: Final = "/assignments/{}/submissions?state=failed"
REGRADES_PAGE: Final = "/assignments/{}/regrades"
UNMARKED_PAGE: Final = "/assignments/{}/unmarked"
REQUESTS_PAGE: Final = "/assignments/{}/requests"


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """Something for the staff to do.

    Attributes:
        assignment: empty where it is about none.
        path: the page on which it is done.
    """

    words: str
    assignment: str
    n: int
    path: str


def listed(services: context.Services, user: rows.User) -> list[WaitingItem]:
    """Everything that waits for the user in their courses, the most urgent first."""
    found = _in_courses(services, _marks_in(user))
    return [item for item in found if _is_for(user, item)]


def _marks_in(user: rows.User) -> frozenset[str]:
    """The courses whose unmarked work the user hears of.

    Counting it reads a course's whole gradebook. Administrators, who are staff of every course,
    hear of it where they are enrolled, or where there is one course only.
    """
    own = user.member.roles
    if permissions.runs_service(user.role) and len(user.member.courses) == 1:
        return frozenset(user.member.courses)
    return frozenset(course for course, role in own.items() if permissions.may_mark(role))


def _is_for(user: rows.User, item: WaitingItem) -> bool:
    """Whether it is for the user to do: of a course that they teach, or the service's."""
    if not item.assignment:
        return permissions.is_instructor(user.role)
    role = user.member.role_in(user.member.course_of(item.assignment))
    return role is not None and permissions.may_mark(role)


def _in_courses(services: context.Services, marked: Collection[str]) -> list[WaitingItem]:
    """Everything that waits, the most urgent first; what is to be marked of some courses only."""
    work = stored.work(services.store)
    faults = dict.fromkeys(assignments.all_faults(services), 1)
    unsent = messages.counts(services.store).given_up
    unmarked = _unmarked(services, marked)
    return [
        *_items(("grading failed", "gradings failed"), work.failed, FAILED_PAGE),
        *_items(("mistake in its files", "mistakes in its files"), faults, "/"),
        *(
            WaitingItem("test has a mistake", slug, 1, f"/submissions/{number}")
            for slug, number in work.faulty.items()
        ),
        *_items(("request to answer", "requests to answer"), work.requests, REQUESTS_PAGE),
        *_items(("regrade to decide on", "regrades to decide on"), work.undecided, REGRADES_PAGE),
        *_items(("submission to mark", "submissions to mark"), unmarked, UNMARKED_PAGE),
        *_items(("message not sent", "messages not sent"), {"": unsent}, "/messages"),
    ]


def _items(words: tuple[str, str], counts: Mapping[str, int], path: str) -> list[WaitingItem]:
    """One item for each homework, in the words for one or for several."""
    return [
        WaitingItem(words[n > 1], slug, n, path.format(slug))
        for slug, n in sorted(counts.items())
        if n
    ]


def _unmarked(services: context.Services, courses: Collection[str]) -> dict[str, int]:
    """Homework -> submissions that count and lack a mark."""
    counts = {}
    for slug in services.course.slugs(lambda slug: services.course.home(slug) in courses):
        if any(task.max_score for task in services.course.load(slug).manifest.manual):
            counts[slug] = len(marks.unmarked(services, slug))
    return counts


@dataclass(slots=True)
class _Kept:
    """What waits in some courses, and until when it is good enough."""

    items: Sequence[WaitingItem] = ()
    until: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class WaitingCount:
    """What waits, kept for a few seconds; safe to use from several threads at once.

    What took long to count is kept for longer, so that counting takes a twentieth of the time.
    """

    kept_s: float = KEPT_S
    _kept: dict[frozenset[str], _Kept] = field(default_factory=dict, init=False)

    def now(self, services: context.Services, user: rows.User) -> int:
        """How much waits for the user; an old figure while it is counted or cannot be."""
        courses = _marks_in(user)
        kept = self._kept.setdefault(courses, _Kept())
        began = time.monotonic()
        if began > kept.until and kept.lock.acquire(blocking=False):
            try:
                kept.items = _in_courses(services, courses)
                spent = time.monotonic() - began
                kept.until = began + max(self.kept_s, COSTS * spent if self.kept_s > 0 else 0)
            except errors.StoreUnavailable:
                pass
            finally:
                kept.lock.release()
        return sum(item.n for item in kept.items if _is_for(user, item))
