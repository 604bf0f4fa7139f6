"""What keeping hidden tests away from student code costs: calls, bytes, processes, containers.

Owns the table of the parts of isolation: `python -m benchmarks.isolation`. Real containers; each
figure is a median, with the fastest and slowest beside it.
"""

import contextlib
import functools
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np

from grader import settings
from grader.rpc import host, meters, proxy, supervision
from grader.sandbox import cgroup, container, policy

MiB = 1024**2
CONTAINERS, FORKS, CALLS, ARRAYS = 5, 60, 3000, 40
ARRAY_BYTES = 8 * MiB
SUBMISSION = {"m.py": b"def same(x):\n    return x\n"}
BOUNDS = host.Bounds(600.0)

Figures = dict[str, list[float]]  # title -> figures


def measure() -> Figures:
    """Every figure, for both runtimes where they differ."""
    chosen = settings.from_environment()
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:  # short: sockets lie in it
        engine = container.Engine(Path(folder), f"bench-{uuid.uuid4().hex[:8]}")
        for library in ("numpy", "torch"):
            profile = policy.Profile(chosen.sandbox_image, library, 1024 * MiB)
            figures |= _of(engine, profile, library)
    return figures


def _of(engine: container.Engine, profile: policy.Profile, library: str) -> Figures:
    inside: Figures = {}
    starts, work, ends = [], [], []
    for _ in range(CONTAINERS):
        started = time.perf_counter()
        sandbox = engine.start(profile)
        starts.append(time.perf_counter() - started)
        work.append(cgroup.cpu_seconds(sandbox.meters.cpu_fd) or 0.0)
        if not inside:
            guest = supervision.Guest(sandbox.listener, sandbox.control, meters.NoMeter())
            guest.load(SUBMISSION)
            inside = {f"{library}: {title}": figures for title, figures in _inside(guest).items()}
        ends.append(_ms(functools.partial(engine.destroy, sandbox)))
    return {
        f"{library}: start a sandbox until it is warm, ms": [1e3 * s for s in starts],
        f"{library}: processor time of its start, ms": [1e3 * s for s in work],
        f"{library}: destroy it, ms": ends,
        **inside,
    }


def _inside(guest: supervision.Guest) -> Figures:
    """Figures of one sandbox in use."""
    forks = [_ms(lambda: guest.open(BOUNDS).finish()) for _ in range(FORKS)]
    with contextlib.closing(_Open(guest)) as session:
        student = proxy.Student(session.ask)
        student.m.same(0)
        calls = [_per_second(lambda: student.m.same(0), CALLS // 10) for _ in range(10)]
        array = np.zeros(ARRAY_BYTES // 8)
        rates = [_per_second(lambda: student.m.same(array), ARRAYS // 10) for _ in range(10)]
    return {
        "a process for a test, from fork to reap, ms": forks,
        "calls of a function, per second": calls,
        "arrays there and back, MB/s": [2 * ARRAY_BYTES / 1e6 * rate for rate in rates],
    }


class _Open:
    """A session that ends with its block."""

    def __init__(self, guest: supervision.Guest) -> None:
        self._session = guest.open(BOUNDS)
        self.ask = self._session.ask

    def close(self) -> None:
        self._session.finish()


def _ms(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return 1e3 * (time.perf_counter() - started)


def _per_second(action: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        action()
    return count / (time.perf_counter() - started)


def table(measured: Figures) -> str:
    """A Markdown table."""
    lines = ["| part | median | min-max |", "|---|---|---|"]
    for title, figures in measured.items():
        middle = statistics.median(figures)
        lines.append(f"| {title} | {middle:,.1f} | {min(figures):,.1f}-{max(figures):,.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(measure()) + "\n")
