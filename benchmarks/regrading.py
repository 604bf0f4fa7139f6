"""Grading a class again after one hidden test file was changed, compared with the first time.

Owns one table: `python -m benchmarks.regrading [SLUG ...]`. `grader batch` on a class
of the suite's mutants, and again after the change. Processor time is that of the whole machine,
engine and sandboxes included, so nothing else should run; the calls' own starts are in it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from benchmarks import throughput, ways
from grader.assignment import manifest as assignments

SLUGS = ("eecs545_hw4",)
COUNT = 50
FULL, CHANGED = "all tests", "one hidden file changed"
_BUSY = (0, 1, 2, 5, 6)  # user, nice, system and interrupts, in /proc/stat

Rows = dict[str, dict[str, dict[str, float]]]  # slug -> way -> figure -> value


def measure(slugs: Sequence[str] = SLUGS, count: int = COUNT) -> Rows:
    """Wall and processor seconds of both, for a class of each assignment."""
    return {slug: _of(slug, count) for slug in slugs}


def _of(slug: str, count: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        course, students = Path(name, "course"), Path(name, "class")
        for kind in ("tests/suites", "reference", "student_template"):
            shutil.copytree(ways.ROOT / kind / slug, course / kind / slug)
        assignment = assignments.load(course, slug)
        for number, tree in enumerate(islice(cycle(throughput.class_of(assignment)), count)):
            throughput.write(students / f"student{number:03}", tree)
        full = _batch(course, slug, students)
        changed = min((course / "tests" / "suites" / slug / "hidden").glob("test_*.py"))
        changed.write_text(changed.read_text() + "\n# changed\n")
        return {FULL: full, CHANGED: _batch(course, slug, students)}


def _batch(course: Path, slug: str, students: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "grader.cli.main", "batch", str(students), "-a", slug]
    environment = os.environ | {"GRADER_DATASETS_DIR": str(ways.DATASETS)}
    before = _busy_s()
    wall_s = ways.timed(
        lambda: subprocess.run(
            [*command, "--course", str(course)], env=environment, check=True, capture_output=True
        )
    )
    return {"wall_s": wall_s, "cpu_s": _busy_s() - before}


def _busy_s() -> float:
    """Seconds that the processors of this machine were not idle."""
    ticks = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return sum(int(ticks[column]) for column in _BUSY) / os.sysconf("SC_CLK_TCK")


def table(rows: Rows) -> str:
    """A Markdown table of both, and their ratio."""
    lines = [
        "| assignment | what | wall s | CPU s | ratio of CPU |",
        "|---|---|---|---|---|",
    ]
    for slug, kinds in rows.items():
        for kind, row in kinds.items():
            ratio = row["cpu_s"] / kinds[FULL]["cpu_s"]
            lines.append(
                f"| {slug} | {kind} | {row['wall_s']:.1f} | {row['cpu_s']:.1f} | {ratio:.2f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(measure(sys.argv[1:] or SLUGS)) + "\n")
