"""One test's process in the sandbox. UNTRUSTED: student code runs in it.

Owns importing the submission and carrying out requests. Does not own the process's beginning and
end (`guest`). Whatever it answers is the student's claim; the host bounds and checks all of it.
What has no encoding stays here, and the host gets a handle.
"""

import contextlib
import importlib
import os
import random
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from grader.rpc import channel, missing_modules, raised, rlimits, scratch, values, wire

INLINE_NESTED_BYTES = 4 * wire.MiB  # a nested container larger than this stays as a handle
MAX_KEYS = 100_000


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
            self._calls = channel.connect(self._socket_path, wire.CALL_CHANNEL)
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
        output = channel.connect(self._socket_path, wire.OUTPUT_CHANNEL)
        with open(os.devnull, "rb") as null:  # noqa: PTH123  # a device, not a path of ours
            os.dup2(null.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        output.close()

    def _receive(self) -> tuple[wire.Message, memoryview] | None:
        """The next request, whole; None when the host hung up."""
        parts = wire.PayloadParts(wire.MAX_VALUE_BYTES)
        while (received := channel.receive(self._calls)) is not None:
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
    """A module next to this one that needs PyTorch, imported only when asked for."""
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
