"""Submissions graded by the real pipeline in real containers; attacks are in `tests/hostile`."""

import contextlib
import json
import os
import re
import secrets
import shutil
import textwrap
import uuid
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from grader import errors, models, settings
from grader.assignment import manifest as assignments
from grader.exchange import junit, results
from grader.grading import materials, submission_grader
from grader.intake import archive, uploads
from grader.sandbox import container, pool
from grader.scoring import redaction
from grader.suite import run_options
from tests.support import attacked as attacked_course
from tests.support import checked


@pytest.fixture(scope="module")
def canary():
    return f"CANARY{secrets.token_hex(16)}"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory, canary):
    return attacked_course.write(tmp_path_factory.mktemp("course"), canary)


@pytest.fixture(scope="module")
def owner():
    return f"test-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def engine(docker_engine, tmp_path_factory, owner):
    return container.Engine(tmp_path_factory.mktemp("run"), owner)


@pytest.fixture(scope="module")
def grader(engine, suites):
    sandboxes = pool.Pool(engine, 1)
    yield submission_grader.Grader(sandboxes, suites, settings.from_environment().sandbox_image)
    sandboxes.close()
    assert engine.reap() == 0, "a container was left behind"


@pytest.fixture
def grade(grader, attacked):
    def run(source):
        tree = models.FileTree({"layers.py": textwrap.dedent(source).encode()})
        return grader.grade(attacked, checked.upload(attacked, tree))

    yield run
    assert run(attacked_course.HONEST).score == 40, "the next submission must grade normally"


def verdicts(report):
    return {t.name.split("::")[1].split("_CANARY")[0]: t.verdict.value for t in report.tests}


def points(report):
    return {task.id: float(task.score) for task in report.tasks}


def as_student(report):
    """Everything a student can fetch of a report, as text."""
    shown = redaction.redact(report, models.Audience.STUDENT, datetime.now(UTC))
    return json.dumps(results.to_json(shown)) + junit.to_xml(shown)


def test_sandbox_that_dies_is_replaced(grader, attacked):
    """Memory taken by processes that the kernel may end in any order, the first one included."""
    report = grader.grade(
        attacked,
        checked.upload(
            attacked,
            models.FileTree(
                {
                    "layers.py": textwrap.dedent("""
                import os, time
                def one(): return 1
                def double(x):
                    for _ in range(40):
                        if os.fork() == 0:
                            keep = bytearray(40 * 2**20)
                            time.sleep(60)
                    time.sleep(60)
                """).encode()
                }
            ),
        ),
    )
    found = verdicts(report)
    assert (found["test_honest"], found["test_hidden_honest"]) == ("passed", "passed")
    assert found["test_public_double"] in ("memory_limit", "crashed", "time_limit")


def memory_of(pid):
    """All readable memory of a process, as the machine's root sees it."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as mem:
        for line in maps:
            bounds, mode = line.split()[:2]
            low, high = (int(part, 16) for part in bounds.split("-"))
            if "r" in mode and high < 2**47:
                mem.seek(low)
                with contextlib.suppress(OSError):
                    yield mem.read(high - low)


@pytest.mark.skipif(os.geteuid() != 0, reason="reading a sandbox's memory needs root")
def test_hidden_suite_is_nowhere_in_the_sandbox_s_memory(
    grader, attacked, canary, docker_engine, owner
):
    searched = {}

    def search(tested):
        if not isinstance(tested, models.Tested):
            return
        control = re.compile(rb"double\(x\)|supervisor")  # a sandbox that just starts has neither
        controls = 0
        for sandbox in docker_engine.containers.list(filters={"label": f"grader.owner={owner}"}):
            for row in sandbox.top()["Processes"] or ():  # None of one that has just ended
                try:
                    blocks = list(memory_of(int(row[1])))
                except (ProcessLookupError, FileNotFoundError):  # a child that has just ended
                    continue
                searched[tested.outcome.test] = sum(map(len, blocks))
                assert not any(canary.encode() in block for block in blocks)
                controls += any(control.search(block) for block in blocks)
        assert controls, "the search finds nothing"

    tree = models.FileTree({"layers.py": attacked_course.HONEST.encode()})
    assert grader.grade(attacked, checked.upload(attacked, tree), progress=search).score == 40
    assert len(searched) == 4
    assert min(searched.values()) > 2**20


def test_hidden_input_echoed_by_the_student_reaches_no_student(grade, canary):
    report = grade("""
    import sys
    def one(): return 1
    def double(x):
        print("leak", x.tolist())
        raise ValueError(f"leak {x.tolist()}")
    """)
    shown = as_student(report)
    assert "leak" in shown, "the public failure is told in full"
    assert "31337" not in shown
    assert canary not in shown
    assert "31337" in json.dumps(results.to_json(report)), "an instructor sees it"


def test_progress_tells_each_outcome_with_the_total(grader, attacked):
    told = []
    tree = models.FileTree({"layers.py": attacked_course.HONEST.encode()})
    grader.grade(attacked, checked.upload(attacked, tree), progress=told.append)
    tests = [(news.done, news.total) for news in told if isinstance(news, models.Tested)]
    assert tests == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_notebook_and_course_s_file_meet_in_the_sandbox(grader, attacked, tmp_path):
    """The notebook calls the course's `shared.py`, whose changed copy must not be the one used."""
    suite = shutil.copytree(attacked.suite_dir, tmp_path / "attacked")
    (suite / "given").mkdir()
    (suite / "given" / "shared.py").write_text("def double(x): return 2 * x\n")
    wanted = assignments.SubmissionRules(
        ("layers.py",), given=("shared.py",), accept=("ipynb", "zip")
    )
    manifest = msgspec.structs.replace(attacked.manifest, submission=wanted)
    cells = ["import shared", "def one(): return [][1]\n", "def double(x): return shared.double(x)"]
    listed = [{"cell_type": "code", "source": text} for text in cells]
    files = {
        "layers.ipynb": json.dumps({"nbformat": 4, "cells": listed}).encode(),
        "shared.py": b"def double(x): return 3 * x\n",
    }
    tree = uploads.unpack(archive.write(files), manifest)
    changed = msgspec.structs.replace(attacked, manifest=manifest, suite_dir=suite)
    report = grader.grade(changed, checked.upload(changed, tree))
    assert points(report) == {"double": 30.0, "honest": 0.0}
    (note,) = report.notes
    assert "uses its own copies: shared.py" in note
    told = next(test.message for test in report.tests if test.name.endswith("::test_honest"))
    assert "layers.ipynb, cell 2, line 1, in one: def one(): return [][1]" in told


BUDGET = """
import numpy as np
from grader.suite import budget, close, task

@task("double")
def test_is_vectorised(student):
    x = np.ones(400_000)
    with budget(student, factor=10):
        out = student.layers.double(x)
    close(out, 2 * x)
"""
LOOP = """
import numpy as np
def one(): return 1
def double(x):
    out = np.empty_like(x)
    for _ in range(5):
        for i in range(len(x)):
            out[i] = 2 * x[i]
    return out
"""


SLOW_TO_IMPORT = f"""
import time
while time.process_time() < 2:
    pass
{attacked_course.HONEST}
"""


def test_loop_exceeds_a_budget_and_what_is_slow_to_import_does_not(grader, attacked, tmp_path):
    suite = shutil.copytree(attacked.suite_dir, tmp_path / "attacked")
    (suite / "hidden" / "test_speed.py").write_text(BUDGET)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "layers.py").write_text(attacked_course.HONEST)
    course = msgspec.structs.replace(
        attacked, suite_dir=suite, reference_dir=tmp_path / "reference"
    )
    honest = grader.grade(
        course,
        checked.upload(course, models.FileTree({"layers.py": attacked_course.HONEST.encode()})),
    )
    assert honest.score == 40
    heavy = grader.grade(
        course, checked.upload(course, models.FileTree({"layers.py": SLOW_TO_IMPORT.encode()}))
    )
    assert verdicts(heavy)["test_is_vectorised"] == "passed"
    slow = grader.grade(
        course, checked.upload(course, models.FileTree({"layers.py": LOOP.encode()}))
    )
    if materials.NO_METER in slow.notes:
        pytest.skip("this machine shows no processor time of a sandbox")
    assert verdicts(slow)["test_is_vectorised"] == "time_limit"
    assert verdicts(slow)["test_public_double"] == "passed"


def test_grading_until_failure_runs_no_later_test(grade, grader, attacked):
    tree = models.FileTree({"layers.py": b"def double(x): return 3 * x\ndef one(): return 1\n"})
    report = grader.grade(
        attacked, checked.upload(attacked, tree), options=run_options.RunOptions(until_failure=True)
    )
    assert sorted(verdicts(report).values()) == ["not_run"] * 3 + ["wrong_answer"]


def test_tests_that_name_the_mutated_function_run_first(grader, attacked):
    tree = models.FileTree({"layers.py": b"def double(x): return 3 * x\ndef one(): return 2\n"})
    report = grader.grade(
        attacked,
        checked.upload(attacked, tree),
        options=run_options.RunOptions(until_failure=True, likely=("one",)),
    )
    assert verdicts(report).pop("test_honest") == "wrong_answer"
    assert verdicts(report)["test_public_double"] == "not_run"


@pytest.mark.parametrize("after", ["first", "last"])
def test_sandbox_killed_from_outside_is_the_machine_s_fault(
    grader, attacked, docker_engine, owner, after
):
    """As when the engine or an operator takes it away; the run would be tried again."""
    waits = attacked_course.HONEST.replace("return 1", "__import__('time').sleep(2); return 1")
    wanted = {"first": 1, "last": 3}[after]

    def kill(tested):
        if isinstance(tested, models.Tested) and tested.done == wanted:
            for sandbox in docker_engine.containers.list(
                filters={"label": f"grader.owner={owner}"}
            ):
                if "grader.lease" in sandbox.labels:
                    sandbox.kill()

    with pytest.raises(errors.SandboxUnavailable, match="killed from outside"):
        grader.grade(
            attacked,
            checked.upload(attacked, models.FileTree({"layers.py": waits.encode()})),
            progress=kill,
        )
