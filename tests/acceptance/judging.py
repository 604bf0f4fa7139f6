"""The whole suite's outcomes on a folder, and what a course's folder of submissions expects.

Owns what the tests of all assignments here share. One folder per assignment, named by its slug,
holds one folder per submission and `expected.toml`.
"""

import os
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader import models
from grader.suite import events

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUN_S = 300.0


@dataclass(frozen=True)
class Judged:
    """Per task: how many tests there are, and the messages of those that failed."""

    tests: Counter[str]
    failures: dict[str, list[str]]


def expected(slug: str) -> dict[str, Any]:
    """Name of each submission -> what it must get."""
    return tomllib.loads((HERE / slug / "expected.toml").read_text())


def submissions(slug: str) -> set[str]:
    """Names of the folders that hold a submission."""
    return {path.relative_to(HERE / slug).parts[0] for path in (HERE / slug).glob("*/**/*.py")}


def judge(slug: str, submission: Path) -> Judged:
    """The suite's outcomes on a folder, tests marked slow left out."""
    command = [sys.executable, str(HERE / "run_locally.py"), str(submission)]
    command.append(str(ROOT / "tests" / "suites" / slug))
    environ = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, timeout=RUN_S, env=environ, check=True)
    read = [events.from_line(line) for line in done.stdout.splitlines()]
    (collected,) = (e for e in read if isinstance(e, events.Collected))
    task_of = {case.name: case.task for case in collected.cases if not case.slow}
    outcomes = [e.outcome for e in read if isinstance(e, events.Finished)]
    assert len(outcomes) == len(task_of)
    failures: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.verdict is not models.Verdict.PASSED:
            text = f"{outcome.test}: {outcome.message}"
            failures.setdefault(task_of[outcome.test], []).append(text)
    return Judged(Counter(task_of.values()), failures)
