"""The worker's end of the suite runner: fork a suite process from its template, read its events.

Owns the events of each suite process. `suite.suite_process` is the other end; how a template starts
and forks is `confined.template_process`'s.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from grader import errors
from grader.confined import template_process
from grader.rpc import stall_credit
from grader.suite import events, suite_process, version_templates

CHUNK_BYTES = 256 * 1024
LAST = (events.Attempted, events.Ended, events.SuiteBroken, events.MachineFault)


class SuiteProcess:
    """One running suite process: its events, and its end."""

    def __init__(self, child: template_process.ConfinedChild) -> None:
        self._child = child
        self.kill, self.close = child.kill, child.close

    def hand_over(self, fds: Sequence[int]) -> None:
        """Give it the sockets and meters of another sandbox.

        Raises:
            OperatorError: it has ended meanwhile.
        """
        try:
            socket.send_fds(self._child.channel, [b"s"], list(fds))
        except OSError as exc:
            raise errors.OperatorError(
                "A suite process ended before it was given another sandbox."
            ) from exc

    def events(self, run_s: float) -> Iterator[events.Event]:
        """Events until the last one.

        Args:
            run_s: wall seconds after which the process is given up; more on a busy machine.

        Raises:
            OperatorError: the process died, wrote nonsense, or ran out of time.
        """
        deadline, waiting = time.monotonic() + run_s, stall_credit.Patience()
        buffer = b""
        while True:
            buffer += self._read(deadline, waiting)
            *lines, buffer = buffer.split(b"\n")
            if len(buffer) > events.MAX_LINE_BYTES:
                raise errors.OperatorError("A suite process wrote a line without end.")
            for line in lines:
                event = _decoded(line)
                yield event
                if isinstance(event, LAST):
                    return

    def _read(self, deadline: float, waiting: stall_credit.Patience) -> bytes:
        try:
            return self._child.receive(CHUNK_BYTES, deadline, waiting)
        except TimeoutError as exc:
            message = "A suite process did not end within its time."
            raise errors.OperatorError(message) from exc
        except EOFError as exc:
            raise errors.OperatorError(f"A suite process {exc} before it was done.") from exc


def _decoded(line: bytes) -> events.Event:
    try:
        return events.from_line(line)
    except ValueError as exc:
        raise errors.OperatorError(f"A suite process wrote a line that is no event: {exc}") from exc


class SuiteTemplate(template_process.TemplateProcess):
    """The preloaded process that suite processes are forked from.

    One per worker process; started by `with`, `start` or the first `spawn`. Thread-safe.
    """

    def __init__(self) -> None:
        # Hypothesis keeps what it learnt of our sources; not in the worker's current folder.
        super().__init__("grader.suite.suite_template", "HYPOTHESIS_STORAGE_DIRECTORY")
        self._versions = version_templates.VersionTemplates(self)

    def close(self) -> None:
        """End the template and those of single suites; their children go on until their end."""
        self._versions.close()
        super().close()

    def spawn(
        self, request: suite_process.SuiteRequest, fds: Sequence[int], version: str = ""
    ) -> SuiteProcess:
        """Fork a suite process and give it a sandbox.

        Args:
            fds: listener, control connection, three meters; then, if the suite is shared out, the
                pipe of turns.

        Raises:
            OperatorError: the template does not answer, even after a restart.
        """
        is_usual = version and not request.options.until_failure
        if is_usual and (child := self._versions.fork(version, request, fds)):
            return SuiteProcess(child)
        return SuiteProcess(self.fork(msgspec.json.encode(request), fds))

    def attempts(self, home: Path) -> dict[str, str]:
        """What a suite process of this template could do that it should not; see `rights`.

        Args:
            home: a folder of the service that no suite process has business in.
        """
        return attempts_of(self.fork, home)


def attempts_of(
    fork: Callable[[bytes, Sequence[int]], template_process.ConfinedChild | None], home: Path
) -> dict[str, str]:
    """What a suite process that comes of a fork could do; as `SuiteTemplate.attempts`."""
    request = suite_process.SuiteRequest("", (), 1, 1, 0, 0, attempt_on=str(home))
    child = fork(msgspec.json.encode(request), [])
    if child is None:
        raise errors.OperatorError("The template is not ready.")
    with contextlib.closing(SuiteProcess(child)) as process:
        (last,) = process.events(template_process.FORK_S)
    if not isinstance(last, events.Attempted):
        raise errors.OperatorError(f"The confinement of the suite could not be tried: {last}.")
    return last.results
