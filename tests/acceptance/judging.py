"""The whole suite's outcomes on a folder, and what a course's folder of submissions expects.

Owns what the tests of all assignments here share. One folder per assignment, named by its slug,
holds one folder per submission and `expected.toml`.
"""

import shutil
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader import models
from grader.assignment import manifest as assignments
from grader.grading import bench
from grader.suite import run_options
from tests.support import checked

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Judged:
    """Per task: how many tests there are, and the messages of those that failed."""

    tests: Counter[str]
    failures: dict[str, list[str]]


Judge = Callable[[str, Path], Judged]  # of an assignment's slug and a folder
Graded = Callable[[str, Path], models.Report]  # the same, with every test


def expected(slug: str) -> dict[str, Any]:
    """Name of each submission -> what it must get."""
    return tomllib.loads((HERE / slug / "expected.toml").read_text())


def submissions(slug: str) -> set[str]:
    """Names of the folders that hold a submission."""
    found = (path for kind in ("py", "ipynb") for path in (HERE / slug).glob(f"*/**/*.{kind}"))
    return {path.relative_to(HERE / slug).parts[0] for path in found}


def completed(slug: str, name: str, folder: Path) -> Path:
    """A copy of a submission, with the reference's in place of files that no starter has.

    Those are ours: answers that a program can check, and labels that the student's machine made.
    """
    made = shutil.copytree(
        HERE / slug / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
    )
    for ours in ("answers.py", "predictions.csv"):
        source = ROOT / "reference" / slug / ours
        if source.is_file() and not (made / ours).exists():
            shutil.copy(source, made)
    return made


def graded(workbench: bench.Bench, slug: str, submission: Path) -> models.Report:
    """The instructor's report on a folder, slow tests included."""
    assignment = assignments.load(ROOT, slug)
    tree = bench.read([submission], assignment.manifest)
    return workbench.grader.grade(assignment, checked.upload(assignment, tree))


def judged(workbench: bench.Bench, slug: str, submission: Path) -> Judged:
    """The suite's outcomes on a folder, tests marked slow left out."""
    assignment = assignments.load(ROOT, slug)
    tree = bench.read([submission], assignment.manifest)
    report = workbench.grader.grade(
        assignment, checked.upload(assignment, tree), options=run_options.RunOptions(slow=False)
    )
    failures: dict[str, list[str]] = {}
    for test in report.tests:
        if test.verdict is not models.Verdict.PASSED:
            failures.setdefault(test.task, []).append(f"{test.name}: {test.message}")
    return Judged(Counter(test.task for test in report.tests), failures)
