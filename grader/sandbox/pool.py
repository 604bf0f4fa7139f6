"""Warm sandboxes: started before they are needed, leased once, then destroyed.

Owns when containers are made and unmade. Does not own how (`container`) or what happens inside a
lease (`grader.grading.executor`).

Theory of operation
-------------------
A shelf holds, for one profile, the futures of sandboxes that are warm or being started. `lease`
takes one future off the shelf, so each sandbox has one owner at any time:

    queued --> starting --> warm --> leased --> doomed --> gone
       |           `-- failed: logged, dropped      ^
       `-- taken back by a lease that cannot wait   `-- warm, but found dead, or not needed any more

A start that is still queued is cancelled and done in the leasing thread instead, so a lease never
waits behind starts for others. The shelf is filled up again in the background: at once when it is
empty or other leases are out, for then the next one is near; else after the lease, so that a start
takes no processor from the only submission that is being graded. A background start that fails is
not repeated by itself: the next lease starts its own sandbox and gets the error itself, so a broken
engine is asked once per lease and never in a loop.

A start that fails for lack of processors restrains the next (`restraint`): for a minute none is
made ahead of need, and those that somebody waits for are made one after the other.

The number of profiles kept warm is bounded; the one not used for longest gives way. Sandboxes are
destroyed in the background; when too many wait for that, the leasing thread does it itself.
"""

import contextlib
import dataclasses
import logging
import select
import signal
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Final, Protocol

from grader import errors
from grader.sandbox import container, policy, restraint

log = logging.getLogger(__name__)

MAX_PROFILES: Final = 4  # shelves; warm sandboxes are at most this times the pool's size
START_THREADS: Final = 2  # background starts at once; more would slow down running gradings
DESTROY_THREADS: Final = 2
MAX_DOOMED: Final = 8  # sandboxes waiting to be destroyed in the background
SETTLE_S: Final = 1.0  # a process is gone before its engine says so
KILLED: Final = f"exit {128 + signal.SIGKILL}"
START_WAIT_S: Final = 300.0  # longer than the engine's own deadlines together

Start = Future[container.Sandbox]


class EnginePort(Protocol):
    """What the pool needs of an engine."""

    def start(self, profile: policy.Profile) -> container.Sandbox:
        """Start a sandbox and wait until it is warm; SandboxUnavailable if that fails."""

    def destroy(self, sandbox: container.Sandbox) -> None:
        """Remove a sandbox for good."""

    def kill(self, sandbox: container.Sandbox) -> None:
        """End all processes of a sandbox before this returns."""

    def exit_cause(self, sandbox: container.Sandbox) -> str | None:
        """Why a sandbox ended: "memory", "exit N", or None while it runs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stats:
    """Counts, of now and since the pool was made.

    Attributes:
        warm, starting, leased: sandboxes now on a shelf, being started for one, in use.
        warm_leases, cold_leases: leases that found a warm sandbox, or had to wait for a start.
        found_dead: warm sandboxes that had died on the shelf.
        failed_starts: background starts that failed.
        failed_destroys: sandboxes that the engine did not remove in time.
    """

    warm: int = 0
    starting: int = 0
    leased: int = 0
    warm_leases: int = 0
    cold_leases: int = 0
    found_dead: int = 0
    failed_starts: int = 0
    failed_destroys: int = 0


class Pool:
    """Keeps `size` sandboxes warm for each of the profiles used last. Thread-safe.

    Args:
        engine: starts and destroys.
        size: warm sandboxes per profile; 0 starts each one on demand.
    """

    def __init__(self, engine: EnginePort, size: int) -> None:
        self._engine = engine
        self._size = size
        self._lock = threading.Lock()
        self._closed = False
        self._shelves: OrderedDict[policy.Profile, deque[Start]] = OrderedDict()
        self._stats = Stats()
        self._restraint = restraint.Restraint()
        self._doomed = threading.BoundedSemaphore(MAX_DOOMED)
        self._starter = ThreadPoolExecutor(START_THREADS, "sandbox-start")
        self._destroyer = ThreadPoolExecutor(DESTROY_THREADS, "sandbox-destroy")

    @contextlib.contextmanager
    def lease(self, profile: policy.Profile) -> Iterator[container.Sandbox]:
        """A sandbox for one use; destroyed when the block ends, however it ends.

        Raises:
            SandboxUnavailable: none can be started, or the pool is closed.
        """
        sandbox = self._take(profile)
        if self._is_wanted(profile):
            self.prewarm(profile)
        with self._leased(sandbox, profile):
            yield sandbox

    @contextlib.contextmanager
    def spare(self, profile: policy.Profile) -> Iterator[container.Sandbox | None]:
        """As `lease`, if a warm sandbox is on the shelf; None rather than start or await one."""
        sandbox = self._take_warm(profile)
        if sandbox is None:
            yield None
            return
        with self._leased(sandbox, profile):
            yield sandbox

    @contextlib.contextmanager
    def _leased(self, sandbox: container.Sandbox, profile: policy.Profile) -> Iterator[None]:
        self._count(leased=1)
        try:
            yield
        finally:
            self._count(leased=-1)
            self._discard(sandbox)
            self.prewarm(profile)

    def was_killed(self, sandbox: container.Sandbox) -> bool:
        """Whether something outside ended a leased sandbox: an operator, the engine, the machine.

        From inside, no SIGKILL reaches a first process, except when memory runs out. What was
        lost for any other reason was lost by the submission.

        Raises:
            SandboxUnavailable: the engine does not answer.
        """
        deadline = time.monotonic() + SETTLE_S
        while not is_alive(sandbox):
            cause = self._engine.exit_cause(sandbox)
            if cause is not None or time.monotonic() > deadline:
                return cause == KILLED
            time.sleep(SETTLE_S / 50)
        return False

    def kill(self, sandbox: container.Sandbox) -> None:
        """End all processes of a leased sandbox before this returns; its lease goes on.

        Raises:
            SandboxUnavailable: the engine does not answer.
        """
        self._engine.kill(sandbox)

    def prewarm(self, profile: policy.Profile) -> None:
        """Fill the profile's shelf in the background; returns at once."""
        with self._lock:
            if self._closed or not self._size or self._restraint.is_on:
                return
            shelf = deque(s for s in self._shelves.pop(profile, ()) if not _has_failed(s))
            while len(shelf) < self._size:
                shelf.append(self._starter.submit(self._start, profile))
            self._shelves[profile] = shelf  # at the end: used last
            crowded = len(self._shelves) > MAX_PROFILES
            unused = self._shelves.popitem(last=False)[1] if crowded else deque()
        self._abandon(unused)

    def close(self) -> None:
        """Start nothing more and destroy all that is not leased; waits for it. Idempotent.

        A sandbox still leased is destroyed by its own lease.
        """
        with self._lock:
            self._closed = True
            starts = [start for shelf in self._shelves.values() for start in shelf]
            self._shelves.clear()
        self._abandon(starts)
        self._starter.shutdown(wait=True)
        self._destroyer.shutdown(wait=True)

    def stats(self) -> Stats:
        """Counts for logs and the operator's page."""
        with self._lock:
            starts = [start for shelf in self._shelves.values() for start in shelf]
            warm = sum(_is_warm(start) for start in starts)
            starting = sum(not start.done() for start in starts)
            return dataclasses.replace(self._stats, warm=warm, starting=starting)

    def _take(self, profile: policy.Profile) -> container.Sandbox:
        while start := self._next_start(profile):
            warm = start.done()
            sandbox = self._wait_for(start)
            if sandbox and is_alive(sandbox):
                self._count(warm_leases=warm, cold_leases=not warm)
                return sandbox
            if sandbox:
                self._count(found_dead=1)
                self._discard(sandbox)
        with self._restraint.turn():
            sandbox = self._engine.start(profile)
        self._count(cold_leases=1)
        return sandbox

    def _take_warm(self, profile: policy.Profile) -> container.Sandbox | None:
        while start := self._next_warm(profile):
            sandbox = start.result()
            if is_alive(sandbox):
                self._count(warm_leases=1)
                return sandbox
            self._count(found_dead=1)
            self._discard(sandbox)
        return None

    def _next_warm(self, profile: policy.Profile) -> Start | None:
        """A warm future, now the caller's."""
        with self._lock:
            shelf = self._shelves.get(profile, deque())
            if warm := next(filter(_is_warm, shelf), None):
                shelf.remove(warm)
            return warm

    def _is_wanted(self, profile: policy.Profile) -> bool:
        """Whether the next lease may be near: others are out, or the shelf is empty."""
        with self._lock:
            shelf = self._shelves.get(profile, ())
            return bool(self._stats.leased) or all(map(_has_failed, shelf))

    def _next_start(self, profile: policy.Profile) -> Start | None:
        """The shelf's best future, now the caller's; None if the caller must start one itself."""
        with self._lock:
            if self._closed:
                raise errors.SandboxUnavailable("The sandbox pool is closed: the service stops.")
            shelf = self._shelves.get(profile)
            if not shelf:
                return None
            best = next(filter(_is_warm, shelf), None) or next(filter(Future.running, shelf), None)
            best = best or shelf[0]
            shelf.remove(best)
            return None if best.cancel() else best

    def _start(self, profile: policy.Profile) -> container.Sandbox:
        try:
            with self._restraint.turn():
                return self._engine.start(profile)
        except errors.SandboxUnavailable:
            self._count(failed_starts=1)
            log.warning("a background start of a sandbox failed", exc_info=True)
            raise

    def _wait_for(self, start: Start) -> container.Sandbox | None:
        """A taken future's sandbox; None if its start failed, which it has logged."""
        try:
            return start.result(START_WAIT_S)
        except errors.SandboxUnavailable:
            return None
        except FutureTimeout as exc:
            self._abandon([start])
            raise errors.MachineBusy(
                f"No sandbox got ready in {START_WAIT_S:g} s: the machine is overloaded or the "
                "Docker engine hangs. The work is tried again; see `docker info`."
            ) from exc

    def _abandon(self, starts: Iterable[Start]) -> None:
        for start in starts:
            if not start.cancel():
                start.add_done_callback(self._discard_result)

    def _discard_result(self, start: Start) -> None:
        if _is_warm(start):
            self._discard(start.result())

    def _discard(self, sandbox: container.Sandbox) -> None:
        """Destroy in the background, or here if that is closed or far behind."""
        if self._doomed.acquire(blocking=False):
            with contextlib.suppress(RuntimeError):  # the pool is closed
                self._destroyer.submit(self._destroy, sandbox).add_done_callback(
                    lambda _: self._doomed.release()
                )
                return
            self._doomed.release()
        self._destroy(sandbox)

    def _destroy(self, sandbox: container.Sandbox) -> None:
        try:
            self._engine.destroy(sandbox)
        except errors.SandboxUnavailable:
            self._count(failed_destroys=1)
            log.warning("a sandbox was not removed; the next reap tries again", exc_info=True)

    def _count(self, **changes: int) -> None:
        with self._lock:
            now = {name: getattr(self._stats, name) + by for name, by in changes.items()}
            self._stats = dataclasses.replace(self._stats, **now)


def is_alive(sandbox: container.Sandbox) -> bool:
    """Whether a sandbox that nobody has used yet is still fit for use.

    An idle guest says nothing after the canary: anything readable on its control channel is its
    end, or the word of a guest that is out of step.
    """
    poll = select.poll()
    poll.register(sandbox.control, select.POLLIN | select.POLLHUP)
    return not poll.poll(0)


def _is_warm(start: Start) -> bool:
    return start.done() and not start.cancelled() and start.exception() is None


def _has_failed(start: Start) -> bool:
    return start.done() and not _is_warm(start)
