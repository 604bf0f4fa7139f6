"""The guest's ends of its connections to the host: open one, read a message, send one.

Owns blocking reads and writes of whole messages. Does not own what is said (`wire`), nor the
host's ends, which have deadlines (`control`, `session`).
"""

import socket
from typing import Any

from grader.rpc import wire

CHUNK_BYTES = wire.MiB


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
