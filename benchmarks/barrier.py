"""What the barrier costs: gradings with and without it, in turn, in one run on one machine.

Owns the table of the barrier: `python -m benchmarks.barrier`. Latency is one submission in two warm
sandboxes, which have to wait for each other between the stages; throughput several at once, where
each has one sandbox. Tests marked slow are left out of both: their training would hide what is to
be seen.
"""

import contextlib
import functools
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks import unguarded, ways
from grader import models, settings
from grader.assignment import manifest as assignments
from grader.confined import reader
from grader.grading import bench, submission_grader
from grader.intake import source_rules
from grader.sandbox import container, pool
from grader.suite import forkserver, run_options

SLUG = "csc413_a2"
SHARDS = 2
ROUNDS = 8  # of each way, in turn
AT_ONCE = 6  # submissions of the measure of throughput
BATCHES = 3
AIM = 1.05
WITH, WITHOUT = "with the barrier", "without"

Figures = dict[str, dict[str, list[float]]]  # measure -> way -> seconds
Grade = Callable[[], models.Report]


def measure(rounds: int = ROUNDS, batches: int = BATCHES) -> Figures:
    """Seconds of single gradings, and of several at once, with and without the barrier."""
    figures: Figures = {"one submission": {}, f"{AT_ONCE} submissions at once": {}}
    alone, together = figures.values()
    with _graders() as graders:
        for grade in graders.values():
            grade()  # measures the reference
        for _ in range(rounds):
            for way, grade in graders.items():
                alone.setdefault(way, []).append(_timed(way, grade))
        for _ in range(batches):
            for way, grade in graders.items():
                together.setdefault(way, []).append(_timed(way, functools.partial(_several, grade)))
    return figures


def _several(grade: Grade) -> None:
    with futures.ThreadPoolExecutor(SHARDS) as crew:
        for one in [crew.submit(grade) for _ in range(AT_ONCE)]:
            one.result()


def _timed(way: str, action: Callable[[], object]) -> float:
    with _dealing(way):
        started = time.perf_counter()
        action()
        return time.perf_counter() - started


def _dealing(way: str) -> AbstractContextManager[None]:
    return unguarded.dealing() if way == WITHOUT else contextlib.nullcontext()


@contextlib.contextmanager
def _graders() -> Iterator[dict[str, Grade]]:
    """For each way a function that grades the reference, with sandboxes from one pool."""
    chosen = settings.from_environment()
    assignment = assignments.load(ways.ROOT, SLUG)
    with (
        tempfile.TemporaryDirectory(prefix="gr-") as folder,  # short: sockets lie in it
        forkserver.SuiteTemplate() as guarded,
        unguarded.SuiteTemplate() as open_ones,
        reader.Reader() as confined,
    ):
        packed = bench.pack([assignment.reference_dir], assignment.manifest)
        upload = confined.read(packed, assignment)
        engine = container.Engine(Path(folder), f"barrier-{uuid.uuid4().hex[:8]}")
        with contextlib.closing(pool.Pool(engine, SHARDS)) as sandboxes:
            yield {
                way: _grade(assignment, upload, sandboxes, suites, chosen)
                for way, suites in ((WITH, guarded), (WITHOUT, open_ones))
            }


def _grade(
    assignment: assignments.Assignment,
    upload: source_rules.CheckedUpload,
    sandboxes: pool.Pool,
    suites: forkserver.SuiteTemplate,
    chosen: settings.Settings,
) -> Grade:
    grader = submission_grader.Grader(
        sandboxes, suites, chosen.sandbox_image, "", ways.DATASETS, SHARDS
    )
    profile = grader.profile(assignment.manifest)

    def grade() -> models.Report:
        sandboxes.prewarm(profile)
        while sandboxes.stats().starting:
            time.sleep(0.01)
        return grader.grade(assignment, upload, options=run_options.RunOptions(slow=False))

    return grade


def ratios(figures: Figures) -> dict[str, float]:
    """Of each measure: the median with the barrier to the one without."""
    return {
        title: statistics.median(seconds[WITH]) / statistics.median(seconds[WITHOUT])
        for title, seconds in figures.items()
    }


def table(figures: Figures) -> str:
    """A Markdown table."""
    lines = [
        f"| {SLUG} | way | median s | min-max s | times, at most {AIM} |",
        "|---|---|---|---|---|",
    ]
    for title, ratio in ratios(figures).items():
        for way, seconds in figures[title].items():
            middle, spread = statistics.median(seconds), f"{min(seconds):.2f}-{max(seconds):.2f}"
            times = f"{ratio:.2f}" if way == WITH else "1.00"
            lines.append(f"| {title} | {way} | {middle:.2f} | {spread} | {times} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(measure()) + "\n")
