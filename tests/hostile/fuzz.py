"""The trusted side of the wire fed with anything: no crash, no hang, no growth.

`one` is a single trial from a string of bytes; `make test` calls it from hypothesis, `make fuzz`
for minutes, with atheris (guided by coverage) where that is installed and from a seeded random
generator where it is not. A trial may end in a value, `StudentRaised`, `AnswerTooLarge` or
`Stopped`; anything else is a hole.

The bytes are read as choices, so that most trials get past the first check: raw bytes, a frame
with the right lengths around any control part, or a well-formed reply around an odd value.
"""

import argparse
import contextlib
import random
import resource
import socket
import struct
import sys
import time

import msgspec
import torch  # noqa: F401  # as in the suite process: its import is no part of a trial

from grader.rpc import host, meters, values, wire
from tests.support import machine

TRIAL_S = 2.0  # far more than any trial needs; a longer one hangs
ANSWER_S = 0.2  # the budget of the test that a trial stands for
GROWTH_MB = 64  # of the whole process, after the first thousand trials
MAX_INPUT_BYTES = 4096
REPORT_S = 60.0
KINDS = [*values.DTYPES, "bfloat16", "complex32", "O", "f8,O", "U1", "V9", ">f8", ""]
NUMBERS = [0, 1, 2, 3, 8, 64, -1, -2, 2**31, 2**53, 2**62, 2**63 - 1, True, 1.5, float("nan")]
TEXTS = ["", "a", "0x1", "-0xff", "0x" + "f" * 2000, "\u202e\x1b[2J", "x" * 300]


class Choices:
    """A string of bytes read as a sequence of decisions; zeros when it is used up."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def below(self, bound: int) -> int:
        byte = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        return byte % bound

    def of(self, options):
        return options[self.below(len(options))]

    def rest(self, most: int = 1 << 30) -> bytes:
        taken = self._data[self._at : self._at + most]
        self._at += len(taken)
        return taken


def value(choices: Choices, depth: int = 0):
    """An encoded value: mostly a tag with roughly the right parts, sometimes nonsense."""
    kind = choices.below(16)
    if depth > 40 or kind == 15:
        return choices.of([None, True, 0, 1.5, "x", b"x", {}, [], {"a": 1}])
    if kind == 14:
        return choices.of(NUMBERS)
    if kind == 13:
        levels = choices.below(64)
        nested = value(choices, depth + 1 + levels)
        for _ in range(levels):
            nested = [0, nested]
        return nested
    if kind in (4, 5):
        return [kind, *(choices.of([*NUMBERS, *TEXTS]) for _ in range(1 + choices.below(3)))]
    if kind in (6, 9):
        return [kind, choices.of(NUMBERS), *(choices.of(TEXTS) for _ in range(choices.below(3)))]
    if kind in (7, 8, 10):
        shape = [choices.of([0, 1, 1, 2, 3, *NUMBERS]) for _ in range(choices.below(3))]
        return [kind, choices.of(KINDS), *([shape] if choices.below(8) else [])]
    return [kind, *(value(choices, depth + 1) for _ in range(choices.below(6)))]


def speech(data: bytes, asked: int) -> bytes:
    """What the guest says in one trial, in answer to the request of that id."""
    choices = Choices(data)
    mode = choices.below(10)
    if mode == 0:
        return choices.rest()
    if mode == 1:
        control = choices.rest()
        return struct.pack("!II", len(control), 0) + control
    if mode == 2:
        lengths = [
            choices.of([0, 1, 8, 2**21, 2**21 + 1, 2**26, 2**26 + 1, 2**32 - 1]) for _ in "ab"
        ]
        return struct.pack("!II", *lengths) + choices.rest()
    message = {"type": "return", "id": asked, "value": value(choices)}
    if mode == 3:
        frames = [[choices.of(TEXTS), choices.below(9), choices.of(TEXTS), "x"]] * choices.below(9)
        names = {"type_name": choices.of(TEXTS), "message": choices.of(TEXTS)}
        message = {"type": "raise", "id": asked, **names, "frames": frames}
    if mode == 5:
        kinds = [{"type": "too_large", "reason": choices.of(TEXTS)}, {"type": "part"}]
        message = {**choices.of(kinds), "id": choices.of([asked, asked, 0])}
    control = bytearray(msgspec.msgpack.encode(message))
    if mode == 4:
        for _ in range(1 + choices.below(4)):
            control[choices.below(256) % len(control)] = choices.below(256)
    payload = bytes(choices.of([0, 0, 1, 2, 4, 8, 8, 16, 24])) + choices.rest(
        choices.of([0, 0, 0, 64])
    )
    last = struct.pack("!II", len(control), len(payload)) + bytes(control) + payload
    return b"".join(_part(choices, asked) for _ in range(3 * (mode == 6))) + last


def _part(choices: Choices, asked: int) -> bytes:
    """A part of a payload; one that is shorter than what the host reads at once is refused."""
    control = msgspec.msgpack.encode({"type": "part", "id": choices.of([asked, asked, 0])})
    size = choices.of([wire.READ_AHEAD_BYTES, wire.READ_AHEAD_BYTES, 0, 8])
    return struct.pack("!II", len(control), size) + control + bytes(size)


class Mute:
    """The rest of the sandbox, which says nothing."""

    meter = meters.NoMeter()
    memory = meters.MemoryWatch(meter)

    def reap(self) -> int:
        return 0


def one(data: bytes) -> str:
    """One trial: a question is asked, the guest says something; how that ended.

    Raises:
        AssertionError: it took too long.
        Exception: whatever the trusted side must not let out.
    """
    started = time.perf_counter()
    ours, theirs = socket.socketpair()
    printed, output = socket.socketpair()
    with ours, theirs, printed, output:
        session = host.Session(ours, printed, host.Bounds(ANSWER_S), Mute())
        ended = _ask(session, theirs, data)
    took = time.perf_counter() - started
    slow = took >= TRIAL_S and took >= TRIAL_S * machine.slowness(time.perf_counter)
    assert not slow, f"a trial of {took:.1f} s"
    return ended


def _ask(session: host.Session, guest: socket.socket, data: bytes) -> str:
    send = session._send

    def answer_at_once(buffers):
        """Let the question out, then speak and hang up, in one thread."""
        send(buffers)
        header = guest.recv(wire.HEADER.size)
        control, payload = wire.HEADER.unpack(header)
        asked = msgspec.msgpack.decode(guest.recv(control + payload)[:control])["id"]
        guest.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # more than the socket holds: cut off there
            guest.send(speech(data, asked))
        guest.shutdown(socket.SHUT_WR)

    session._send = answer_at_once
    try:
        got = session.ask("call", "layers", "double", 1)
    except host.StudentRaised:
        return "raised"
    except host.AnswerTooLarge:
        return "too large"
    except host.Stopped as exc:
        return exc.verdict.value
    return f"value {type(got).__name__}"


def resident_mb() -> float:
    """The largest this process has been."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Tally:
    """Counts trials and watches the memory."""

    def __init__(self, seconds: float) -> None:
        self.ends_at, self.told_at = time.monotonic() + seconds, time.monotonic()
        self.trials, self.base_mb = 0, 0.0
        self.endings: dict[str, int] = {}

    def __call__(self, data: bytes) -> None:
        ended = one(data)
        self.trials += 1
        self.endings[ended] = self.endings.get(ended, 0) + 1
        if self.trials == 1000:
            self.base_mb = resident_mb()
        if self.trials > 1000:
            assert resident_mb() - self.base_mb < GROWTH_MB, f"grew to {resident_mb():.0f} MB"
        if time.monotonic() - self.told_at > REPORT_S or self.over:
            self.told_at = time.monotonic()
            print(self.told(), flush=True)

    @property
    def over(self) -> bool:
        return time.monotonic() > self.ends_at

    def told(self) -> str:
        growth = resident_mb() - self.base_mb if self.base_mb else 0
        return f"{self.trials} trials, {growth:.0f} MB grown, endings {self.endings}"


def by_chance(tally: Tally, seed: int) -> None:
    """Trials from a seeded generator."""
    source = random.Random(seed)
    while not tally.over:
        tally(source.randbytes(source.randrange(1, 200)))


def by_coverage(tally: Tally) -> None:
    """Trials from atheris, which ends the process itself."""
    import atheris

    atheris.instrument_func(values.Unpacker._value)
    for module in (host, values, wire):
        for kind in list(vars(module).values()):
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                for method, function in list(vars(kind).items()):
                    if callable(function) and hasattr(function, "__code__"):
                        setattr(kind, method, atheris.instrument_func(function))
    left = max(int(tally.ends_at - time.monotonic()), 1)
    options = [f"-max_total_time={left}", f"-max_len={MAX_INPUT_BYTES}", "-timeout=10"]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=0"], tally)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--by", choices=["coverage", "chance", "best"], default="best")
    options = parser.parse_args()
    tally = Tally(options.seconds)
    if options.by == "best":
        try:
            import atheris  # noqa: F401  # only to see whether it is there
        except ImportError:
            options.by = "chance"
        else:
            options.by = "coverage"
    print(f"by {options.by}, seed {options.seed}", flush=True)
    if options.by == "coverage":
        by_coverage(tally)
    else:
        by_chance(tally, options.seed)


if __name__ == "__main__":
    main()
