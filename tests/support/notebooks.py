"""A tiny assignment that takes a notebook, and builders of `.ipynb` files."""

import json

from grader.assignment import manifest

SLUG = "tiny"
MANIFEST = """
slug = "tiny"
title = "Tiny"
course = "T"
total_points = 10
submission = { required = ["layers.py"], accept = ["zip", "files", "ipynb"] }
limits = { test_s = 10, run_s = 120, memory_mb = 512 }
[[task]]
id = "1"
title = "Twice"
points = 6
[[task]]
id = "2"
title = "One"
points = 4
"""
PUBLIC = """
import numpy as np
from grader.suite import close, task

@task("1", hint="Twice.")
def test_double(student):
    close(student.layers.double(np.array([1.0, 2.0, -3.0])), np.array([2.0, 4.0, -6.0]))

@task("2")
def test_one(student):
    close(student.layers.one(), 1)
"""
HIDDEN = """
import numpy as np
from grader.suite import close, task

@task("1")
def test_double_hidden(student):
    close(student.layers.double(np.array([0.5])), np.array([1.0]))
"""
SOLUTION = "import numpy as np\n\ndef double(x):\n    return 2 * x\n\ndef one():\n    return 1\n"


def write(root):
    """The course on disk; returns its assignment."""
    suite = root / "tests" / "suites" / SLUG
    for name, text in (("public", PUBLIC), ("hidden", HIDDEN)):
        (suite / name).mkdir(parents=True)
        (suite / name / f"test_{name}.py").write_text(text)
    (suite / "assignment.toml").write_text(MANIFEST)
    return manifest.load(root, SLUG)


def code(text, **fields):
    """A code cell of format 4."""
    whole = {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": []}
    return whole | {"source": text.splitlines(keepends=True)} | fields


def markdown(text):
    """A text cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def book(*cells, **fields):
    """The bytes of a notebook of format 4; a text is a code cell."""
    listed = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": listed}
    return json.dumps(whole | fields).encode()
