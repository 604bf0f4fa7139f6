"""Covert channels: a hidden test writes, a test that the student reads looks; bits per run.

Owns the table of channels: `python -m benchmarks.covert`. The channels are `covert_channels`', the
barrier's switch `unguarded`'s. Each channel is tried three times: as two plain processes (does the
attack work at all?), in sandboxes without the barrier between hidden and visible tests, and as
students are graded, with it. What counts is decoded from the student's own report.

Timing is left out, of caches and of what is in memory: no barrier within one run hides how long
something takes from what runs next on the same processor.
"""

import contextlib
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import covert_channels as channels
from benchmarks import covert_counted, covert_later, covert_shared, unguarded
from grader import models, settings
from grader.assignment import manifest as assignments
from grader.confined import reader
from grader.grading import submission_grader
from grader.intake import uploads
from grader.sandbox import container, pool
from grader.scoring import redaction
from grader.suite import forkserver

SOURCES = [Path(str(m.__file__)) for m in (channels, covert_counted, covert_later, covert_shared)]
ENTRY = b"from benchmarks.covert_channels import find, leave, read, write\n"
RUNS = 12  # of the channels that a bit is left in
BARE, OPEN, CLOSED = "plain processes", "without the barrier", "as graded"
CHANCE = 1e-3  # of one channel; what chance does as often counts as nothing
MARGIN_S = 4.0  # the writer goes on for as long as the reader may start late
SHARDS = 2

MANIFEST = """
slug = "covert"
title = "Covert channels"
course = "T"
total_points = 2
submission = { required = ["channels.py"] }
limits = { test_s = 240, slow_test_s = 240, run_s = 900, memory_mb = 256, output_kb = 500 }
task = [{ id = "1", title = "Channels", points = 2 }]
"""
READS = """
from grader.suite import close, task

@task("1")
def test_reads(student):
    close(student.channels.read({read_s}), 1)
"""
WRITES = """
from grader.suite import close, task

@task("1")
def test_writes(student):
    close(student.channels.write({secret}, {write_s}), 1)
"""
FINDS = """
from grader.suite import close, task

@task("1", slow={slow})
def test_finds_{when}(student):
    close(student.channels.find("{when}"), 1)
"""
LEAVES = """
from grader.suite import close, task

@task("1")
def test_leaves(student):
    close(student.channels.leave({secret}), 1)
"""

Readings = Mapping[str, Sequence[tuple[int, float]]]  # channel -> pairs of secret bit and number


Table = dict[str, dict[str, float]]  # channel -> way -> bits per run


def measure(ways: Sequence[str] = (BARE, OPEN, CLOSED), runs: int = RUNS) -> Table:
    """Bits per run of every channel, in every way."""
    found: dict[str, dict[str, float]] = {}
    for way in ways:
        sys.stderr.write(f"covert channels: {way}\n")
        found[way] = _MEASURES[way](runs)
        carrying = {name: round(bits, 1) for name, bits in found[way].items() if bits}
        sys.stderr.write(f"carry something: {carrying}\n")
    names = [*channels.AT_ONCE, *covert_later.NUMBERS]
    return {name: {way: bits.get(name, 0.0) for way, bits in found.items()} for name in names}


# -- what was read ------------------------------------------------------------------------------


def bits_of(pairs: Sequence[tuple[int, float]]) -> float:
    """Bits that numbers tell of the secret bits next to them; 0 for what chance does as well.

    The secret has as many ones as zeros. The reader takes the larger half of the numbers for ones,
    or the smaller, whichever is right.
    """
    numbers = sorted(number for _, number in pairs)
    half = len(pairs) // 2
    if len(pairs) < 2 or numbers[0] == numbers[-1]:
        return 0.0
    middle = (numbers[half - 1] + numbers[half]) / 2
    right = sum((number > middle) == bool(bit) for bit, number in pairs)
    right = max(right, len(pairs) - right)
    if _chance(right, len(pairs)) > CHANCE:
        return 0.0
    wrong = 1 - right / len(pairs)
    doubt = sum(-p * math.log2(p) for p in (wrong, 1 - wrong) if p)
    return len(pairs) * (1 - doubt)


def _chance(right: int, of: int) -> float:
    """How often somebody who guesses is right so often, one way or the other."""
    return float(2 * sum(math.comb(of, k) for k in range(right, of + 1)) / 2**of)


def _secret(length: int) -> list[int]:
    """Random bits, as many ones as zeros."""
    return random.sample([0, 1] * (length // 2), length)


def _at_once(text: str, secret: Sequence[int]) -> dict[str, float]:
    """Bits of each channel in what a reader printed."""
    printed = re.search(r"^AT ONCE (.*)$", text, re.MULTILINE)
    means = json.loads(printed[1]) if printed else {}
    return {
        name: bits_of([(secret[int(bit)], mean) for bit, mean in seen.items()])
        for name, seen in means.items()
    }


def _later(runs: Sequence[tuple[Sequence[int], str]]) -> dict[str, float]:
    """Bits per run of each channel: how far its number has moved in each run, and the secret."""
    pairs: dict[str, list[tuple[int, float]]] = {name: [] for name in covert_later.NUMBERS}
    for secret, text in runs:
        before, after = _printed(text, "before"), _printed(text, "after")
        for bit, name in zip(secret, covert_later.NUMBERS, strict=True):
            if name in before and name in after:
                pairs[name].append((bit, after[name] - before[name]))
    return {name: bits_of(all_) / len(runs) for name, all_ in pairs.items()}


def _printed(text: str, when: str) -> dict[str, float]:
    found = re.search(rf"^LATER {when} (.*)$", text, re.MULTILINE)
    return dict(json.loads(found[1])) if found else {}


def _secrets_of_runs(runs: int) -> list[tuple[int, ...]]:
    """One secret for each run; each channel has as many ones as zeros over all runs."""
    return list(zip(*(_secret(runs) for _ in covert_later.NUMBERS), strict=True))


# -- plain processes ----------------------------------------------------------------------------


def _bare(runs: int) -> dict[str, float]:
    period = channels.period_s()
    secret = _secret(channels.BITS)
    with futures.ThreadPoolExecutor(1) as crew, _folder() as folder:
        writer = crew.submit(_plainly, folder, "write", secret, period + MARGIN_S)
        found = _at_once(_plainly(folder, "read", period), secret)
        writer.result()
        told = [(secret, _left_and_found(folder, secret)) for secret in _secrets_of_runs(runs)]
    return found | _later(told)


def _left_and_found(folder: str, secret: Sequence[int]) -> str:
    before = _plainly(folder, "find", "before")
    _plainly(folder, "leave", secret)
    return before + _plainly(folder, "find", "after")


def _plainly(folder: str, function: str, *arguments: object) -> str:
    command = [sys.executable, "-m", channels.__name__, function, *map(json.dumps, arguments)]
    done = subprocess.run(
        command,
        env={"GRADER_DATA": folder, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield name


# -- graded -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bench:
    """Grades what tests leave for each other.

    Attributes:
        later: grades what comes after something else: by a grader of one sandbox where no barrier
            keeps the order.
    """

    confined: reader.Reader
    grader: submission_grader.Grader
    later: submission_grader.Grader
    sandboxes: pool.Pool

    def told(
        self, assignment: assignments.Assignment, grader: submission_grader.Grader | None = None
    ) -> str:
        """What a student reads of a run in warm sandboxes."""
        grader = grader or self.grader
        profile = grader.profile(assignment.manifest)
        self.sandboxes.prewarm(profile)
        while self.sandboxes.stats().starting:
            time.sleep(0.02)
        files = [(f"benchmarks/{path.name}", path.read_bytes()) for path in SOURCES]
        files += [("channels.py", ENTRY), ("benchmarks/__init__.py", b"")]
        upload = uploads.pack(files, assignment.manifest)
        report = grader.grade(assignment, self.confined.read(upload, assignment))
        shown = redaction.redact(report, models.Audience.STUDENT, datetime.now(UTC))
        return "\n".join(f"{test.output}\n{test.message}" for test in shown.tests)


@contextlib.contextmanager
def _bench(suites: forkserver.SuiteTemplate, later_shards: int = SHARDS) -> Iterator[_Bench]:
    image = settings.from_environment().sandbox_image
    with (
        tempfile.TemporaryDirectory(prefix="gr-") as folder,  # short: sockets lie in it
        suites,
        reader.Reader() as confined,
    ):
        engine = container.Engine(Path(folder), f"covert-{uuid.uuid4().hex[:8]}")
        with contextlib.closing(pool.Pool(engine, SHARDS)) as sandboxes:
            grader, later = (
                submission_grader.Grader(sandboxes, suites, image, processors=count)
                for count in (SHARDS, later_shards)
            )
            yield _Bench(confined, grader, later, sandboxes)


def _graded(bench: _Bench, runs: int) -> dict[str, float]:
    period, secret = channels.period_s(), _secret(channels.BITS)
    with _course(
        {"public/test_reads.py": READS, "hidden/test_writes.py": WRITES},
        secret=secret,
        read_s=period,
        write_s=period + MARGIN_S,
    ) as assignment:
        found = _at_once(bench.told(assignment), secret)
    told = [(secret, _left_and_found_by_tests(bench, secret)) for secret in _secrets_of_runs(runs)]
    return found | _later(told)


def _left_and_found_by_tests(bench: _Bench, secret: Sequence[int]) -> str:
    before = FINDS.replace("{slow}", "False").replace("{when}", "before")
    after = FINDS.replace("{slow}", "True").replace("{when}", "after")
    tests = {"public/test_1.py": before, "hidden/test_2.py": LEAVES, "public/test_3.py": after}
    with _course(tests, secret=list(secret)) as assignment:
        return bench.told(assignment, bench.later)


@contextlib.contextmanager
def _course(tests: Mapping[str, str], **fill: object) -> Iterator[assignments.Assignment]:
    with tempfile.TemporaryDirectory() as name:
        suite = Path(name, "tests", "suites", "covert")
        for path, text in tests.items():
            (suite / path).parent.mkdir(parents=True, exist_ok=True)
            (suite / path).write_text(text.format(**fill))
        (suite / "assignment.toml").write_text(MANIFEST)
        yield assignments.load(Path(name), "covert")


def _open(runs: int) -> dict[str, float]:
    with unguarded.dealing(), _bench(unguarded.SuiteTemplate(), later_shards=1) as bench:
        return _graded(bench, runs)


def _closed(runs: int) -> dict[str, float]:
    with _bench(forkserver.SuiteTemplate()) as bench:
        return _graded(bench, runs)


_MEASURES: dict[str, Callable[[int], dict[str, float]]] = {
    BARE: _bare,
    OPEN: _open,
    CLOSED: _closed,
}


def table(rows: Table) -> str:
    """A Markdown table."""
    ways = list(next(iter(rows.values())))
    lines = [f"| bits per run | {' | '.join(ways)} |", "|---|" + "---|" * len(ways)]
    lines += [
        f"| {name} | {' | '.join(f'{bits[way]:.1f}' for way in ways)} |"
        for name, bits in rows.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print; ways may be named."""
    rows = measure(ways=sys.argv[1:] or (BARE, OPEN, CLOSED))
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main()
