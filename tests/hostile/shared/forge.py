"""Frames by hand, sent behind the back of the guest's own code. Part of hostile submissions."""

import os
import socket
import stat
import struct
import sys

import msgspec


def frame(message, payload=b""):
    control = msgspec.msgpack.encode(message)
    return struct.pack("!II", len(control), len(payload)) + control + payload


def raw(control, payload=b""):
    return struct.pack("!II", len(control), len(payload)) + control + payload


def request_id():
    """The id of the question that is being answered, from the guest's own frames."""
    found = sys._getframe()
    while found is not None:
        message = found.f_locals.get("message")
        if hasattr(message, "id"):
            return message.id
        found = found.f_back
    raise RuntimeError("no question found")


def sockets():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                yield fd
        except OSError:
            pass


def to_all(data):
    for fd in sockets():
        try:
            os.write(fd, data)
        except OSError:
            pass


def answer(value, payload=b""):
    """A reply with the right id."""
    to_all(frame({"type": "return", "id": request_id(), "value": value}, payload))


def all_of(data):
    """Everything, to the call connection alone, as fast as it is taken."""
    for fd in sockets():
        connection = socket.socket(fileno=os.dup(fd))
        connection.setblocking(True)
        connection.sendall(data)
