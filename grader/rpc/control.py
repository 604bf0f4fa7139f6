"""The trusted end of a sandbox's control channel: one command, one answer, within its time.

Owns sending commands to the supervisor and waiting for its answers. Does not own what is commanded,
nor what a lost guest means (`host`).
"""

import socket
import time
from typing import Any, TypeVar

from grader.rpc import wire

CHUNK_BYTES = wire.MiB

Answer = TypeVar("Answer", wire.Done, wire.Rehearsed)


class Unanswered(Exception):
    """The supervisor does not answer, or not what was asked."""


def ask(
    connection: socket.socket,
    message: wire.Message,
    answer: type[Answer],
    seconds: float,
    payload: list[Any] | None = None,
) -> Answer:
    """Send a command and wait for its answer.

    Raises:
        Unanswered: nothing of the kind arrives within so many seconds.
    """
    deadline = time.monotonic() + seconds
    try:
        for buffer in wire.frame(message, payload):
            connection.settimeout(left(deadline))
            connection.sendall(buffer)
        reply = _reply(connection, deadline)
    except (OSError, wire.ProtocolViolation) as exc:
        raise Unanswered from exc
    if not isinstance(reply, answer):
        raise Unanswered
    return reply


def _reply(connection: socket.socket, deadline: float) -> wire.Message:
    reader = wire.FrameReader()
    while True:
        connection.settimeout(left(deadline))
        data = connection.recv(min(reader.room, CHUNK_BYTES))
        if not data:
            raise Unanswered
        if (whole := reader.feed(data)) is not None:
            return whole[0]


def left(deadline: float) -> float:
    """Seconds until a deadline, never 0 (which would mean non-blocking)."""
    return max(deadline - time.monotonic(), 0.001)
