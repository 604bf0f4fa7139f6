"""A guest on a student's own machine: what it means there that it starts late.

Owns waiting for the guest's first connection, and telling a slow machine from a submission that
ended. In a sandbox silence is the submission's doing (`rpc.host`); at home nobody gains by it, and
a laptop that is asleep or swapping must not turn a right answer into a wrong one.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from typing import Final

from grader import errors
from grader.rpc import host, meters, supervision

LOOK_S: Final = 0.5  # between two looks at whether it has ended
SLOW: Final = (
    "This machine is too busy: {}. Nothing is wrong with your code by that; close other programs, "
    "then try again."
)


class LocalGuest(supervision.Guest):
    """A guest whose lateness is the machine's fault, as long as it is there."""

    def __init__(self, listener: socket.socket, control: socket.socket) -> None:
        super().__init__(listener, control, meters.NoMeter())
        self._line = control

    def load(self, files: Mapping[str, bytes]) -> None:
        """Hand over the submission; none of it runs yet.

        Raises:
            OperatorError: it is not taken.
        """
        try:
            super().load(files)
        except host.GuestLost as exc:
            raise errors.OperatorError(SLOW.format("your files were not loaded in time")) from exc

    def open(self, bounds: host.Bounds) -> host.Session:
        """A process for one test.

        Raises:
            OperatorError: it has not started in time.
            GuestLost: the guest has ended.
        """
        try:
            return super().open(bounds)
        except host.GuestLost as exc:
            if _has_hung_up(self._line):
                raise
            raise errors.OperatorError(SLOW.format("a test could not be started in time")) from exc


def first_connection(
    listener: socket.socket, seconds: float, has_ended: Callable[[], bool] = lambda: False
) -> socket.socket:
    """The control channel of a guest that has just been started.

    Args:
        has_ended: whether there is nothing to wait for any more.

    Raises:
        OperatorError: it does not connect within so many seconds, or has ended.
    """
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not has_ended():
        listener.settimeout(min(LOOK_S, left))
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            connection.settimeout(max(deadline - time.monotonic(), LOOK_S))
            connection.recv(1)
            return connection
    if has_ended():
        raise errors.OperatorError(
            "Python could not be started for your code; what it said is printed above."
        )
    raise errors.OperatorError(SLOW.format(f"Python did not start within {seconds:g} s"))


def _has_hung_up(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        return not line.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
