"""The half of the wire that runs beside student code. UNTRUSTED: it holds no secret and no limit.

Owns carrying out requests inside the sandbox. Whatever it says is a claim of the student's
process; the host bounds, times and checks everything again. Imports only what lies beside it.

Theory of operation
    supervisor (PID 1)  imports numpy or torch once, connects the control channel, keeps the
                        submission in memory, and never runs a line of it
      |- compiler       forked once, before the first test: bytecode of the sources
                        (`bytecode`), and libraries for the supervisor to import (`shared_imports`)
      |- rehearsal      forked before the first test where there are notebooks: which of their
                        statements work (`rehearsal`)
      `- child          forked per test: own folder with fresh copies of the files, own call and
                        output connections, imports the submission, answers until the host hangs up

`Reap` kills all but the supervisor and empties /tmp and /dev/shm, so no process, file or module
state of one test is there in the next, or ends the container. What has no encoding stays here.
"""

import argparse
import contextlib
import ctypes
import importlib
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from grader.rpc import (
    bytecode,
    missing_modules,
    preload,
    raised,
    rehearsal,
    rlimits,
    scratch,
    shared_imports,
    values,
    wire,
)

PR_SET_DUMPABLE = 4
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # the container's own; the other place to write to
CHUNK_BYTES = wire.MiB
INLINE_NESTED_BYTES = 4 * wire.MiB  # a nested container larger than this stays as a handle
MAX_KEYS = 100_000


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


def connect(path: str, channel: bytes) -> socket.socket:
    """A new connection to the host, opened with the byte that says what it is for."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    connection.sendall(channel)
    return connection


def receive(connection: socket.socket) -> tuple[wire.Message, memoryview] | None:
    """The next message, or None when the host hung up."""
    reader = wire.FrameReader()
    while True:
        data = connection.recv(min(reader.room, CHUNK_BYTES))
        if not data:
            return None
        if (whole := reader.feed(data)) is not None:
            return whole


def send(
    connection: socket.socket, message: wire.Message, payload: list[Any] | None = None
) -> None:
    """Send one message."""
    for buffer in wire.frame(message, payload):
        connection.sendall(buffer)


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
        self._control = connect(socket_path, wire.CONTROL_CHANNEL)

    def serve(self) -> None:
        """Carry out commands until the host hangs up."""
        while (received := receive(self._control)) is not None:
            message, payload = received
            if isinstance(message, wire.Load):
                self._load(message, payload)
                send(self._control, wire.Done())
            elif isinstance(message, wire.Fork):
                self._fork(message)
                send(self._control, wire.Done())
            elif isinstance(message, wire.Rehearse):
                send(self._control, wire.Rehearsed(self._rehearse(message)))
            elif isinstance(message, wire.Reap):
                send(self._control, wire.Done(self._reap()))

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
            child = Child(self._socket_path, folder, files)
            child.run(left, message.data_bytes, message.value_bytes)

    def _reap(self, child: int = 0) -> int:
        """Kill every other process of the container; the status of the test's own child."""
        self._child = child or self._child
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


class Child:
    """One test's process: imports the submission and answers requests."""

    def __init__(self, socket_path: str, folder: Path, paths: Collection[str] = ()) -> None:
        self._socket_path = socket_path
        self._folder = folder
        self._paths = paths
        self._prefix = f"{folder}{os.sep}"
        self._importing = False  # the module that a request names
        self.held: dict[int, object] = {}

    def run(self, left: dict[str, bytes], data_bytes: int, value_bytes: int) -> NoReturn:
        """Lay out the files that are left, and answer until the host hangs up; never returns."""
        try:
            os.setsid()
            rlimits.die_first()
            self._calls = connect(self._socket_path, wire.CALL_CHANNEL)
            self._capture_output()
            scratch.lay_out(self._folder, left)
            scratch.enter(self._folder)
            missing_modules.install(self._prefix, self._paths)
            rlimits.limit_data(data_bytes)
            while (received := self._receive()) is not None:
                self._answer(*received, value_bytes)
        finally:
            os._exit(0)

    def _capture_output(self) -> None:
        """Point stdin at nothing and stdout and stderr at the host's output channel."""
        output = connect(self._socket_path, wire.OUTPUT_CHANNEL)
        with open(os.devnull, "rb") as null:  # noqa: PTH123  # a device, not a path of ours
            os.dup2(null.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        output.close()

    def _receive(self) -> tuple[wire.Message, memoryview] | None:
        """The next request, whole; None when the host hung up."""
        parts = wire.PayloadParts(wire.MAX_VALUE_BYTES)
        while (received := receive(self._calls)) is not None:
            if not isinstance(received[0], wire.PayloadPart):
                return received[0], parts.whole(received[1])
            parts.add(received[1])
        return None

    def _answer(self, message: wire.Message, payload: memoryview, value_bytes: int) -> None:
        if not isinstance(message, wire.Request):
            raise wire.ProtocolViolation("only requests are answered")
        self._importing = False
        try:
            result = self._perform(message, payload)
            packer = values.Packer(self._hold)
            reply = wire.Return(message.id, self._encode(packer, result, message.op))
        except BaseException as exc:  # SystemExit is the student's too
            buffers = wire.frame(self._described(message.id, exc))
        else:
            buffers = _buffers(reply, packer.payload, value_bytes)
        self._flush()
        for buffer in buffers:
            self._calls.sendall(buffer)

    def _described(self, request_id: int, exc: BaseException) -> wire.Raise:
        return raised.describe(request_id, exc, self._prefix, importing=self._importing)

    @staticmethod
    def _flush() -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()

    # -- operations -------------------------------------------------------------------------

    def _perform(self, request: wire.Request, payload: memoryview) -> object:
        target = self._target(request.target)
        args, kwargs = values.Unpacker(payload, self._recall).unpack(request.operands)
        operation = getattr(self, f"_op_{request.op}")
        return operation(target, request.name, *args, **kwargs)

    def _target(self, target: str | int) -> Any:
        if isinstance(target, int):
            return self.held[target] if target else None
        self._importing = not missing_modules.is_of_the_course(target)
        module = importlib.import_module(target)
        self._importing = False
        return module

    def _recall(self, handle: values.Handle) -> object:
        return self.held[handle.id]

    def _hold(self, value: object) -> values.Handle:
        number = len(self.held) + 1
        self.held[number] = value
        return values.Handle(number, values.type_name(value))

    @staticmethod
    def _op_call(target: Any, name: str, *args: Any, **kwargs: Any) -> object:
        function = getattr(target, name) if name else target
        return function(*args, **kwargs)

    @staticmethod
    def _op_get(target: Any, name: str) -> object:
        return getattr(target, name)

    @staticmethod
    def _op_set(target: Any, name: str, value: object) -> None:
        setattr(target, name, value)

    @staticmethod
    def _op_item(target: Any, _name: str, key: Any) -> object:
        return target[key]

    @staticmethod
    def _op_set_item(target: Any, _name: str, key: Any, value: object) -> None:
        target[key] = value

    @staticmethod
    def _op_len(target: Any, _name: str) -> int:
        return len(target)

    @staticmethod
    def _op_keys(target: Any, _name: str) -> list[Any]:
        return [key for key, _ in zip(target, range(MAX_KEYS), strict=False)]

    @staticmethod
    def _op_value(target: Any, _name: str) -> object:
        return target

    @staticmethod
    def _op_put(_target: Any, _name: str, value: object) -> object:
        return value

    @staticmethod
    def _op_value_and_grad(target: Any, name: str, *rest: Any) -> object:
        function = getattr(target, name) if name else target
        return _with_torch("autograd").value_and_grad(function, *rest)

    @staticmethod
    def _op_load_checkpoint(target: Any, _name: str, path: str) -> object:
        return _with_torch("checkpoints").load(target, path)

    @staticmethod
    def _op_read_file(_target: Any, name: str) -> bytes:
        return Path(name).read_bytes()

    @staticmethod
    def _op_seed(_target: Any, _name: str, seed: int) -> None:
        random.seed(seed)
        np.random.seed(seed)  # the generator that submissions use
        if (torch := sys.modules.get("torch")) is not None:
            torch.manual_seed(seed)

    # -- replies ----------------------------------------------------------------------------

    def _encode(self, packer: values.Packer, result: object, op: wire.Op) -> Any:
        """By value what can be; what was reached into (and `put`) keeps its identity here."""
        stays = op == "put" or (op in ("get", "item") and isinstance(result, dict | list | set))
        if stays:
            return packer.refer(result)
        if type(result) is tuple and op == "call":
            return [values.Tag.TUPLE, *(self._encode_part(packer, part) for part in result)]
        return _plain_or_handle(packer, result)

    def _encode_part(self, packer: values.Packer, part: object) -> Any:
        """A part of a returned tuple; a large container (a cache of columns) is not copied out."""
        if isinstance(part, tuple | list | dict) and _bytes_inside(part) > INLINE_NESTED_BYTES:
            return packer.refer(part)
        return _plain_or_handle(packer, part)


def _buffers(reply: wire.Return, payload: list[Any], value_bytes: int) -> list[Any]:
    """The reply as it is sent, or in its place why it may not be."""
    try:
        return wire.frames(reply, payload, value_bytes)
    except wire.WireError as exc:
        return wire.frame(wire.TooLarge(reply.id, str(exc)))


def _with_torch(name: str) -> Any:
    """A module beside this one that needs PyTorch, imported only when asked for."""
    return importlib.import_module(f"grader.rpc.{name}")


def _plain_or_handle(packer: values.Packer, value: object) -> Any:
    """The value's encoding, or a handle when it is nested too deep (a cycle, for example)."""
    before = len(packer.payload)
    try:
        return packer.pack(value)
    except wire.WireError:
        del packer.payload[before:]
        return packer.refer(value)


def _bytes_inside(container: Any, depth: int = 0) -> int:
    """Rough size of the arrays in a container, two levels deep: enough to spot a large cache."""
    items: Any = container.values() if isinstance(container, dict) else container
    nested: Callable[[Any], int] = (
        (lambda item: _bytes_inside(item, depth + 1)) if depth < 1 else (lambda _item: 0)
    )
    return sum(
        nested(item) if isinstance(item, tuple | list | dict) else getattr(item, "nbytes", 0)
        for item in items
    )


if __name__ == "__main__":
    main()
