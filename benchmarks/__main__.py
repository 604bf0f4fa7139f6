"""`make bench`: all tables, in one run on one machine, into benchmarks/results.md and results.json.

Owns the order and the words around the tables, and the picture of the first two. Each table is a
module of its own and can be run alone: `python -m benchmarks.latency`. `--only NAME ...` measures
some anew and keeps the others' last results, with the date of each.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import (
    accepting,
    at_home,
    barrier,
    covert,
    growth,
    isolation,
    latency,
    layers,
    plots,
    processor,
    regrading,
    throughput,
    ways,
)

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One table.

    Attributes:
        about: what it shows and how to read it.
    """

    title: str
    about: str
    measure: Callable[[], Any]
    table: Callable[[Any], str]


PARTS = {
    "latency": Part(
        "From upload to results",
        f"The reference of each assignment, {latency.RUNS} times each, the ways in turn; idle "
        "service, HTTP included. Until the public and hidden results are there; slow tests "
        "(training to an accuracy) are left out of every way. The other ways run the same "
        "suite in one process with the submission, so they keep nothing from it; `otter run` is "
        "Otter-Grader with the same test functions as its exception-based tests, outside of a "
        "container.",
        latency.measure,
        latency.table,
    ),
    "throughput": Part(
        "A batch",
        "Reference, template and mutants in turn.",
        throughput.measure,
        throughput.table,
    ),
    "regrading": Part(
        "Grading again",
        f"`grader batch` on a class of {regrading.COUNT}, and again after one hidden test file was "
        "changed; CPU seconds of the whole machine.",
        regrading.measure,
        regrading.table,
    ),
    "processor": Part(
        "Where the processor's time goes",
        "One submission's quick tests: CPU seconds of the trusted and of the untrusted side, "
        "beside the least that they can take.",
        processor.measure,
        processor.table,
    ),
    "isolation": Part(
        "The cost of isolation",
        "What lies between a suite and a submission, part by part.",
        isolation.measure,
        isolation.table,
    ),
    "barrier": Part(
        "The cost of the barrier",
        "Between the tests that a student reads and the hidden ones; without it only here.",
        barrier.measure,
        barrier.table,
    ),
    "covert": Part(
        "Covert channels",
        "A hidden test writes, a test that the student reads looks. Bits per run, of 64 tried "
        "where both run at one time, of 1 where the reader comes later. Plain processes show that "
        "an attack works where nothing stops it. Timing is left out.",
        covert.measure,
        covert.table,
    ),
    "accepting": Part(
        "Uploads at one moment",
        "Real uploads of the reference by as many students, while gradings run.",
        accepting.measure,
        accepting.table,
    ),
    "home": Part(
        "At home",
        "What a student waits for on their own machine, the two ways in turn.",
        at_home.measure,
        at_home.table,
    ),
    "growth": Part(
        "Growth",
        "Medians with longer queues and more stored submissions; what is waiting is not graded "
        "meanwhile. 'First' is with nothing remembered.",
        growth.measure,
        growth.table,
    ),
    "layers": Part("The reference's layers", layers.TITLE, layers.measured_apart, layers.table),
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    chosen = parser.parse_args().only
    if missing := ways.needed():
        sys.stderr.write(f"Without the containers' way: {', '.join(missing)} is missing.\n")
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in chosen:
        sys.stderr.write(f"measuring: {PARTS[name].title}\n")
        about = {"when": datetime.date.today().isoformat(), "machine": machine()}
        results[name] = about | {"found": PARTS[name].measure()}
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    text = "\n".join(_section(PARTS[name], results[name]) for name in PARTS if name in results)
    sys.stdout.write(text)
    (FOLDER / "results.md").write_text(text)
    plots.draw(results, FOLDER)


def machine() -> str:
    """What was measured on, in words."""
    engine = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}, Docker {engine.stdout.strip() or 'none'}"
    )


def _section(part: Part, results: dict[str, Any]) -> str:
    return (
        f"## {part.title}\n\n{part.about}\n\n{part.table(results['found'])}\n\n"
        f"{results['when']}, {results['machine']}.\n"
    )


if __name__ == "__main__":
    main()
