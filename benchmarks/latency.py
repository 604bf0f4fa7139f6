"""From upload to results on an idle service, beside the same suite by other means.

Owns the first table: `python -m benchmarks.latency [SLUG ...]`. One submission at a time, the ways
in turn, so that all meet the same machine. Slow tests (training to an accuracy) are outside of what
is compared: what the visible ones take, which come before the hidden tests, is taken off.
"""

import contextlib
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks import otter, service, ways
from grader.assignment import manifest as assignments

RUNS = 2
REST_S = 5.0  # between two uploads, so that each finds an idle service
SLUGS = ("eecs545_hw4", "csc413_a2", "cs7643_a2", "cpsc663_ex2", "csci5527_hw3")
WAYS = ("upload to results", "cold pytest", "container per submission", "otter run")

Rows = dict[str, dict[str, list[float]]]  # slug -> way -> seconds


def measure(slugs: Sequence[str] = SLUGS, runs: int = RUNS) -> Rows:
    """Seconds of each way for the reference of each assignment."""
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(service.running())
        client = stack.enter_context(running.user("bench"))
        return {slug: _of(client, slug, runs) for slug in slugs}


def _of(client: httpx.Client, slug: str, runs: int) -> dict[str, list[float]]:
    assignment = assignments.load(ways.ROOT, slug)
    reference = assignment.reference_dir
    measured: dict[str, list[float]] = {way: [] for way in WAYS}
    with ways.folder_of(assignment, reference) as folder, otter.archive(assignment) as archive:
        _warm_up(client, slug, reference)
        for _ in range(runs):
            seconds = service.followed(client, slug, reference)
            measured[WAYS[0]].append(_results_s(seconds))
            measured[WAYS[1]].append(ways.timed(lambda: ways.pytest_here(assignment, folder)))
            if not ways.needed():
                measured[WAYS[2]].append(
                    ways.timed(lambda: ways.container_each(assignment, folder))
                )
            measured[WAYS[3]].append(ways.timed(lambda: otter.grade(archive, folder)))
            time.sleep(REST_S)
    return measured


def _results_s(seconds: dict[str, float]) -> float:
    """Until public and hidden results are there, less the visible slow tests between the two."""
    slow_s = max(seconds.get("visible", 0.0) - seconds["public"], 0.0)
    return seconds.get("hidden", seconds["report"]) - slow_s


def _warm_up(client: httpx.Client, slug: str, reference: Path) -> None:
    """The first grading of an assignment measures its reference and fills the pool; with the second
    its suite gets a template.
    """
    for _ in range(2):
        service.followed(client, slug, reference)
        time.sleep(REST_S)


def table(rows: Rows) -> str:
    """A Markdown table: medians, ranges, ratios to the cold pytest."""
    lines = [
        "| assignment | way | median s | min-max s | ratio to cold pytest |",
        "|---|---|---|---|---|",
    ]
    for slug, measured in rows.items():
        base = statistics.median(measured["cold pytest"])
        for way, seconds in measured.items():
            if seconds:
                middle = statistics.median(seconds)
                spread = f"{min(seconds):.2f}-{max(seconds):.2f}"
                lines.append(f"| {slug} | {way} | {middle:.2f} | {spread} | {middle / base:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure(sys.argv[1:] or SLUGS)) + "\n")


if __name__ == "__main__":
    main()
