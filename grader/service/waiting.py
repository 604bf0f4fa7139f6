"""What waits for the staff: one list for a page, and its sum for the menu of every page.

Owns what is counted, and for how long the sum is kept: it is on every page, and need not be up to
the second.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader import errors
from grader.course import permissions
from grader.service import assignments, context, marks
from grader.store import messages, rows
from grader.store import waiting as stored

KEPT_S: Final = 30.0
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
    return [item for item in everything(services) if _is_for(user, item)]


def _is_for(user: rows.User, item: WaitingItem) -> bool:
    """Whether it is for the user to do: of a course that they teach, or the service's."""
    if not item.assignment:
        return permissions.is_instructor(user.role)
    role = user.member.role_in(user.member.course_of(item.assignment))
    return role is not None and permissions.may_mark(role)


def everything(services: context.Services) -> list[WaitingItem]:
    """Everything that waits in any course, the most urgent first."""
    work = stored.work(services.store)
    faults = dict.fromkeys(assignments.all_faults(services), 1)
    unsent = messages.counts(services.store).given_up
    return [
        *_items(("grading failed", "gradings failed"), work.failed, FAILED_PAGE),
        *_items(("mistake in its files", "mistakes in its files"), faults, "/"),
        *(
            WaitingItem("test has a mistake", slug, 1, f"/submissions/{number}")
            for slug, number in work.faulty.items()
        ),
        *_items(("request to answer", "requests to answer"), work.requests, REQUESTS_PAGE),
        *_items(("regrade to decide on", "regrades to decide on"), work.undecided, REGRADES_PAGE),
        *_items(("submission to mark", "submissions to mark"), _unmarked(services), UNMARKED_PAGE),
        *_items(("message not sent", "messages not sent"), {"": unsent}, "/messages"),
    ]


def _items(words: tuple[str, str], counts: Mapping[str, int], path: str) -> list[WaitingItem]:
    """One item for each homework, in the words for one or for several."""
    return [
        WaitingItem(words[n > 1], slug, n, path.format(slug))
        for slug, n in sorted(counts.items())
        if n
    ]


def _unmarked(services: context.Services) -> dict[str, int]:
    """Homework -> submissions that count and lack a mark."""
    counts = {}
    for slug in services.course.slugs():
        if any(task.max_score for task in services.course.load(slug).manifest.manual):
            counts[slug] = len(marks.unmarked(services, slug))
    return counts


@dataclass(slots=True)
class WaitingCount:
    """What waits, kept for a few seconds; safe to use from several threads at once."""

    kept_s: float = KEPT_S
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _at: float = field(default=float("-inf"), init=False)
    _items: Sequence[WaitingItem] = field(default=(), init=False)

    def now(self, services: context.Services, user: rows.User) -> int:
        """How much waits for the user; an old figure while it is counted or cannot be."""
        if time.monotonic() - self._at > self.kept_s and self._lock.acquire(blocking=False):
            try:
                self._items = everything(services)
                self._at = time.monotonic()
            except errors.StoreUnavailable:
                pass
            finally:
                self._lock.release()
        return sum(item.n for item in self._items if _is_for(user, item))
