"""The wire between trusted host and untrusted guest: frames, messages and who may speak when.

Owns the frame format, the message types and their bounds; `values` owns what is inside arguments
and results. Does not own sockets or clocks (`host`, `guest`). Runs on both sides, so it imports
nothing of this package; the host relies on nothing that the guest's copy does.

Theory of operation
    frame    = control length (u32) | payload length (u32) | control | payload
    control  = one msgpack message, decoded into the frozen structs below
    payload  = raw bytes of arrays and byte strings, in the order in which control names them

Both lengths are checked before more than the beginning of the body is read, so an announced
gigabyte costs nothing, and the number of items is bounded by the control length. There is no
compression and nothing that names code. A conversation is strict question and answer;
`TRANSITIONS` is all of it:

    IDLE --send request--> WAITING --receive the reply with its id--> IDLE
    anything else -> ProtocolViolation
"""

import enum
import struct
from typing import Any, Literal

import msgspec

MiB = 1024 * 1024
HEADER = struct.Struct("!II")
MAX_CONTROL_BYTES = 2 * MiB
MAX_PAYLOAD_BYTES = 64 * MiB
READ_AHEAD_BYTES = 64 * 1024  # may be read before the lengths are known: most frames whole
JOINED_BYTES = 64 * 1024  # of payload that is copied, so that a frame is sent by one call

# First byte of a new connection from the guest: what it is for.
CONTROL_CHANNEL, CALL_CHANNEL, OUTPUT_CHANNEL = b"C", b"R", b"O"


class WireError(Exception):
    """A value or frame that may not cross the wire."""


class ProtocolViolation(WireError):
    """Bytes from the other side that are not a well-formed message at this point."""


# ---- messages -----------------------------------------------------------------------------


class Load(msgspec.Struct, frozen=True, tag="load", forbid_unknown_fields=True):
    """Host to supervisor: a part of the submission. File contents follow in the payload.

    A file that was named before goes on where it ended, so one may be larger than a payload.
    """

    files: tuple[tuple[str, int], ...]  # (path, size)


class Fork(msgspec.Struct, frozen=True, tag="fork", forbid_unknown_fields=True):
    """Host to supervisor: start a fresh child for one test."""

    data_bytes: int  # RLIMIT_DATA of the child; 0 leaves it unlimited


class Reap(msgspec.Struct, frozen=True, tag="reap", forbid_unknown_fields=True):
    """Host to supervisor: kill everything but yourself and clean up."""


class Done(msgspec.Struct, frozen=True, tag="done", forbid_unknown_fields=True):
    """Supervisor to host: the last command is carried out.

    `status` is the wait status of the child after `Reap` (a claim, only used for wording).
    """

    status: int = 0


Op = Literal[
    "call",
    "get",
    "set",
    "item",
    "set_item",
    "len",
    "keys",
    "value",
    "put",
    "value_and_grad",
    "load_checkpoint",
    "read_file",
    "seed",
]


class Request(msgspec.Struct, frozen=True, tag="request", forbid_unknown_fields=True):
    """Host to child: one operation on a module (by name) or on a held object (by handle id)."""

    id: int
    op: Op
    target: str | int = ""
    name: str = ""
    operands: Any = None  # encoded (args, kwargs); the payload holds their arrays


class Return(msgspec.Struct, frozen=True, tag="return", forbid_unknown_fields=True):
    """Child to host: the operation's value, encoded."""

    id: int
    value: Any


class Frame(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One line of a traceback in the student's own files."""

    file: str
    line: int
    function: str
    source: str


class Raise(msgspec.Struct, frozen=True, tag="raise", forbid_unknown_fields=True):
    """Child to host: the operation raised. Plain text only; nothing is rebuilt from it."""

    id: int
    type_name: str
    message: str
    frames: tuple[Frame, ...] = ()


Message = Load | Fork | Reap | Done | Request | Return | Raise
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
_encoder = msgspec.msgpack.Encoder()


# ---- frames -------------------------------------------------------------------------------


def frame(message: Message, payload: list[Any] | None = None) -> list[Any]:
    """One message as a list of buffers to send in order.

    Args:
        payload: contiguous byte buffers, in the order in which the message names them.

    Raises:
        WireError: control or payload is larger than its bound.
    """
    chunks = payload or []
    control = _encoder.encode(message)
    size = sum(memoryview(chunk).nbytes for chunk in chunks)
    _check_lengths(len(control), size, WireError)
    buffers = [HEADER.pack(len(control), size) + control, *chunks]
    return [b"".join(buffers)] if size <= JOINED_BYTES else buffers


def _check_lengths(control: int, payload: int, error: type[WireError]) -> None:
    if not 0 < control <= MAX_CONTROL_BYTES:
        raise error(f"message of {control} bytes; 1 to {MAX_CONTROL_BYTES} are allowed")
    if payload > MAX_PAYLOAD_BYTES:
        raise error(f"{payload / MiB:.0f} MiB of data; {MAX_PAYLOAD_BYTES // MiB} MiB are allowed")


class FrameReader:
    """Bytes in, one message out; never holds more than one frame, or `READ_AHEAD_BYTES`."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lengths: tuple[int, int] | None = None

    @property
    def room(self) -> int:
        """How many bytes may be read next."""
        return self._missing if self._lengths else READ_AHEAD_BYTES

    @property
    def _missing(self) -> int:
        """Bytes still needed for the current part (header or body)."""
        want = HEADER.size + sum(self._lengths) if self._lengths else HEADER.size
        return want - len(self._buffer)

    def feed(self, data: bytes | memoryview) -> tuple[Message, memoryview] | None:
        """Add received bytes; returns message and payload once the frame is whole.

        Raises:
            ProtocolViolation: bad lengths, more bytes than the frame, or not a message.
        """
        self._buffer += data
        if self._lengths is None and len(self._buffer) >= HEADER.size:
            control, payload = HEADER.unpack_from(self._buffer)
            _check_lengths(control, payload, ProtocolViolation)
            self._lengths = (control, payload)
        if self._lengths is None or self._missing > 0:
            return None
        if self._missing < 0:
            raise ProtocolViolation("more bytes than one message")
        return self._finish(self._lengths[0])

    def _finish(self, control: int) -> tuple[Message, memoryview]:
        whole = memoryview(self._buffer)
        self._buffer, self._lengths = bytearray(), None
        body = HEADER.size + control
        try:
            return _decoder.decode(whole[HEADER.size : body]), whole[body:]
        # RecursionError: msgspec's own guard against nesting; TypeError: unhashable key;
        # ValueError: invalid UTF-8
        except (
            msgspec.DecodeError,
            msgspec.ValidationError,
            RecursionError,
            TypeError,
            ValueError,
        ) as exc:
            raise ProtocolViolation("not a well-formed message") from exc


# ---- conversation -------------------------------------------------------------------------


class State(enum.Enum):
    """Where a conversation stands, seen from the host."""

    IDLE = enum.auto()
    WAITING = enum.auto()


TRANSITIONS: dict[tuple[State, type[msgspec.Struct]], State] = {
    (State.IDLE, Request): State.WAITING,
    (State.WAITING, Return): State.IDLE,
    (State.WAITING, Raise): State.IDLE,
}


class Conversation:
    """The host's half of question and answer with one child; no input or output of its own."""

    def __init__(self) -> None:
        self.state = State.IDLE
        self._id: int | None = None

    def sent(self, request: Request) -> None:
        """Note that a request went out."""
        self._move(request)
        self._id = request.id

    def received(self, message: Message) -> Return | Raise:
        """Check that a message is the one reply that is due.

        Raises:
            ProtocolViolation: wrong kind, wrong id, or nothing was asked.
        """
        self._move(message)
        if not isinstance(message, Return | Raise) or message.id != self._id:
            raise ProtocolViolation("a reply to a question that was not asked")
        return message

    def _move(self, message: Message) -> None:
        try:
            self.state = TRANSITIONS[self.state, type(message)]
        except KeyError:
            kind = type(message).__name__
            raise ProtocolViolation(f"{kind} while {self.state.name}") from None
