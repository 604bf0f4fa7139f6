"""The watch: what is wrong with the service, its storage or its course at this moment.

Owns what is looked at and how often. Each process looks for itself and writes down what begins and
what ends (`grader.store.notices.conditions`); telling staff is `postman`'s.
"""

import asyncio
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from grader import errors
from grader.notify import kinds
from grader.service import context, rounds, worker
from grader.store import notices, queue

PERIOD_S: Final = 20.0
# What a process checks of itself for /readyz, and what staff are told if it is not well.
KINDS: Final[Mapping[str, kinds.StaffKind]] = {
    "disk": kinds.StaffKind.STORAGE,
    "uploads": kinds.StaffKind.STORAGE,
    "workers": kinds.StaffKind.WORKERS,
    "worker": kinds.StaffKind.WORKERS,
    "grading": kinds.StaffKind.WORKERS,
}
SAID: Final[Mapping[str, str]] = {
    "disk": "the disk of {}",
    "uploads": "the place of uploads, seen from {}",
    "workers": "all workers: none was heard of",
    "worker": "the worker on {}",
    "grading": "the sandboxes on {}",
}


@dataclass(slots=True)
class Watch:
    """Looks at one process's part of the service.

    Attributes:
        role: one of the roles of `app.serving`.
        host: what messages call this machine.
    """

    services: context.Services
    role: str
    host: str = field(default_factory=socket.gethostname)
    _seen: set[tuple[kinds.StaffKind, str]] = field(default_factory=set, init=False)

    async def run(self) -> None:
        """Look now and then until cancelled."""
        await asyncio.sleep(PERIOD_S)  # what only starts is not wrong yet
        await rounds.every(PERIOD_S, self.look, "could not look after the service")

    def look(self) -> None:
        """Note what is wrong, from the second look on: what is seen once may pass by itself."""
        wrong = set(self._wrong())
        told, faults = wrong & self._seen, self.services.course.faults()
        self._seen = wrong
        for kind in (
            kinds.StaffKind.STORAGE,
            kinds.StaffKind.WORKERS,
            kinds.StaffKind.BROKEN_SUITES,
        ):
            subjects = {subject: faults.get(subject, "") for one, subject in told if one is kind}
            notices.conditions(self.services.store, kind, f"{self.role} on {self.host}", subjects)

    def _wrong(self) -> Collection[tuple[kinds.StaffKind, str]]:
        found = [
            (KINDS[name], SAID[name].format(self.host))
            for name, check in self.services.checks.items()
            if name in KINDS and not _holds(check)
        ]
        faults = self.services.course.faults()
        found += [(kinds.StaffKind.BROKEN_SUITES, slug) for slug in faults]
        if self.role != "worker":
            silent = queue.silent_workers(self.services.store, worker.STALL_S)
            found += [(kinds.StaffKind.WORKERS, f"worker {number}") for number in silent]
        return found


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except errors.DatabaseAway:
        raise  # nothing can be noted either
    except errors.OperatorError:
        return False
    return True
