"""Every way of checking at home says the same besides the tests: the homework's rules above all."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.assignment import manifest as assignments
from grader.client import report_html
from grader.client.check_result import Checked
from grader.intake import handed_out

pytestmark = pytest.mark.slow  # each starts an interpreter, and tests in another

ROOT = Path(__file__).parents[3]
TESTS = """\
from grader.suite import close, task


@task("1a")
def test_double(student):
    close(student.layers.double(2), 4)
"""
LAYERS = "import scipy.special\n\n\ndef double(x):\n    return scipy.special.gamma(3) * x\n"
RULE = assignments.Rule("import", "zero", names=("scipy",), tasks=("1a",))
SAID = [
    "layers.py:5: uses scipy, which this assignment forbids.",
    "For this, task 1a would earn nothing (3 points).",
]
MANIFEST = assignments.Manifest(
    "hw",
    "t",
    "c",
    3,
    assignments.SubmissionRules(("layers.py",), accept=("zip", "files", "ipynb")),
    (assignments.Task("1a", "one", 3),),
    policy=assignments.Policy(rule=(RULE,)),
)


@pytest.fixture
def homework(tmp_path):
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "public_tests" / "test_layers.py").write_text(TESTS)
    (tmp_path / "public_tests" / "homework.json").write_bytes(handed_out.of(MANIFEST, {}))
    (tmp_path / "layers.py").write_text(LAYERS)
    return tmp_path


def started(folder, *words):
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ran(folder, *words, status):
    process = started(folder, *words)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == status, said
    return said


def test_terminal_says_it_before_the_tests(homework):
    lines = ran(homework, "-m", "grader.cli", "check", ".", status=1).splitlines()
    assert [lines.index(line) for line in SAID] == [0, 1]
    assert lines[-1] == "1 of 1 public tests pass"


def test_json_has_it_and_nothing_else_is_printed(homework):
    found = json.loads(ran(homework, "-m", "grader.cli", "check", ".", "--json", status=1))
    assert found["notes"] == SAID
    assert found["costs_points"] is True
    assert found["passed"] == found["total"] == 1


def test_notebook_s_own_check_says_it(homework):
    code = "import grader; done = grader.check('1a'); print(done.is_costly)"
    (homework / "notes.ipynb").write_text('{"nbformat": 4, "cells": []}')
    lines = ran(homework, "-c", code, status=0).splitlines()
    assert [line for line in lines if line in SAID] == SAID
    assert lines[-2:] == ["1 of 1 public tests pass", "True"]


def test_notebook_that_is_to_be_submitted_is_looked_into(homework):
    (homework / "layers.py").unlink()
    cell = {"cell_type": "code", "source": LAYERS}
    (homework / "layers.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}))
    said = ran(homework, "-c", f"import grader\n{LAYERS}\ngrader.check()", status=0)
    assert "layers.ipynb, cell 1:5: uses scipy" in said


def test_notebook_whose_file_is_not_known_says_so(homework):
    said = ran(homework, "-c", "import grader; grader.check()", status=0)
    assert "It is not clear which file this notebook is" in said


def test_data_next_to_a_notebook_is_not_read(homework):
    with (homework / "data.bin").open("wb") as data:
        data.truncate(200 * 10**9)  # no bytes on the disk, more than fits into memory
    said = ran(homework, "-c", "import grader; grader.check()", status=0)
    assert SAID[0] in said


def test_plain_pytest_says_it_before_the_tests(homework):
    said = ran(homework, "-m", "pytest", "-p", "no:cacheprovider", status=0)
    assert [line for line in said.splitlines() if line in SAID] == SAID
    assert said.index(SAID[1]) < said.index("test_layers.py")


def test_watch_says_it(homework):
    process = started(homework, "-m", "grader.cli", "watch", ".")
    try:
        lines = []
        deadline = time.monotonic() + 240
        for line in process.stdout:
            lines.append(line.rstrip())
            if "public tests pass" in line or time.monotonic() > deadline:
                break
        assert [line for line in lines if line in SAID] == SAID
    finally:
        process.terminate()  # an interrupt is ignored in the background of a shell
        process.communicate(timeout=60)


def test_page_of_a_cell_escapes_what_it_says():
    shown = report_html.checked(Checked((), (), notes=("<b>no</b>",)))
    assert "<p>&lt;b&gt;no&lt;/b&gt;</p>" in shown
