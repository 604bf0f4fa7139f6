"""The templates of single suites that a worker has: made at first use, few, dropped when unused.

Owns their number and life, from the worker's side. What one does is `suite.version_process`'s.

Theory of operation
    The first run that names a version of a suite asks for its template and does not wait: until it
    is ready, suite processes are forked from the common one and collect for themselves. The same
    holds for ever if it cannot be made. A template goes when another version of its suite comes,
    when there are too many and none has asked for a minute, and after ten without a run; while
    forks of it run it stays, because their scratch folders lie in its own. Where more suites are
    graded in turn than there may be templates, the late ones do without: one that pushed another
    out would be pushed out itself before it paid for its making.
"""

import contextlib
import secrets
import select
import socket
import threading
import time
from collections.abc import Sequence

import msgspec

from grader import errors
from grader.confined import fork_loop, template_process
from grader.suite import suite_process

MOST = 3  # suites at once; each holds up to 150 MB of its own
UNUSED_S = 600.0
LATELY_S = 60.0  # used since then, a template makes room for no other suite
READY_S = 300.0  # a suite that takes longer to collect and draw does without


class VersionTemplate:
    """One suite's template, seen from the worker. Thread-safe.

    Args:
        common: what it is forked from.
    """

    def __init__(
        self,
        common: template_process.TemplateProcess,
        request: suite_process.SuiteRequest,
    ) -> None:
        self.suite_dir = request.suite_dir
        self.used = time.monotonic()
        self._began = self.used
        self._lock = threading.Lock()
        self._is_ready = self._is_retired = False
        self._running = 0
        wanted = suite_process.CollectRequest(
            request.suite_dir, request.folders, request.datasets_dir
        )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = common.fork(msgspec.json.encode(wanted), [theirs.fileno()])
        self._requests: socket.socket | None = ours

    def fork(self, request: bytes, fds: Sequence[int]) -> template_process.ConfinedChild | None:
        """A suite process of it; None where it is not ready, or is gone."""
        with self._lock:
            self.used = time.monotonic()
            if not self._look():
                return None
            assert self._requests is not None
            scratch = f"{self._process.scratch}/{secrets.token_hex(8)}"
            try:
                child = template_process.forked(self._requests, request, fds, scratch)
            except (OSError, errors.OperatorError):
                self._end()
                return None
            self._running += 1
            child.when_closed = self._ended_one
            return child

    def retire(self) -> None:
        """End it, once no fork of it runs."""
        with self._lock:
            self._is_retired = True
            if not self._running:
                self._end()

    def _ended_one(self) -> None:
        with self._lock:
            self._running -= 1
            if self._is_retired and not self._running:
                self._end()

    def _look(self) -> bool:
        """Whether it is ready now."""
        if self._requests is None or self._is_retired:
            return False
        if not self._is_ready and select.select([self._requests], [], [], 0)[0]:
            self._is_ready = self._requests.recv(64) == fork_loop.READY
            if not self._is_ready:  # it has ended
                self._end()
        elif not self._is_ready and time.monotonic() - self._began > READY_S:
            self._end()
        return self._is_ready

    def _end(self) -> None:
        self._is_ready = False
        if self._requests is not None:
            self._requests.close()
            self._requests = None
            self._process.close()


class VersionTemplates:
    """All of a worker's. Thread-safe.

    Args:
        common: the template that each is forked from.
    """

    def __init__(self, common: template_process.TemplateProcess) -> None:
        self._common = common
        self._lock = threading.Lock()
        self._by_version: dict[str, VersionTemplate] = {}
        self._timer: threading.Timer | None = None

    def fork(
        self, version: str, request: suite_process.SuiteRequest, fds: Sequence[int]
    ) -> template_process.ConfinedChild | None:
        """A suite process of the suite's own template; None where the common one is to be asked.

        Args:
            version: of the suite and all that its collection reads.

        Raises:
            OperatorError: the common template does not answer.
        """
        with self._lock:
            template = self._by_version.get(version)
            if template is None:
                if not self._makes_room(request.suite_dir):
                    return None
                template = self._by_version[version] = VersionTemplate(self._common, request)
            self._look_again()
        return template.fork(msgspec.json.encode(request), fds)

    def close(self) -> None:
        """End all; forks of them run on."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            for version in list(self._by_version):
                self._by_version.pop(version).retire()

    def _makes_room(self, suite_dir: str) -> bool:
        """End other versions of a suite, and what is in the way; whether a place is left."""
        by_use = sorted(self._by_version.items(), key=lambda item: item[1].used)
        for version, template in by_use:
            is_idle = template.used < time.monotonic() - LATELY_S
            is_in_the_way = len(self._by_version) >= MOST and is_idle
            if template.suite_dir == suite_dir or is_in_the_way:
                self._by_version.pop(version).retire()
        return len(self._by_version) < MOST

    def _look_again(self) -> None:
        """Drop what nobody uses, after a while."""
        if self._timer is None or not self._timer.is_alive():
            self._timer = threading.Timer(UNUSED_S, self._drop_unused)
            self._timer.daemon = True
            self._timer.start()

    def _drop_unused(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._timer = None
            oldest = time.monotonic() - UNUSED_S
            for version in [v for v, each in self._by_version.items() if each.used <= oldest]:
                self._by_version.pop(version).retire()
            if self._by_version:
                self._look_again()
