"""What a student waits for at home: `import grader`, and `grader check` next to plain pytest.

Owns one table: `python -m benchmarks.at_home [SLUG ...]`. The two ways of one homework take turns,
so that both meet the same machine; only ratios are of use elsewhere. Plain pytest runs the public
tests in one process with the submission, so it isolates nothing.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import inprocess, ways
from grader.assignment import manifest as assignments

SLUGS = ("csci5527_hw3", "eecs545_hw4")
RUNS = 3
IMPORTS = {"numpy": "import numpy", "numpy and grader": "import numpy, grader"}
_CLOCK = "import time; a = time.perf_counter(); {}; print(time.perf_counter() - a)"


def measure(slugs: Sequence[str] = SLUGS, runs: int = RUNS) -> dict[str, Any]:
    """Seconds of each import and of each way, by homework."""
    imports = {name: [_imported(code) for _ in range(7)] for name, code in IMPORTS.items()}
    return {"imports": imports, "checks": {slug: _of(slug, runs) for slug in slugs}}


def _imported(code: str) -> float:
    command = [sys.executable, "-c", _CLOCK.format(code)]
    environment = os.environ | {"PYTHONPATH": str(ways.ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _of(slug: str, runs: int) -> dict[str, list[float]]:
    assignment = assignments.load(ways.ROOT, slug)
    seconds: dict[str, list[float]] = {"plain pytest": [], "grader check": []}
    with ways.folder_of(assignment, assignment.reference_dir) as folder:
        (folder / "public_tests").symlink_to(assignment.suite_dir / "public")
        for _ in range(runs):
            seconds["plain pytest"].append(ways.timed(lambda: _plain(assignment, folder)))
            seconds["grader check"].append(ways.timed(lambda: _check(folder)))
    return seconds


def _plain(assignment: assignments.Assignment, folder: Path) -> None:
    places = ways.places(folder, ways.DATASETS)
    environment = os.environ | ways.VARIABLES | places | {"PYTHONPATH": str(ways.ROOT)}
    environment[inprocess.SLOW_TOO] = "1"  # `grader check` runs them, too
    *command, _hidden = ways.arguments(assignment.suite_dir)
    _run([sys.executable, *command], environment)


def _check(folder: Path) -> None:
    # As many threads as pytest has; the datasets are found in the same place.
    environment = os.environ | ways.VARIABLES | {"PYTHONPATH": str(ways.ROOT)}
    environment["GRADER_DATASETS_DIR"] = str(ways.DATASETS)
    _run([sys.executable, "-m", "grader.cli", "check", str(folder)], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or " pass" not in done.stdout:
        raise RuntimeError(f"ended with {done.returncode}:\n{done.stdout[-1500:]}{done.stderr}")


def table(measured: dict[str, Any]) -> str:
    """A Markdown table: medians, and how often plain pytest's time a check takes."""
    lines = ["| | s | of plain pytest |", "|---|--:|--:|"]
    for name, seconds in measured["imports"].items():
        lines.append(f"| import {name} | {min(seconds):.3f} | |")
    for slug, ways_of in measured["checks"].items():
        plain = statistics.median(ways_of["plain pytest"])
        for way, seconds in ways_of.items():
            median = statistics.median(seconds)
            lines.append(f"| {slug}: {way} | {median:.2f} | {median / plain:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure(sys.argv[1:] or SLUGS)))
