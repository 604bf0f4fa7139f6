"""What the student's code prints during one test: read as it comes, counted, kept up to a cap.

Owns the host's end of the output connection. Does not own when it is read (`host` does so while it
waits for an answer, so a flood of printing can neither block the answer nor grow memory), nor what
may be shown of it (`grader.scoring.points`).
"""

import select
import socket
import time

CHUNK_BYTES = 1024 * 1024
CLOSING_DRAIN_S = 0.05  # grace for output that is still on its way when a test ends


class Printed:
    """The printed text of one test.

    Args:
        connection: the output channel, not blocking.
        most: bytes that are kept.

    Attributes:
        seen: bytes read so far.
        is_open: whether more may come.
    """

    def __init__(self, connection: socket.socket, most: int) -> None:
        self._connection = connection
        self._most = most
        self._kept = bytearray()
        self.seen = 0
        self.is_open = True

    def fileno(self) -> int:
        """The connection's descriptor, for `poll`."""
        return self._connection.fileno()

    def read(self) -> None:
        """Read what has come."""
        try:
            data = self._connection.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.is_open = bool(data)
        self.seen += len(data)
        self._kept += data[: self._most - len(self._kept)]

    def is_waiting(self, deadline: float) -> bool:
        """Whether more has come, at the end of a test."""
        in_time = self.is_open and time.monotonic() < deadline
        return in_time and bool(select.select([self._connection], [], [], 0)[0])

    def text(self) -> str:
        """The kept output, with a note of how much was cut off."""
        text = self._kept.decode("utf-8", "backslashreplace")
        cut = self.seen - len(self._kept)
        return f"{text}\n[{cut} more bytes were printed and not kept]" if cut else text

    def close(self) -> None:
        """Forget the connection."""
        self._connection.close()
