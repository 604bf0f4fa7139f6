"""The trusted half of the wire: asks the sandbox, with a deadline and a bound on everything.

Owns the conversation with one test's child, and in which ways it can end. Does not own the
sandbox's control channel (`supervision`), containers (`grader.sandbox`) nor what a suite sees
(`proxy`).

Theory of operation
    The guest connects twice per test: calls and output. While the host waits for an answer it
    drains the output too, so a flood of printing can neither block the answer nor grow memory:
    past the cap bytes are counted and dropped. A test has one budget of seconds, used up only
    while the host waits for the guest. Whatever goes wrong on the other side ends the test by
    raising `Stopped`, which is no `Exception`: a suite's `except` cannot swallow it.
"""

import secrets
import select
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grader import models
from grader.rpc import meters, printed, proxy, stall_credit, values, wire

CHUNK_BYTES = wire.MiB
MAX_OUTPUT_BYTES = 2 * 1024 * wire.MiB  # of one test; beyond it the test is stopped
HAD_ITS_SHARE = 0.9  # of a test's seconds, by the processor's clock
VALUE_SHARE = 4  # an answer may take this part of the memory that a test has
MAX_REASON_CHARS = 200
TOO_MUCH_MEMORY = "Used more memory than the sandbox has"


class Stopped(BaseException):
    """The test cannot go on, by the guest's doing; carries the verdict."""

    def __init__(self, verdict: models.Verdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message


class GuestLost(Stopped):
    """The sandbox as a whole is gone; the next test needs another one."""

    def __init__(self, *, memory_ran_out: bool = False) -> None:
        what, verdict = "The whole sandbox ended during this test", models.Verdict.CRASHED
        if memory_ran_out:  # why it says nothing any more
            what, verdict = TOO_MUCH_MEMORY, models.Verdict.MEMORY_LIMIT
        super().__init__(verdict, f"{what}; the other tests ran in a new one.")


class StudentRaised(Exception):
    """The student's code raised; everything in it is plain text from the other side.

    Attributes:
        importing: the module that was asked for and cannot be imported; empty if it is there.
    """

    def __init__(self, raised: wire.Raise, module: str | int = "") -> None:
        super().__init__(f"{raised.type_name}: {raised.message}".rstrip(": "))
        self.type_name = raised.type_name
        self.message = raised.message
        self.frames = raised.frames
        self.importing = str(module) if raised.importing else ""


class AnswerTooLarge(Exception):
    """What the student's code returned may not cross the wire; the message is for the student."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Your code returned more than can be compared: {reason:.{MAX_REASON_CHARS}}. Return "
            "what was asked for, as NumPy arrays or tensors rather than long lists."
        )


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one test may use.

    Attributes:
        test_s: seconds that the host waits for the guest, all calls together; more on a machine
            that is too busy to run it (`stall_credit`).
        data_bytes: writable memory of the child; 0 leaves it to the container's limit.
        output_bytes: how much printed text is kept.
    """

    test_s: float
    data_bytes: int = 0
    output_bytes: int = 64 * 1024

    @property
    def value_bytes(self) -> int:
        """Arrays and tensors of one answer: a share of the sandbox's memory, in which the answer, a
        copy of it and what it was made from have to fit; at least a frame.
        """
        share = self.data_bytes // VALUE_SHARE if self.data_bytes else wire.MAX_VALUE_BYTES
        return min(max(share, wire.MAX_PAYLOAD_BYTES), wire.MAX_VALUE_BYTES)


class ChildsSandbox(Protocol):
    """What a session needs of the sandbox in which its child runs."""

    @property
    def meter(self) -> meters.Meter:
        """What its kernel counts."""

    @property
    def memory(self) -> meters.MemoryWatch:
        """Whether memory ran out since the child was asked for."""

    def reap(self) -> int:
        """Kill everything but the supervisor; the child's claimed wait status."""


class Session:
    """The conversation with one test's child."""

    def __init__(
        self, calls: socket.socket, output: socket.socket, bounds: Bounds, guest: ChildsSandbox
    ) -> None:
        self._calls = calls
        self._printed = printed.Printed(output, bounds.output_bytes)
        self._guest = guest
        self._bounds = bounds
        self._conversation = wire.Conversation()
        self._memory = guest.memory
        self._cpu_before = guest.meter.cpu_s()
        self._peak_is_ours = guest.meter.reset_peak()
        self._patience = stall_credit.Patience()
        self.waited_s = 0.0
        self.ask_of_handles: proxy.Ask = self.ask  # who listens to all questions takes its place
        self._asked: str | int = 0  # what the last question was about
        self._deadline = 0.0
        self._poll = select.poll()
        for channel in (calls, output):
            channel.setblocking(False)
            self._poll.register(channel, select.POLLIN)

    def ask(self, op: wire.Op, target: str | int, name: str = "", *args: Any, **kwargs: Any) -> Any:
        """One operation in the guest; its value.

        Raises:
            StudentRaised: the student's code raised.
            AnswerTooLarge: it returned more than is taken.
            Stopped: no valid answer (time, memory, crash, protocol, output).
        """
        packer = values.Packer(proxy.handle_of)
        operands = packer.pack((args, kwargs))
        request = wire.Request(secrets.randbits(63), op, target, name, operands)
        self._asked = target
        started = time.monotonic()
        # One deadline for the whole exchange: a reply that trickles in does not renew it.
        self._deadline = started + self._bounds.test_s - self.waited_s
        try:
            self._conversation.sent(request)
            self._send(wire.frames(request, packer.payload))
            return self._receive()
        except wire.ProtocolViolation as exc:
            raise Stopped(
                models.Verdict.PROTOCOL_VIOLATION,
                f"The answer was not a well-formed message ({exc}). Something in the submission "
                "wrote to the grader's connection.",
            ) from exc
        finally:
            self.waited_s += time.monotonic() - started

    def finish(self) -> str:
        """End the child; what it printed, with a note of how much was cut off.

        Raises:
            Stopped: memory ran out in a process that the test itself did not notice.
        """
        try:
            self._drain_rest()
        finally:
            self._close()
            self._guest.reap()
        if self._memory.ran_out():
            raise self._memory_limit()
        return self._printed.text()

    def cpu_s(self) -> float | None:
        """CPU seconds of the sandbox since this session began."""
        now, before = self._guest.meter.cpu_s(), self._cpu_before
        return None if now is None or before is None else now - before

    def peak_bytes(self) -> int | None:
        """The most memory that the sandbox held since this session began."""
        return self._guest.meter.peak_bytes() if self._peak_is_ours else None

    # -- sending and receiving --------------------------------------------------------------

    def _send(self, buffers: Sequence[Any]) -> None:
        for buffer in buffers:
            view = memoryview(buffer).cast("B")
            while view:
                try:
                    view = view[self._calls.send(view) :]
                except BlockingIOError:
                    self._wait(select.POLLOUT)
                except OSError as exc:
                    raise self._died() from exc

    def _receive(self) -> Any:
        """The value of the reply, whose payload may come in parts."""
        parts = wire.PayloadParts(self._bounds.value_bytes)
        while True:
            message, payload = self._next_frame()
            reply = self._conversation.received(message)
            if not isinstance(reply, wire.PayloadPart):
                return self._open_reply(reply, parts.whole(payload))
            parts.add(payload)

    def _next_frame(self) -> tuple[wire.Message, memoryview]:
        reader = wire.FrameReader()
        while True:
            self._wait(select.POLLIN)
            try:
                data = self._calls.recv(min(reader.room, CHUNK_BYTES))
            except BlockingIOError:
                continue
            except OSError as exc:
                raise self._died() from exc
            if not data:
                raise self._died()
            if (whole := reader.feed(data)) is not None:
                return whole

    def _open_reply(self, reply: wire.Reply, payload: memoryview) -> Any:
        if isinstance(reply, wire.Raise):
            raise StudentRaised(reply, self._asked)
        if isinstance(reply, wire.TooLarge):
            raise AnswerTooLarge(reply.reason)
        return values.Unpacker(payload, self._adopt).unpack(reply.value)

    def _adopt(self, handle: values.Handle) -> proxy.Remote:
        return proxy.Remote(self.ask_of_handles, handle)

    def _wait(self, event: int) -> None:
        """Wait until the call channel is ready, reading printed output meanwhile."""
        self._poll.modify(self._calls, event)
        while True:
            left = self._left_s()
            if left <= 0:
                raise Stopped(
                    models.Verdict.TIME_LIMIT,
                    f"Did not finish within {self._bounds.test_s:g} s; the other tests were not "
                    "affected.",
                )
            ready = dict(self._poll.poll(left * 1000))
            if self._printed.fileno() in ready:
                self._read_output()
            if self._calls.fileno() in ready:
                return

    def _left_s(self) -> float:
        """Seconds until the deadline; later on a busy machine, unless the guest had its share."""
        left = self._deadline - time.monotonic()
        if left > 0 or (self.cpu_s() or 0.0) >= HAD_ITS_SHARE * self._bounds.test_s:
            return left
        return left + self._patience.extra_s()

    def _read_output(self) -> None:
        self._printed.read()
        if not self._printed.is_open:
            self._poll.unregister(self._printed)
        if self._printed.seen > MAX_OUTPUT_BYTES:
            raise Stopped(
                models.Verdict.OUTPUT_LIMIT, f"Printed more than {MAX_OUTPUT_BYTES} bytes."
            )

    def _drain_rest(self) -> None:
        """Read what was printed before the last answer and is still in the socket."""
        deadline = time.monotonic() + printed.CLOSING_DRAIN_S
        while self._printed.is_waiting(deadline):
            self._read_output()

    # -- ends -------------------------------------------------------------------------------

    def _died(self) -> Stopped:
        """Why the child hung up in the middle of a call."""
        if self._memory.ran_out():
            return self._memory_limit()
        return Stopped(
            models.Verdict.CRASHED,
            f"The process {_ending(self._guest.reap())} before it answered; the other tests were "
            "not affected.",
        )

    @staticmethod
    def _memory_limit() -> Stopped:
        return Stopped(
            models.Verdict.MEMORY_LIMIT,
            f"{TOO_MUCH_MEMORY}; the other tests were not affected.",
        )

    def _close(self) -> None:
        self._calls.close()
        self._printed.close()


def _ending(status: int) -> str:
    """How a process ended, from its (claimed) wait status."""
    number = status & 0x7F
    if number and number != signal.SIGKILL:
        try:
            return f"was ended by {signal.Signals(number).name}"
        except ValueError:
            pass
    return "ended"
