"""The host's hold on one sandbox: load a submission, rehearse it, fork a child per test, reap.

Owns the control channel and its deadlines. Does not own the conversation with a test's child
(`host.Session`), nor the container (`grader.sandbox`).
"""

import contextlib
import socket
from collections.abc import Mapping
from typing import Any

from grader.rpc import control, host, meters, stall_credit, wire

CONTROL_DEADLINE_S = 10.0  # forking takes milliseconds; only a dead guest needs more
LOAD_DEADLINE_S = 60.0  # of 32 MB at most, on a machine that may be overloaded; none runs yet
REHEARSAL_DEADLINE_S = 140.0  # the guest ends it earlier


class Guest:
    """One sandbox: loads a submission once, then forks a fresh child per test.

    Args:
        listener: listening socket to which the sandbox connects.
        channel: its control channel, already open.
    """

    def __init__(
        self, listener: socket.socket, channel: socket.socket, meter: meters.Meter
    ) -> None:
        self._listener = listener
        self._control = channel
        self.meter = meter
        self.memory = meters.MemoryWatch(meter)  # since the process in use was asked for

    def load(self, files: Mapping[str, bytes]) -> None:
        """Hand over the submission, once.

        Raises:
            host.GuestLost: the supervisor does not answer.
        """
        for parts in wire.portions(files):
            listing = tuple((path, len(content)) for path, content in parts)
            contents = [content for _, content in parts if content]
            self._asked(wire.Load(listing), wire.Done, LOAD_DEADLINE_S, contents)

    def rehearse(
        self, bounds: host.Bounds, known: tuple[wire.Skipped, ...] | None = None
    ) -> tuple[wire.Skipped, ...]:
        """Have the guest find out which statements of notebooks work: its claim.

        Args:
            known: what another guest of the same submission claimed; it is taken over.

        Raises:
            host.GuestLost: the supervisor does not answer.
        """
        self.memory = meters.MemoryWatch(self.meter)
        message = wire.Rehearse(bounds.data_bytes, known)
        reply = self._asked(message, wire.Rehearsed, REHEARSAL_DEADLINE_S)
        return reply.skipped

    def open(self, bounds: host.Bounds) -> host.Session:
        """Fork a child and accept its two connections."""
        self._drop_strangers()
        self.memory = meters.MemoryWatch(self.meter)
        self._command(wire.Fork(bounds.data_bytes, bounds.value_bytes))
        channels: dict[bytes, socket.socket] = {}
        deadline = stall_credit.Deadline(CONTROL_DEADLINE_S)
        with contextlib.ExitStack() as accepted:
            while channels.keys() != {wire.CALL_CHANNEL, wire.OUTPUT_CHANNEL}:
                kind, connection = self._accept(deadline)
                channels[kind] = accepted.enter_context(connection)
            accepted.pop_all()
        calls, output = channels[wire.CALL_CHANNEL], channels[wire.OUTPUT_CHANNEL]
        return host.Session(calls, output, bounds, self)

    def reap(self) -> int:
        """Kill everything in the sandbox but its supervisor; the child's claimed wait status."""
        reply = self._command(wire.Reap())
        return reply.status

    def _command(self, message: wire.Fork | wire.Reap) -> wire.Done:
        return self._asked(message, wire.Done, CONTROL_DEADLINE_S)

    def _asked(
        self,
        message: wire.Message,
        answer: type[control.Answer],
        seconds: float,
        payload: list[Any] | None = None,
    ) -> control.Answer:
        try:
            return control.ask(self._control, message, answer, seconds, payload)
        except control.Unanswered as exc:
            raise self._lost() from exc

    def _accept(self, deadline: stall_credit.Deadline) -> tuple[bytes, socket.socket]:
        try:
            return control.accept(self._listener, deadline)
        except control.Unanswered as exc:
            raise self._lost() from exc

    def _lost(self) -> host.GuestLost:
        """Why nothing answers: a sandbox without memory is silent, too, or far too slow."""
        return host.GuestLost(memory_ran_out=self.memory.ran_out())

    def _drop_strangers(self) -> None:
        """Close connections that nobody asked for: left over from the previous test's child."""
        self._listener.settimeout(0)
        try:
            while True:
                self._listener.accept()[0].close()
        except (BlockingIOError, ConnectionError):
            return
