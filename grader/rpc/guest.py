"""The half of the wire that runs beside student code. UNTRUSTED: it holds no secret and no limit.

Owns the supervisor: its commands, forks and reaps. Does not own what a test's process does
(`child`). Whatever comes from here is a claim; the host bounds, times and checks everything again.
Imports only what lies next to it.

Theory of operation
    supervisor (PID 1)  imports numpy or torch once, connects the control channel, keeps the
                        submission in memory, and never runs a line of it
      |- compiler       forked once, before the first test: bytecode of the sources
                        (`bytecode`), and libraries for the supervisor to import (`shared_imports`)
      |- rehearsal      forked before the first test where there are notebooks: which of their
                        statements work (`rehearsal`)
      `- child          forked per test: own folder with fresh copies of the files, own call and
                        output connections, imports the submission, answers until the host hangs up
                        (`child`)

`Reap` kills all but the supervisor and empties /tmp and /dev/shm, so no process, file or module
state of one test is there in the next, or ends the container.
"""

import argparse
import contextlib
import ctypes
import os
import signal
from pathlib import Path

from grader.rpc import (
    bytecode,
    channel,
    child,
    missing_modules,
    preload,
    rehearsal,
    scratch,
    shared_imports,
    wire,
)

PR_SET_DUMPABLE = 4
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # the container's own; the other place to write to


def main() -> None:
    """Entry point of the sandbox image."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True, help="path of the host's listening socket")
    parser.add_argument("--preload", choices=["numpy", "torch"], default="numpy")
    parser.add_argument("--also", nargs="*", default=[], help="further modules to import first")
    parser.add_argument("--workdir", default="/tmp", help="scratch folder, emptied by each reap")  # noqa: S108  # the container's own tmpfs
    parser.add_argument("--deprecations", action="store_true", help="of the submission, printed")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Children of the same user could otherwise read and write this process by /proc/1/mem.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    missing_modules.plain_bars()
    preload.everything(options.preload, options.also)
    if options.deprecations:
        preload.show_deprecations(options.workdir)
    Supervisor(options.socket, Path(options.workdir)).serve()


class Supervisor:
    """PID 1: keeps the submission as bytes, forks children, cleans up behind them."""

    def __init__(self, socket_path: str, workdir: Path) -> None:
        self._socket_path = socket_path
        self._workdir = workdir
        self._files: dict[str, bytes] = {}
        self._made: bytecode.Compiled | None = None  # of these files; before the first test
        self._skipped: tuple[wire.Skipped, ...] = ()  # of notebooks' statements
        self._child = 0
        self._forks = 0
        self._control = channel.connect(socket_path, wire.CONTROL_CHANNEL)

    def serve(self) -> None:
        """Carry out commands until the host hangs up."""
        while (received := channel.receive(self._control)) is not None:
            message, payload = received
            if isinstance(message, wire.Load):
                self._load(message, payload)
                channel.send(self._control, wire.Done())
            elif isinstance(message, wire.Fork):
                self._fork(message)
                channel.send(self._control, wire.Done())
            elif isinstance(message, wire.Rehearse):
                channel.send(self._control, wire.Rehearsed(self._rehearse(message)))
            elif isinstance(message, wire.Reap):
                channel.send(self._control, wire.Done(self._reap()))

    def _load(self, message: wire.Load, payload: memoryview) -> None:
        for path, size in message.files:
            self._files[path] = self._files.get(path, b"") + payload[:size]
            payload = payload[size:]
        self._made = None

    def _compiled(self, data_bytes: int) -> dict[str, bytes]:
        """The submission, with what its processes need not make again."""
        self._made = self._made or bytecode.of(self._files, data_bytes)
        return self._files | self._made.files | rehearsal.as_files(self._skipped)

    def _rehearse(self, message: wire.Rehearse) -> tuple[wire.Skipped, ...]:
        files = self._compiled(message.data_bytes)
        if self._made:  # here, where there is time for it
            shared_imports.make(self._made.imports, self._files)
        if message.known is None:
            self._skipped = rehearsal.of(
                files, message.data_bytes, self._workdir, self._control.close, self._reap
            )
        else:
            self._skipped = message.known
        return self._skipped

    def _fork(self, message: wire.Fork) -> None:
        files = self._compiled(message.data_bytes)
        self._forks += 1
        folder = self._workdir / f"run{self._forks}"
        # Not by the child, which copies each page of our memory that it writes to first. Without
        # room for the files it tries again, and ends by it.
        left = files
        with contextlib.suppress(OSError):
            scratch.lay_out(folder, files)
            left = {}
        self._child = os.fork()
        if self._child == 0:
            self._control.close()
            own = child.Child(self._socket_path, folder, files)
            own.run(left, message.data_bytes, message.value_bytes)

    def _reap(self, pid: int = 0) -> int:
        """Kill every other process of the container; the status of the test's own child."""
        self._child = pid or self._child
        if os.getpid() == 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        elif self._child:  # at home there is no container: only the child's own group
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child, signal.SIGKILL)
        status = self._wait_for_all()
        self._child = 0
        for folder in (self._workdir, SHARED_MEMORY) if os.getpid() == 1 else (self._workdir,):
            scratch.empty(folder)
        return status

    def _wait_for_all(self) -> int:
        """Collect all dead children, adopted ones too; their pids count against the limit."""
        found = 0
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, 0)
                if pid == self._child:
                    found = status
        return found


if __name__ == "__main__":
    main()
