"""The submission of the covert-channel bench: a writer and a reader for every kernel object found.

Owns the channels and their timing. Uploaded with its parts (`PARTS`), so it imports nothing of
ours; `benchmarks.covert` also runs it without any sandbox, to see that each channel carries
something where nothing stops it.

Theory of operation
    Channels of `AT_ONCE` need writer and reader at one time. Both go by the machine's clock, which
    all processes share: a turn for each channel and bit, again and again. In a turn the writer
    holds its state or does not, and the reader samples.

    Channels of `covert_later` need no meeting: the writer changes a number once, the reader prints
    it.
"""

import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import covert_counted as counted
from benchmarks import covert_later as later
from benchmarks import covert_shared as shared

BITS: Final = 64
TURN_S: Final = counted.TURN_S
PLAIN_USER: Final = 65534

State = contextlib.AbstractContextManager[Any]


@dataclass(frozen=True, slots=True)
class Channel:
    """One kernel object: `hold` is the writer's state for one turn, `look` the reader's sample."""

    hold: Callable[[], State]
    look: Callable[[], float]


AT_ONCE: dict[str, Channel] = {
    "lock (flock) on the shared folder": Channel(shared.flock, shared.flock_is_free),
    "shared lock on it": Channel(shared.flock_shared, shared.flock_is_free),
    "lease, and /proc/locks": Channel(shared.leased, shared.locks_listed),
    "inotify": Channel(shared.touching, shared.notified),
    "notification by signal": Channel(shared.touching, shared.signalled),
    "memory in /proc/meminfo": Channel(counted.memory, counted.figures("/proc/meminfo", "Shmem:")),
    "memory in /proc/vmstat": Channel(counted.memory, counted.figures("/proc/vmstat", "nr_shmem ")),
    "memory by sysinfo": Channel(counted.memory, counted.shared_memory_by_call),
    "open files in /proc/sys/fs": Channel(counted.files, counted.figures("/proc/sys/fs/file-nr")),
    "threads in /proc/loadavg": Channel(counted.threads, counted.load),
    "context switches in /proc/stat": Channel(
        counted.switching, counted.rise_of("/proc/stat", "ctxt")
    ),
    "faults in /proc/vmstat": Channel(counted.memory, counted.rise_of("/proc/vmstat", "pgfault")),
    "sockets in /proc/net": Channel(
        shared.abstract_socket, counted.figures("/proc/net/sockstat", "sockets")
    ),
    "signals queued, per user": Channel(counted.signals_queued, counted.signals_of_the_user),
    "timers, per user": Channel(counted.timers, counted.signals_of_the_user),
    "descriptors on their way, per user": Channel(
        counted.descriptors_on_their_way, counted.may_send
    ),
    "pages of pipes, per user": Channel(counted.large_pipes, counted.size_of_a_new_pipe),
    "abstract socket": Channel(shared.abstract_socket, shared.abstract_name_is_free),
    "port": Channel(shared.port, shared.port_is_free),
    "shared segment (System V)": Channel(shared.shared_segment, shared.segment_is_there),
    "message queue": Channel(shared.queue, shared.queue_is_there),
    "key": Channel(shared.key, shared.key_is_there),
    "shared mapping of the image (futex)": Channel(shared.waking, shared.woken),
    "load of the processor": Channel(counted.busy, counted.done_in_a_while),
}


def _schedule(seconds: float) -> Iterator[tuple[str, Channel, int, float]]:
    """Channel, bit and end of each turn, by the common clock, until time is over."""
    names = list(AT_ONCE)
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        turn = int(now / TURN_S)
        at, bit = divmod(turn % (len(names) * BITS), BITS)
        yield names[at], AT_ONCE[names[at]], bit, (turn + 1) * TURN_S
        time.sleep(max((turn + 1) * TURN_S - time.monotonic(), 0))


def period_s() -> float:
    """Seconds in which every bit of every channel has its turn."""
    return len(AT_ONCE) * BITS * TURN_S


def write(secret: Sequence[int], seconds: float) -> int:
    """Hold each channel's state in the turns whose bit is set."""
    for _, channel, bit, end in _schedule(seconds):
        with contextlib.suppress(Exception), contextlib.ExitStack() as stack:
            if secret[bit]:
                stack.enter_context(channel.hold())
            time.sleep(max(end - TURN_S / 10 - time.monotonic(), 0))
    return 1


def read(seconds: float) -> int:
    """Print the mean sample of each channel and bit."""
    seen: dict[str, dict[int, list[float]]] = {name: {} for name in AT_ONCE}
    for name, channel, bit, end in _schedule(seconds):
        time.sleep(TURN_S / 3)  # the writer is there
        while time.monotonic() < end - TURN_S / 3:
            with contextlib.suppress(Exception):
                sample = channel.look()
                seen[name].setdefault(bit, []).append(sample)
            time.sleep(TURN_S / 20)
    means = {
        name: {bit: sum(all_) / len(all_) for bit, all_ in bits.items()}
        for name, bits in seen.items()
    }
    print("AT ONCE", json.dumps(means), flush=True)
    return 1


def leave(secret: Sequence[int]) -> int:
    """Change the number of each channel whose bit is set."""
    for bit, (change, _) in zip(secret, later.NUMBERS.values(), strict=True):
        if bit:
            with contextlib.suppress(Exception):
                change()
    return 1


def find(when: str) -> int:
    """Print the number of each channel."""
    numbers = {}
    for name, (_, look) in later.NUMBERS.items():
        with contextlib.suppress(Exception):
            numbers[name] = look()
    print("LATER", when, json.dumps(numbers), flush=True)
    return 1


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))  # as in a sandbox
    if os.geteuid() == 0:  # the kernel counts nothing against root
        os.setuid(PLAIN_USER)
    globals()[sys.argv[1]](*map(json.loads, sys.argv[2:]))
