"""How every confined process starts: as a fork of a preloaded one, over a channel of its own.

Owns the parent's side: the preloaded template, and the channel, the scratch folder and the end of
each of its forks. The template's side is `confined.fork_loop`; what a fork gives up is
`confined.rights`'s, what it then does its module's (`confined.reader_process`,
`suite.suite_process`).

Theory of operation
    parent --(scratch, request, descriptors)--> template --fork--> child
    parent <--(pidfd, end)--------------------- template
    parent <--(channel: "go" first)------------------------------> child
    parent <--(wait status, by `end`)---------- template          (child has ended)

The template alone can learn how a child ended: it reaps each one and writes its status into a pipe
(`end`) whose other side the parent has. Until then a child that has ended keeps its number, so the
template can always open its pidfd.

A child does nothing before its parent knows it and says so: where the template dies in between, the
parent asks another one, and a child of the first, which has the same descriptors, reads the end of
its channel and ends. So what is handed on in a second try was never used in the first.

The template imports once what its children need, which takes up to seconds; a fork of it costs
milliseconds. It starts with an empty environment and without a network, and both are inherited. It
ends when its parent hangs up, so a parent that is killed leaves nothing behind; a child lives until
its work or its parent's patience ends.
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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from grader import errors
from grader.confined import fork_loop, rights
from grader.rpc import stall_credit

START_S = 120.0  # importing torch; more on a busy machine
FORK_S = 30.0
STATUS_S = 5.0  # the template needs milliseconds, if it still runs


class ConfinedChild:
    """A confined process, seen from its parent.

    Args:
        channel: the parent's end of its channel.
        pidfd: names the process safely, whatever becomes of its number.
        end: a pipe from which its wait status can be read, once it has ended.
        scratch: the folder that it may write to; removed with it.

    Attributes:
        scratch: the same.
        when_closed: called once, when it is forgotten.
    """

    def __init__(self, channel: socket.socket, pidfd: int, end: int, scratch: str) -> None:
        self.channel = channel
        self._pidfd = pidfd
        self._end = end
        self.scratch = scratch
        self.when_closed: Callable[[], None] | None = None

    def receive(self, most_bytes: int, deadline: float, waiting: stall_credit.Patience) -> bytes:
        """What it sent next.

        Args:
            deadline: by the monotonic clock; later on a busy machine.

        Raises:
            TimeoutError: nothing came.
            EOFError: it has ended; the message says how.
        """
        while not self._is_ready(deadline - time.monotonic()):
            if not self._is_ready(deadline + waiting.extra_s() - time.monotonic()):
                raise TimeoutError
        try:
            data = self.channel.recv(most_bytes)
        except ConnectionResetError as exc:  # it ended with unread bytes in its channel
            raise EOFError(self._ending()) from exc
        if not data:
            raise EOFError(self._ending())
        return data

    def _ending(self) -> str:
        """How the process ended, in words that follow its name."""
        if not select.select([self._end], [], [], STATUS_S)[0]:
            return "closed its channel"
        status = os.read(self._end, fork_loop.STATUS.size)
        if len(status) < fork_loop.STATUS.size:
            return "ended with the process that it was forked from"
        code = os.waitstatus_to_exitcode(*fork_loop.STATUS.unpack(status))
        return f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with status {code}"

    def _is_ready(self, seconds: float) -> bool:
        return bool(select.select([self.channel], [], [], max(seconds, 0))[0])

    def kill(self) -> None:
        """End the process if it still runs; whoever listens to it hears of it."""
        with contextlib.suppress(OSError):  # it has ended, or was closed
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """End the process if it still runs, and forget it."""
        self.kill()
        fds, self._pidfd, self._end = (self._pidfd, self._end), -1, -1  # numbers are used again
        for fd in fds:
            os.close(fd)
        self.channel.close()
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.when_closed:
            self.when_closed()


class TemplateProcess:
    """A preloaded process to fork from; started by `with`, `start` or the first fork. Thread-safe.

    Args:
        module: a module of ours; its `serve` loads what children need and calls ours.
        folder_variable: environment variable that names a folder to children, if they need one
            that lives as long as the template.
    """

    def __init__(self, module: str, folder_variable: str = "") -> None:
        self._module = module
        self._folder_variable = folder_variable
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._ready = False

    def __enter__(self) -> Self:
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
        """Start importing; returns at once, the first fork waits for the rest.

        Raises:
            OperatorError: no process can be started.
        """
        with self._lock, _explained():
            self._start()

    def close(self) -> None:
        """End the template; its children go on until their own end."""
        with self._lock:
            self._stop()

    def fork(self, request: bytes, fds: Sequence[int] = ()) -> ConfinedChild:
        """A child that works on a request.

        Args:
            fds: descriptors for it.

        Raises:
            OperatorError: the template does not answer, even after a restart, or there is no room.
        """
        with self._lock, _explained():
            scratch = tempfile.mkdtemp(prefix="grader-confined-")
            try:
                return self._fork_or_restart(request, fds, scratch)
            except BaseException:
                shutil.rmtree(scratch, ignore_errors=True)
                raise

    def _fork_or_restart(self, request: bytes, fds: Sequence[int], scratch: str) -> ConfinedChild:
        for _attempt in range(2):
            try:
                return self._fork(request, fds, scratch)
            except (OSError, errors.OperatorError):
                self._stop()
                self._start()
        raise errors.OperatorError(
            f"No confined process starts; run `python -m {self._module}` to see why."
        )

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = dict(rights.ENVIRONMENT)
        if self._folder_variable:
            self._folder = tempfile.TemporaryDirectory(prefix="grader-template-")
            Path(self._folder.name).chmod(0o755)  # children may have a user of their own
            environment[self._folder_variable] = self._folder.name
        command = [sys.executable, "-P", "-c", _BOOT, self._module, str(theirs.fileno())]
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            [*command, *sys.path],
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._requests = ours
        self._ready = False

    def _fork(self, request: bytes, fds: Sequence[int], scratch: str) -> ConfinedChild:
        if self._requests is None:
            self._start()
        requests = self._requests
        assert requests is not None
        if not self._ready:
            self._ready = awaited(requests, START_S) == fork_loop.READY
        return forked(requests, request, fds, scratch)

    def _stop(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            if self._folder_variable:
                self._folder.cleanup()


def awaited(connection: socket.socket, seconds: float) -> bytes:
    """What comes within so many seconds, more where the machine is too busy.

    Raises:
        TimeoutError: nothing does.
    """
    deadline = stall_credit.Deadline(seconds)
    while True:
        connection.settimeout(deadline.left_s())
        with contextlib.suppress(TimeoutError):  # how much it is put off shows by now
            return connection.recv(64)


def forked(
    requests: socket.socket, request: bytes, fds: Sequence[int], scratch: str
) -> ConfinedChild:
    """Ask a template that is ready for a child.

    Args:
        requests: the template's, of packets (SOCK_SEQPACKET).
        scratch: the child's folder, or where it makes it; goes with the child.

    Raises:
        OperatorError, OSError: the template does not answer.
    """
    requests.settimeout(FORK_S)
    with contextlib.ExitStack() as stack:
        ours, theirs = socket.socketpair()
        stack.callback(ours.close)
        with theirs:
            packet = msgspec.msgpack.encode((scratch, request))
            socket.send_fds(requests, [packet], [theirs.fileno(), *fds])
        answer, answered, _flags, _address = socket.recv_fds(requests, 16, 2)
        if answer != fork_loop.FORKED:
            raise errors.OperatorError("The template ended.")
        pidfd, end = answered
        with contextlib.suppress(OSError):  # it was killed meanwhile; receiving tells
            ours.sendall(fork_loop.GO)
        stack.pop_all()  # the channel is the child's from here on
        return ConfinedChild(ours, pidfd, end, scratch)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """The machine's refusals in the operator's words."""
    try:
        yield
    except OSError as exc:
        raise errors.OperatorError(
            f"No confined process can be started: {exc}. See that {tempfile.gettempdir()} has room."
        ) from exc


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


_BOOT = """
import sys
module, requests, sys.path[:] = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
import importlib, socket
importlib.import_module(module).serve(socket.socket(fileno=requests))
"""
