"""A template that dies once at a chosen moment of a hand-over, and children that say what they got.

The moment stands in a file, which is removed when it has struck: the next template works.
"""

import os
import socket
import time
from pathlib import Path

from grader.confined import fork_loop

MOMENTS = ("before the fork", "after the fork", "with its pidfd", "after a pause")


def _once(folder, moment):
    marker = folder / moment
    if marker.exists():
        marker.unlink()
        return True
    return False


def arm(folder):
    """Let the fork loop of this process die, or dawdle, once."""
    real_fork, real_open, real_send = os.fork, os.pidfd_open, socket.send_fds

    def fork():
        if _once(folder, "before the fork"):
            os._exit(1)
        pid = real_fork()
        if pid and _once(folder, "after the fork"):
            os._exit(1)
        return pid

    def pidfd_open(pid):
        if _once(folder, "after a pause"):
            time.sleep(0.3)
        return real_open(pid)

    def send_fds(*args):
        if _once(folder, "with its pidfd"):
            os._exit(1)
        return real_send(*args)

    os.fork, os.pidfd_open, socket.send_fds = fork, pidfd_open, send_fds


def serve(requests):
    arm(Path(os.environ["DYING_FOLDER"]))
    fork_loop.serve(requests, _work)


def _work(start):
    """Note that work began; read all of the descriptor that came along, from where it stands."""
    with (Path(start.request.decode()) / "began").open("a") as file:
        file.write("x")
    start.channel.sendall(b"got " + os.read(start.fds[0], 1000) if start.fds else b"got nothing")
