"""`make bench`: graded in a sandbox beside a cold pytest of the same suite, in one run.

Owns the first table: whole processes, wall seconds, run in turn so that both meet the same machine.
Appends the table of `benchmarks.convolution`. Writes benchmarks/results.json and results.md.
"""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import convolution
from grader import assignment as assignments
from grader import local, settings

ROOT = Path(__file__).parent.parent
SLUG = "eecs545_hw4"
RUNS = 7


def cold_pytest() -> None:
    """One `python -m pytest` of public and hidden suite, the reference imported in process."""
    suite = ROOT / "tests" / "suites" / SLUG
    command = [sys.executable, "-m", "pytest", "-q", "-p", "benchmarks.inprocess"]
    command += ["-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(suite)]
    command += ["--import-mode=importlib", str(suite / "public"), str(suite / "hidden")]
    environment = os.environ | {"SUBMISSION": str(ROOT / "reference" / SLUG)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def cold_grade() -> None:
    """One `grader grade`: everything cold, container and suite process included."""
    command = [sys.executable, "-m", "grader.cli", "grade", f"reference/{SLUG}", "-a", SLUG]
    command += ["--min-score", "100%"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def timed(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def measure() -> dict[str, list[float]]:
    """Wall seconds of each way, run in turn."""
    chosen = settings.Settings(course_dir=ROOT)
    assignment = assignments.load(ROOT, SLUG)
    tree = local.read([assignment.reference_dir], assignment.manifest)
    rows: dict[str, list[float]] = {"cold pytest": [], "grader grade": [], "warm worker": []}
    with contextlib.ExitStack() as stack:
        bench = stack.enter_context(local.open_bench(chosen, 2, local.one_time_owner()))
        bench.grader.grade(assignment, tree)
        for _ in range(RUNS):
            rows["cold pytest"].append(timed(cold_pytest))
            rows["grader grade"].append(timed(cold_grade))
            rows["warm worker"].append(timed(lambda: bench.grader.grade(assignment, tree)))
            time.sleep(1)  # the pool refills as it would between two uploads
    return rows


def table(rows: dict[str, list[float]]) -> str:
    """A Markdown table: median, range and ratio to the cold pytest."""
    base = statistics.median(rows["cold pytest"])
    lines = ["| way | median s | min-max s | ratio to cold pytest |", "|---|---|---|---|"]
    for name, seconds in rows.items():
        middle = statistics.median(seconds)
        lines.append(
            f"| {name} | {middle:.2f} | {min(seconds):.2f}-{max(seconds):.2f} "
            f"| {middle / base:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    rows, layers = measure(), convolution.measured_apart()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = f"{SLUG}, reference, {RUNS} runs in turn on one machine ({machine}).\n\n{table(rows)}\n"
    text += f"\n{convolution.TITLE}\n\n{convolution.table(layers)}\n"
    sys.stdout.write(text)
    folder = ROOT / "benchmarks"
    (folder / "results.md").write_text(text)
    found = {"machine": machine, "runs": rows, "convolution": layers}
    (folder / "results.json").write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
