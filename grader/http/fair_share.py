"""How many requests one person, and all students together, may have open at a time.

Owns the counting. A request counts for a person from when it is known who sends it until its answer
has ended: uploads that trickle in and streams of events among them. Who sends it is found by
`grader.api.callers` and `grader.web.rendering`; what strangers may hold open is bounded by
connections (`grader.http.connections`).

Theory of operation. A share that is used up is refused at once and costs nothing more. Students
together have fewer places than there are, so that staff are answered while students are not.
"""

import threading
from collections import Counter
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from grader.course import permissions
from grader.http import problems
from grader.store import rows

MOST_OF_STUDENT: Final = 16
MOST_OF_STAFF: Final = 64
MOST_OF_STUDENTS: Final = 1000  # together; each holds a socket and some 50 kB
RETRY_S: Final = 5

_KEY: Final = "grader.place"


class FairShare:
    """ASGI middleware that ends a request's count when its answer has ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._counts = _Counts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        place = scope[_KEY] = _Place(self._counts)
        try:
            await self._app(scope, receive, send)
        finally:
            place.leave()


def count_in(request: Request, user: rows.User) -> None:
    """Let a request count for a person; the second time it is the same request.

    Raises:
        Problem: 429 or 503, there is no place for it now.
    """
    place: _Place | None = request.scope.get(_KEY)
    if place:
        place.take(user)


class _Counts:
    """Open requests of each person, and of all students."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_person = Counter[int]()
        self._of_students = 0

    def enter(self, person: int, *, staff: bool) -> None:
        with self._lock:
            most = MOST_OF_STAFF if staff else MOST_OF_STUDENT
            if self._of_person[person] >= most:
                raise problems.Problem(
                    429,
                    f"{most} of your requests are open already. Close pages that you do not need, "
                    "or wait for uploads to end.",
                    {"Retry-After": str(RETRY_S)},
                )
            if not staff and self._of_students >= MOST_OF_STUDENTS:
                raise problems.Problem(
                    503,
                    "More people use the service right now than it can serve. Nothing was "
                    "changed; try again in a few seconds.",
                    {"Retry-After": str(RETRY_S)},
                )
            self._of_person[person] += 1
            self._of_students += not staff

    def leave(self, person: int, *, staff: bool) -> None:
        with self._lock:
            self._of_person[person] -= 1
            self._of_students -= not staff
            if not self._of_person[person]:
                del self._of_person[person]


class _Place:
    """One request's place, once it is known whose it is."""

    def __init__(self, counts: _Counts) -> None:
        self._counts = counts
        self._taken: tuple[int, bool] | None = None

    def take(self, user: rows.User) -> None:
        if self._taken is None:
            staff = permissions.is_staff(user.role)
            self._counts.enter(user.id, staff=staff)
            self._taken = user.id, staff

    def leave(self) -> None:
        if self._taken is not None:
            person, staff = self._taken
            self._counts.leave(person, staff=staff)
