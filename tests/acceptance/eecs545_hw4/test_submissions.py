"""The suite's judgement of submissions that are not the reference: no false alarm, none missed."""

import os
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader import models
from grader.suite import events

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SLUG = HERE.name
EXPECTED = tomllib.loads((HERE / "expected.toml").read_text())
RUN_S = 300.0

pytest.importorskip("torch", reason="the hidden suite's oracles are PyTorch's")


@dataclass(frozen=True)
class Judged:
    """Per task: how many tests there are, and the messages of those that failed."""

    tests: Counter[str]
    failures: dict[str, list[str]]


def judge(submission: Path) -> Judged:
    """The whole suite's outcomes on a folder."""
    command = [sys.executable, str(HERE.parent / "run_locally.py"), str(submission)]
    command.append(str(ROOT / "tests" / "suites" / SLUG))
    environ = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, timeout=RUN_S, env=environ, check=True)
    read = [events.from_line(line) for line in done.stdout.splitlines()]
    (collected,) = (e for e in read if isinstance(e, events.Collected))
    task_of = {case.name: case.task for case in collected.cases}
    outcomes = [e.outcome for e in read if isinstance(e, events.Finished)]
    assert len(outcomes) == len(task_of)
    failures: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.verdict is not models.Verdict.PASSED:
            text = f"{outcome.test}: {outcome.message}"
            failures.setdefault(task_of[outcome.test], []).append(text)
    return Judged(Counter(task_of.values()), failures)


def test_every_submission_folder_has_an_expectation() -> None:
    folders = {path.parent.name for path in HERE.glob("*/layers.py")}
    assert folders == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_submission_loses_points_on_expected_tasks_only(name: str) -> None:
    judged = judge(HERE / name)
    own, follows = EXPECTED[name]["loses"], EXPECTED[name]["follows"]
    assert sorted(judged.failures) == sorted([*own, *follows]), judged.failures
    for task in own:
        failed = len(judged.failures[task])
        assert failed < judged.tests[task] / 2, f"one mistake cost most of task {task}"


def test_reference_loses_nothing() -> None:
    assert judge(ROOT / "reference" / SLUG).failures == {}


def test_untouched_template_fails_every_test_with_its_task_named() -> None:
    judged = judge(ROOT / "student_template" / SLUG)
    assert {task: len(failed) for task, failed in judged.failures.items()} == dict(judged.tests)
    for task, failures in judged.failures.items():
        named = f"NotImplementedError: task {task_of_code(task)}: "
        assert all(named in failure for failure in failures), failures


def task_of_code(task: str) -> str:
    """The task whose code a task's tests run first: training (2c, 3c, 4c) needs the model."""
    return task[0] + "b" if task in ("2c", "3c", "4c") else task
