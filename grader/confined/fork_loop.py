"""The loop of a preloaded template: a fork for each request, with a channel of its own.

Owns the template's side of the start of confined processes, and that a child never comes back into
the loop. The parent's side is `confined.template_process`, which says how the two talk.
"""

import contextlib
import gc
import os
import select
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from grader.confined import rights

MAX_REQUEST_BYTES = 64 * 1024
MAX_FDS = 9
STATUS = struct.Struct("=i")  # of a child, as `os.waitpid` gives it
READY = b"ready\n"
FORKED = b"p"
GO = b"g"  # the parent knows its child, which may begin


@dataclass(frozen=True, slots=True)
class Start:
    """What a child begins with.

    Attributes:
        channel: its end of the channel.
        fds: the descriptors that came with the request.
        scratch: the one folder that it may write to, once it has given up its rights.
    """

    channel: socket.socket
    request: bytes
    fds: list[int]
    scratch: str


def serve(requests: socket.socket, work: Callable[[Start], None]) -> None:
    """Fork a child for each request until the parent hangs up.

    Args:
        work: what a child does; the process ends after it, whatever it raises.
    """
    rights.leave_network()  # inherited by every child
    gc.freeze()  # keep the preloaded objects' pages shared
    requests.sendall(READY)
    children = Children(requests)
    while True:
        if not children.reap_until_asked():
            continue
        packet, fds = receive(requests)
        if not packet:
            return
        children.fork(packet, fds, work)


class Children:
    """The forks of a template: each is reaped as it ends, and its parent reads how it ended.

    Args:
        requests: where the parent asks for forks.
    """

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._running: dict[int, tuple[int, int]] = {}  # pidfd -> (pid, writing side of its end)
        self._poll = select.poll()
        self._poll.register(requests, select.POLLIN)

    def reap_until_asked(self) -> bool:
        """Wait for a request or the end of a child; whether there is a request."""
        ready = {fd for fd, _ in self._poll.poll()}
        for pidfd in ready & self._running.keys():
            self._poll.unregister(pidfd)
            pid, end = self._running.pop(pidfd)
            _pid, status = os.waitpid(pid, 0)
            with contextlib.suppress(BrokenPipeError):  # the parent has forgotten the child
                os.write(end, STATUS.pack(status))
            os.close(end)
            os.close(pidfd)
        return self._requests.fileno() in ready

    def fork(self, packet: bytes, fds: list[int], work: Callable[[Start], None]) -> None:
        """Fork a child that works on a request, and hand the parent what it knows it by."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._forget(reading, writing)
            _work(packet, fds, work)
        for fd in fds:
            os.close(fd)
        pidfd = os.pidfd_open(pid)
        socket.send_fds(self._requests, [FORKED], [pidfd, reading])
        os.close(reading)
        self._running[pidfd] = pid, writing
        self._poll.register(pidfd, select.POLLIN)

    def _forget(self, *fds: int) -> None:
        """Close, in a child, what is the template's: it could signal and speak for the others."""
        self._requests.close()
        for pidfd, (_pid, end) in self._running.items():
            os.close(pidfd)
            os.close(end)
        for fd in fds:
            os.close(fd)


def receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """One packet with its descriptors."""
    packet, fds, _flags, _address = socket.recv_fds(channel, MAX_REQUEST_BYTES, MAX_FDS)
    return packet, list(fds)


def _work(packet: bytes, fds: list[int], work: Callable[[Start], None]) -> NoReturn:
    """All that a child does; it never returns into the template's loop."""
    try:
        scratch, request = msgspec.msgpack.decode(packet, type=tuple[str, bytes])
        channel = socket.socket(fileno=fds[0])
        if channel.recv(1) == GO:
            work(Start(channel, request, fds[1:], scratch))
    finally:
        os._exit(0)
