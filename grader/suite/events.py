"""What a suite process reports while it runs: typed events, one JSON line each.

Owns the line format between the suite process and the worker. It is written by a process that has
decoded hostile bytes, so the reader checks every line against these types and a length.
"""

from fractions import Fraction
from typing import Any

import msgspec

from grader import models, wording
from grader.rpc import wire

# A test's output is a line's largest part: 1 MB at most (`limits.output_kb`), of which
# each byte may take five when it is made visible (`\x01`).
MAX_LINE_BYTES = 8 * wording.MB


class Collected(msgspec.Struct, frozen=True, tag="collected"):
    """All tests of the suite, before the first one runs.

    Attributes:
        kept: names of those that do not run, because an earlier outcome holds.
    """

    cases: tuple[models.TestCase, ...]
    kept: tuple[str, ...] = ()


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """One test ended.

    Attributes:
        suspicion: file, line and error of what may be a mistake in the test itself; see `blame`.
    """

    outcome: models.Outcome
    suspicion: str = ""


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """CPU seconds of the calls under one budget; None where they cannot be read."""

    budget: str
    cpu_s: float | None


class SandboxLost(msgspec.Struct, frozen=True, tag="sandbox_lost"):
    """The sandbox is gone, or of no more use: what still runs in it must end before the next event
    counts, which may let a test begin in another sandbox that a student reads.

    Attributes:
        memory_ran_out: the kernel counted a kill in it, so nothing outside ended it.
    """

    memory_ran_out: bool = False


class SandboxWanted(msgspec.Struct, frozen=True, tag="sandbox_wanted"):
    """There is no sandbox, or none any more; one is awaited on the same channel."""


class StatementsSkipped(msgspec.Struct, frozen=True, tag="statements_skipped"):
    """Statements of the submission's notebooks that no test runs: a claim of the submission."""

    statements: tuple[wire.Skipped, ...]


class Remarked(msgspec.Struct, frozen=True, tag="remarked"):
    """Something about the submission's files for the notes of the report: its own claim."""

    text: str
    test: str = ""


class Attempted(msgspec.Struct, frozen=True, tag="attempted"):
    """What a confined process could still do: attempt -> "allowed" or the errno's name."""

    results: dict[str, str]


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """Every test has run; how much processor time the suite process took for it."""

    cpu_s: float = 0.0


class SuiteBroken(msgspec.Struct, frozen=True, tag="suite_broken"):
    """The suite itself is wrong: not the student's fault, staff must act."""

    message: str


class MachineFault(msgspec.Struct, frozen=True, tag="machine_fault"):
    """The machine failed under the suite: the run is tried again."""

    message: str


Event = (
    Collected
    | Finished
    | Measured
    | SandboxLost
    | SandboxWanted
    | StatementsSkipped
    | Remarked
    | Attempted
    | Ended
    | SuiteBroken
    | MachineFault
)


def _encode(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    raise TypeError(type(value).__name__)


def _decode(kind: type, value: Any) -> Any:
    if kind is Fraction and isinstance(value, str):
        return Fraction(value)
    raise TypeError(kind.__name__)


_encoder = msgspec.json.Encoder(enc_hook=_encode)
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, dec_hook=_decode)


def to_line(event: Event) -> bytes:
    """The event as one line."""
    return _encoder.encode(event) + b"\n"


def from_line(line: bytes) -> Event:
    """The event of one line.

    Raises:
        ValueError: not an event (msgspec's errors are ValueErrors).
    """
    return _decoder.decode(line)
