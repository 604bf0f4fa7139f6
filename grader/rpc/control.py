"""The trusted end of a sandbox's control channel: one command, one answer, within its time.

Owns sending commands to the supervisor and waiting for its answers. Does not own what is commanded,
nor what a lost guest means (`supervision`).
"""

import contextlib
import functools
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from grader.rpc import stall_credit, wire

CHUNK_BYTES = wire.MiB

Answer = TypeVar("Answer", wire.Done, wire.Rehearsed)
Result = TypeVar("Result")


class Unanswered(Exception):
    """The supervisor does not answer, or not what was asked."""


def ask(
    connection: socket.socket,
    message: wire.Message,
    answer: type[Answer],
    seconds: float,
    payload: list[Any] | None = None,
) -> Answer:
    """Send a command and wait for its answer, longer where the machine is too busy for one.

    Raises:
        Unanswered: nothing of the kind arrives within so many seconds.
    """
    deadline = stall_credit.Deadline(seconds)
    try:
        for buffer in wire.frame(message, payload):
            _send(connection, buffer, deadline)
        reply = _reply(connection, deadline)
    except (OSError, wire.ProtocolViolation) as exc:
        raise Unanswered from exc
    if not isinstance(reply, answer):
        raise Unanswered
    return reply


def accept(listener: socket.socket, deadline: stall_credit.Deadline) -> tuple[bytes, socket.socket]:
    """The next connection, and the byte that says what it is for.

    Raises:
        Unanswered: none comes in time.
    """
    with contextlib.ExitStack() as undo:
        try:
            connection = _in_time(listener, deadline, lambda: listener.accept()[0])
            undo.callback(connection.close)
            kind = _in_time(connection, deadline, lambda: connection.recv(1))
        except OSError as exc:
            raise Unanswered from exc
        undo.pop_all()
        return kind, connection


def _send(connection: socket.socket, buffer: Any, deadline: stall_credit.Deadline) -> None:
    view = memoryview(buffer).cast("B")
    while view:
        sent = _in_time(connection, deadline, functools.partial(connection.send, view))
        view = view[sent:]


def _reply(connection: socket.socket, deadline: stall_credit.Deadline) -> wire.Message:
    reader = wire.FrameReader()
    while True:
        receive = functools.partial(connection.recv, min(reader.room, CHUNK_BYTES))
        data = _in_time(connection, deadline, receive)
        if not data:
            raise Unanswered
        if (whole := reader.feed(data)) is not None:
            return whole[0]


def _in_time(
    waited_for: socket.socket, deadline: stall_credit.Deadline, action: Callable[[], Result]
) -> Result:
    """Do what may block on a socket; TimeoutError if the deadline, as put off so far, passes."""
    while True:
        waited_for.settimeout(deadline.left_s())
        with contextlib.suppress(TimeoutError):  # how much it is put off shows by now
            return action()
