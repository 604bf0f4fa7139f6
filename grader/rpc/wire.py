"""The wire between trusted host and untrusted guest: frames, messages and who may speak when.

Owns the frame format, the message types and their bounds; `values` owns what is inside arguments
and results. Does not own sockets or clocks (`host`, `channel`). Runs on both sides, so it imports
nothing of this package; the host relies on nothing that the guest's copy does.

Theory of operation
    frame    = control length (u32) | payload length (u32) | control | payload
    control  = one msgpack message, decoded into the frozen structs below
    payload  = raw bytes of arrays and byte strings, in the order in which control names them

Both lengths are checked before more than the beginning of the body is read, so an announced
gigabyte costs nothing, and the number of items is bounded by the control length. There is no
compression and nothing that names code. A payload larger than a frame holds comes in parts, in
frames of their own before the message; all parts together have a bound as well (`Fork`). A
conversation is strict question and answer; `TRANSITIONS` is all of it:

    IDLE --send request--> WAITING --receive the reply with its id--> IDLE
                           WAITING --receive a part with its id-----> WAITING
    anything else -> ProtocolViolation
"""

import enum
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

MB = 1_000_000  # what a person reads
MiB = 1024 * 1024
HEADER = struct.Struct("!II")
MAX_CONTROL_BYTES = 2 * MiB
MAX_PAYLOAD_BYTES = 64 * MiB  # of one frame
MAX_VALUE_BYTES = 256 * MiB  # of a value in parts, however much memory a sandbox has
READ_AHEAD_BYTES = 64 * 1024  # may be read before the lengths are known: most frames whole
LOAD_BYTES = MAX_PAYLOAD_BYTES // 2  # of files in one frame
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
    value_bytes: int = MAX_PAYLOAD_BYTES  # arrays and tensors of one answer; more is not taken


class Skipped(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A statement of a notebook that tests' processes do not run: a claim of the student's own.

    Attributes:
        path: the notebook.
        number: of its statements, from 0.
        reason: a word of `rehearsal`.
        text: what the statement raised, for example.
    """

    path: str
    number: int
    reason: str
    text: str = ""


class Rehearse(msgspec.Struct, frozen=True, tag="rehearse", forbid_unknown_fields=True):
    """Host to supervisor: find out which statements of notebooks work, before the first test."""

    data_bytes: int  # RLIMIT_DATA of the process that runs them; 0 leaves it unlimited
    known: tuple[Skipped, ...] | None = None  # from another sandbox of the same submission


class Rehearsed(msgspec.Struct, frozen=True, tag="rehearsed", forbid_unknown_fields=True):
    """Supervisor to host: the statements that are skipped."""

    skipped: tuple[Skipped, ...]


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
    importing: bool = False  # while the module that was asked for was being imported


class TooLarge(msgspec.Struct, frozen=True, tag="too_large", forbid_unknown_fields=True):
    """Child to host: the operation has a value, but one that may not cross. Plain text only."""

    id: int
    reason: str


class PayloadPart(msgspec.Struct, frozen=True, tag="part", forbid_unknown_fields=True):
    """Both ways: the next bytes of a payload; the message itself comes with the last of them."""

    id: int


Reply = Return | Raise | TooLarge
Message = Load | Fork | Rehearse | Rehearsed | Reap | Done | Request | Reply | PayloadPart
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


def frames(message: Request | Return, payload: list[Any], most: int = MAX_VALUE_BYTES) -> list[Any]:
    """One message as `frame` makes it, behind the parts of a payload that no frame holds.

    Args:
        most: bytes that all parts may have together.

    Raises:
        WireError: there are more, or control is larger than its bound.
    """
    chunks = [memoryview(chunk) for chunk in payload]
    size = sum(chunk.nbytes for chunk in chunks)
    if size > most:
        raise WireError(f"{size / MB:.0f} MB of arrays, of which {most / MB:.0f} MB can be taken")
    parts: list[Any] = []
    while size > MAX_PAYLOAD_BYTES:
        head, chunks = _split(chunks, MAX_PAYLOAD_BYTES)
        parts += frame(PayloadPart(message.id), head)
        size -= MAX_PAYLOAD_BYTES
    return parts + frame(message, chunks)


def _split(chunks: list[memoryview], size: int) -> tuple[list[memoryview], list[memoryview]]:
    """The first bytes of some buffers, and the rest; nothing is copied."""
    head: list[memoryview] = []
    for number, chunk in enumerate(chunks):
        if len(chunk) > size:
            return [*head, chunk[:size]], [chunk[size:], *chunks[number + 1 :]]
        head.append(chunk)
        size -= len(chunk)
    return head, []


class PayloadParts:
    """The payload of one message, put together from the parts that came before it.

    Args:
        most: bytes that it may have in all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._whole = bytearray()

    def add(self, payload: memoryview) -> None:
        """Take up one part.

        Raises:
            ProtocolViolation: more bytes than all parts may have, or none.
        """
        if not payload or len(self._whole) + len(payload) > self._most:
            raise ProtocolViolation(f"a payload of more than {self._most / MB:.0f} MB")
        self._whole += payload

    def whole(self, last: memoryview) -> memoryview:
        """All of the payload, now that the message itself has come.

        Raises:
            ProtocolViolation: see `add`.
        """
        if not self._whole:
            return last
        self.add(last)
        return memoryview(self._whole)


def portions(files: Mapping[str, bytes]) -> Iterator[list[tuple[str, memoryview]]]:
    """The files cut into parts and the parts gathered, so that each list fits into one frame."""
    portion: list[tuple[str, memoryview]] = []
    room = LOAD_BYTES
    for path, content in files.items():
        rest = memoryview(content)
        while len(rest) > room:
            yield [*portion, (path, rest[:room])]
            portion, rest, room = [], rest[room:], LOAD_BYTES
        portion.append((path, rest))
        room -= len(rest)
    yield portion


def _check_lengths(control: int, payload: int, error: type[WireError]) -> None:
    if not 0 < control <= MAX_CONTROL_BYTES:
        raise error(
            f"{control / MB:.1f} MB of numbers and text outside of arrays, of which "
            f"{MAX_CONTROL_BYTES / MB:.0f} MB can be taken"
        )
    if payload > MAX_PAYLOAD_BYTES:
        raise error(
            f"{payload / MB:.0f} MB of arrays, of which {MAX_PAYLOAD_BYTES / MB:.0f} MB can be "
            "taken at once"
        )


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
    (State.WAITING, TooLarge): State.IDLE,
    (State.WAITING, PayloadPart): State.WAITING,
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

    def received(self, message: Message) -> Reply | PayloadPart:
        """Check that a message is the one reply that is due, or a part of its payload.

        Raises:
            ProtocolViolation: wrong kind, wrong id, or nothing was asked.
        """
        self._move(message)
        if not isinstance(message, Reply | PayloadPart) or message.id != self._id:
            raise ProtocolViolation("a reply to a question that was not asked")
        return message

    def _move(self, message: Message) -> None:
        try:
            self.state = TRANSITIONS[self.state, type(message)]
        except KeyError:
            kind = type(message).__name__
            raise ProtocolViolation(f"{kind} while {self.state.name}") from None
