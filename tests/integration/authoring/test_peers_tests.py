"""Tests that Otter's and nbgrader's own programs made, imported into a suite and graded.

otter-grader 7.0.0 and nbgrader 0.9.6 are installed apart; where they cannot be, these skip.
"""

import json
import subprocess

import pytest

from grader.assignment import manifest as assignments
from grader.authoring import import_tests, scaffold
from grader.intake import uploads
from tests.support import peers

SQUARE = "def square(x):\n    return x * x # SOLUTION"
CONFIG = "# ASSIGNMENT CONFIG\ngenerate: false\nrun_tests: false\ninit_cell: false\n"
LIMIT_S = 300


@pytest.fixture
def suite(tmp_path):
    scaffold.write(tmp_path / "course", "hw1")
    return assignments.load(tmp_path / "course", "hw1")


@pytest.fixture(scope="module")
def otter():
    return peers.python("otter-grader==7.0.0")


def cell(kind, source, output=None):
    if kind != "code":
        return {"cell_type": kind, "metadata": {}, "source": source}
    data = {"text/plain": output}
    result = {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": data}
    outputs = [result] if output else []
    return {
        "cell_type": kind,
        "metadata": {},
        "source": source,
        "execution_count": None,
        "outputs": outputs,
    }


def master(*, files):
    """An assignment as an author of Otter's writes it."""
    more = "tests:\n  files: true\n" if files else ""
    return {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
        "cells": [
            cell("raw", CONFIG + more),
            cell("raw", "# BEGIN QUESTION\nname: q1\npoints: 2\n"),
            cell("raw", "# BEGIN SOLUTION"),
            cell("code", SQUARE),
            cell("raw", "# END SOLUTION"),
            cell("raw", "# BEGIN TESTS"),
            cell("code", "square(3)", "9"),
            cell("code", "# HIDDEN\nsquare(-4)", "16"),
            cell("raw", "# END TESTS"),
            cell("raw", "# END QUESTION"),
        ],
    }


@pytest.mark.parametrize("files", [True, False], ids=["files", "metadata"])
def test_what_otter_assign_writes_is_imported(otter, suite, tmp_path, files):
    notebook = tmp_path / "hw.ipynb"
    notebook.write_text(json.dumps(master(files=files)))
    words = [otter / "otter", "assign", notebook, tmp_path / "dist", "--no-run-tests", "--no-pdfs"]
    subprocess.run(words, check=True, capture_output=True, timeout=LIMIT_S, cwd=tmp_path)
    made = tmp_path / "dist/autograder"
    done = import_tests.take(
        suite, import_tests.Peer.OTTER, made / "tests" if files else made / "hw.ipynb"
    )
    public, hidden = (path.read_text() for path in done.written)
    assert "assert student.layers.square(3) == 9" in public
    assert "assert student.layers.square(-4) == 16" in hidden
    assert (done.left, done.tasks) == ((), (("q1", 2.0),))


def test_zip_that_otter_exports_is_an_upload(otter, suite, tmp_path):
    notebook = tmp_path / "layers.ipynb"
    notebook.write_text(json.dumps({**master(files=False), "cells": [cell("code", SQUARE)]}))
    code = (
        "import otter; otter.Notebook('layers.ipynb').export('layers.ipynb', pdf=False, "
        "display_link=False, export_path='out.zip')"
    )
    words = [otter / "python", "-c", code]
    subprocess.run(words, check=True, capture_output=True, timeout=LIMIT_S, cwd=tmp_path)
    packed = uploads.pack([("out.zip", (tmp_path / "out.zip").read_bytes())], suite.manifest)
    tree = uploads.unpack(packed, suite.manifest)
    assert any(b"x * x" in body for body in tree.files.values())


def test_nbgrader_s_own_example_is_imported(suite):
    """Its documentation comes with it: user_guide/source/ps1."""
    found = peers.python("nbgrader==0.9.6").parent
    (source,) = found.glob("lib/*/site-packages/nbgrader/docs/source/user_guide/source/ps1")
    done = import_tests.take(suite, import_tests.Peer.NBGRADER, source)
    (public,) = (path.read_text() for path in done.written)
    assert "    assert student.layers.squares(2) == [1, 4]\n" in public
    assert "    assert student.layers.sum_of_squares(10) == 385\n" in public
    assert dict(done.left) == dict.fromkeys(
        ("squares_invalid_input", "sum_of_squares_uses_squares"), "it expects an exception"
    )
