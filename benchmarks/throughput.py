"""A batch of submissions, beside a container per submission and Otter-Grader, equally parallel.

Owns the table of throughput: `python -m benchmarks.throughput`. The batch is what a class hands in:
the reference, the untouched template, and the suite's own mutants in turn. `grader batch` is timed
from its cold start to its end, its checks of the machine included; the other ways, which take half
an hour for a hundred, grade the first of the same batch, and are compared by the minute.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

from benchmarks import otter, ways
from grader import models
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants
from grader.grading import bench

SLUGS = ("eecs545_hw4",)  # it has no slow tests, which the other ways would leave out
COUNT = 100
SAMPLE = 8  # of the other ways
PARALLEL = os.cpu_count() or 1

Rows = dict[str, dict[str, dict[str, float]]]  # slug -> way -> count and seconds


def measure(slugs: tuple[str, ...] = SLUGS) -> Rows:
    """How many submissions of each assignment each way graded, and in which time."""
    return {slug: _of(assignments.load(ways.ROOT, slug)) for slug in slugs}


def _of(assignment: assignments.Assignment) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        for number, tree in enumerate(islice(cycle(class_of(assignment)), COUNT)):
            write(folder / f"student{number:03}", tree)
        figures = {"grader batch": _row(COUNT, lambda: _batch(assignment.slug, folder))}
        if not ways.needed():
            figures["container per submission"] = _sample(
                assignment, folder, lambda path: ways.container_each(assignment, path)
            )
        with otter.archive(assignment) as archive:
            figures["otter run"] = _sample(
                assignment, folder, lambda path: otter.grade(archive, path)
            )
    return figures


def _row(count: int, action: Callable[[], object]) -> dict[str, float]:
    return {"count": count, "seconds": ways.timed(action)}


def _sample(
    assignment: assignments.Assignment, folder: Path, grade: Callable[[Path], None]
) -> dict[str, float]:
    return _row(SAMPLE, lambda: _each(assignment, folder, grade))


def class_of(assignment: assignments.Assignment) -> list[models.FileTree]:
    """Reference, template, and the mutants without slow tests."""
    reference = bench.read([assignment.reference_dir], assignment.manifest)
    listed = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    mutants = [named_mutants.mutated(reference, spec) for spec in listed if not spec.slow]
    return [reference, bench.read([assignment.template_dir], assignment.manifest), *mutants]


def write(folder: Path, tree: models.FileTree) -> None:
    """Lay out a submission."""
    for path, content in tree.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _batch(slug: str, folder: Path) -> None:
    command = [sys.executable, "-m", "grader.cli.main", "batch", str(folder), "-a", slug]
    environment = os.environ | {"GRADER_DATASETS_DIR": str(ways.DATASETS)}
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(
            [*command, "--csv", str(Path(place, "scores.csv"))],
            cwd=ways.ROOT,
            env=environment,
            check=True,
            capture_output=True,
        )


def _each(assignment: assignments.Assignment, folder: Path, grade: Callable[[Path], None]) -> None:
    """Grade every submission by another way, as many at once as the grader does."""
    with ExitStack() as stack, ThreadPoolExecutor(PARALLEL) as pool:
        folders = [
            stack.enter_context(ways.folder_of(assignment, path))
            for path in islice(_students(folder), SAMPLE)
        ]
        list(pool.map(grade, folders))


def _students(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.glob("student*")))  # `grader batch` keeps its results beside them


def table(rows: Rows) -> str:
    """A Markdown table: a minute's submissions, and how many times the containers' way."""
    lines = [
        f"| assignment, {PARALLEL} at once | way | submissions | s | per minute | times |",
        "|---|---|---|---|---|---|",
    ]
    for slug, ways_of in rows.items():
        rates = {way: 60 * row["count"] / row["seconds"] for way, row in ways_of.items()}
        base = rates.get("container per submission")
        for way, row in ways_of.items():
            times = f"{rates[way] / base:.2f}" if base else "-"
            figures = f"{row['count']} | {row['seconds']:.1f} | {rates[way]:.1f} | {times}"
            lines.append(f"| {slug} | {way} | {figures} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(measure()) + "\n")
