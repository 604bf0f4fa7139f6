"""The worker's end of the suite runner: start the template, fork a suite process, read its events.

Owns the template's process and the channel of each suite process. `suite_process` is the other end.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import msgspec

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.confined import rights
from grader.rpc import stall_credit
from grader.suite import events, suite_process

START_S = 120.0  # importing torch on a busy machine
FORK_S = 30.0
CHUNK_BYTES = 256 * 1024
UNPACK_S = 60.0
UNREADABLE = (
    "The upload could not be read within the time and memory that reading one takes. Make a new "
    "zip of only the files that were asked for; if they are few and small, tell the course staff."
)
LAST = (events.Attempted, events.Refused, events.Ended, events.SuiteBroken, events.MachineFault)


class SuiteProcess:
    """One running suite process: its events, and its end.

    Args:
        channel: the worker's end of its event channel.
        pidfd: names the process safely, whatever becomes of its number.
        scratch: the folder that it may write to; removed with it.
    """

    def __init__(self, channel: socket.socket, pidfd: int, scratch: str) -> None:
        self._channel = channel
        self._pidfd = pidfd
        self._scratch = scratch

    def hand_over(self, fds: Sequence[int]) -> None:
        """Give it the sockets and meters of another sandbox."""
        socket.send_fds(self._channel, [b"s"], list(fds))

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
        while not self._is_ready(deadline - time.monotonic()):
            if not self._is_ready(deadline + waiting.extra_s() - time.monotonic()):
                raise errors.OperatorError("A suite process did not end within its time.")
        data = self._channel.recv(CHUNK_BYTES)
        if not data:
            raise errors.OperatorError("A suite process died before it was done.")
        return data

    def _is_ready(self, seconds: float) -> bool:
        return bool(select.select([self._channel], [], [], max(seconds, 0))[0])

    def kill(self) -> None:
        """End the process if it still runs; whoever reads its events hears of it."""
        with contextlib.suppress(OSError):  # it has ended, or was closed
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """End the process if it still runs, and forget it."""
        self.kill()
        pidfd, self._pidfd = self._pidfd, -1  # the number may soon mean another file
        os.close(pidfd)
        self._channel.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def memory_file(content: bytes) -> BinaryIO:
    """A file without a name, at its beginning; shared with a process by its descriptor."""
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # the caller closes it
    file.write(content)
    file.seek(0)
    return file


def _decoded(line: bytes) -> events.Event:
    try:
        return events.from_line(line)
    except ValueError as exc:
        raise errors.OperatorError(f"A suite process wrote a line that is no event: {exc}") from exc


class SuiteTemplate:
    """The preloaded process that suite processes are forked from; started by `with` or `start`.

    One per worker process; `spawn` may be called from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._ready = False

    def __enter__(self) -> "SuiteTemplate":
        self.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start importing; returns at once, the first `spawn` waits for the rest."""
        with self._lock:
            self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._scratch = tempfile.TemporaryDirectory(prefix="grader-suite-")
        Path(self._scratch.name).chmod(0o755)  # suite processes may have a user of their own
        command = [sys.executable, "-P", "-c", _BOOT, str(theirs.fileno()), *sys.path]
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            command,
            # Hypothesis keeps what it learnt of our sources; not in the worker's current folder.
            env=rights.ENVIRONMENT | {"HYPOTHESIS_STORAGE_DIRECTORY": self._scratch.name},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._requests = ours
        self._ready = False

    def spawn(self, request: suite_process.SuiteRequest, fds: Sequence[int]) -> SuiteProcess:
        """Fork a suite process and give it a sandbox.

        Args:
            fds: listener, control connection, three meters; then, if the suite is shared out, the
                pipe of turns.

        Raises:
            OperatorError: the template does not answer, even after a restart.
        """
        with self._lock:
            for _attempt in range(2):
                try:
                    return self._spawn(request, fds)
                except (OSError, errors.OperatorError):
                    self._stop()
                    self._start()
        raise errors.OperatorError(
            "The suite template does not start; "
            "run `python -m grader.suite.suite_process` to see why."
        )

    def _spawn(self, request: suite_process.SuiteRequest, fds: Sequence[int]) -> SuiteProcess:
        if self._requests is None:
            self._start()
        requests = self._requests
        assert requests is not None
        if not self._ready:
            requests.settimeout(START_S)
            self._ready = requests.recv(64) == b"ready\n"
        ours, theirs = socket.socketpair()
        requests.settimeout(FORK_S)
        scratch = tempfile.mkdtemp(prefix="grader-suite-")
        request = msgspec.structs.replace(request, scratch=scratch)
        with theirs:
            socket.send_fds(requests, [msgspec.json.encode(request)], [theirs.fileno(), *fds])
        answer, pidfds, _flags, _address = socket.recv_fds(requests, 16, 1)
        if answer != b"p" or not pidfds:
            ours.close()
            raise errors.OperatorError("The suite template ended.")
        return SuiteProcess(ours, pidfds[0], scratch)

    def unpack(self, upload: bytes, manifest: assignments.Manifest) -> models.FileTree:
        """The files of a stored upload, read in a confined process of its own.

        What ends that process is in the upload, so it is refused and not tried again.

        Raises:
            UploadRefused: with every reason found.
            OperatorError: no process can be had.
        """
        with contextlib.ExitStack() as stack:
            source = stack.enter_context(memory_file(upload))
            target = stack.enter_context(memory_file(b""))
            request = suite_process.SuiteRequest("", (), 1, UNPACK_S, 0, 0, unpack=manifest)
            process = self.spawn(request, [source.fileno(), target.fileno()])
            stack.enter_context(contextlib.closing(process))
            try:
                (last,) = process.events(UNPACK_S)
            except errors.OperatorError as exc:
                raise errors.UploadRefused(UNREADABLE) from exc
            if isinstance(last, events.Refused):
                raise errors.UploadRefused(last.reasons)
            if not isinstance(last, events.Ended):
                raise errors.UploadRefused(UNREADABLE)
            target.seek(0)
            return msgspec.msgpack.decode(target.read(), type=models.FileTree)

    def attempts(self, home: Path) -> dict[str, str]:
        """What a suite process of this template could do that it should not; see `confined.rights`.

        Args:
            home: a folder of the service that no suite process has business in.
        """
        request = suite_process.SuiteRequest("", (), 1, 1, 0, 0, attempt_on=str(home))
        with contextlib.closing(self.spawn(request, [])) as process:
            (last,) = process.events(FORK_S)
        if not isinstance(last, events.Attempted):
            raise errors.OperatorError(f"The confinement of the suite could not be tried: {last}.")
        return last.results

    def _stop(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._scratch.cleanup()

    def close(self) -> None:
        """End the template; running suite processes go on until their own end."""
        with self._lock:
            self._stop()


_BOOT = """
import sys
sys.path[:] = sys.argv[2:]
import socket
from grader.suite import suite_process
suite_process.serve(socket.socket(fileno=int(sys.argv[1])))
"""
