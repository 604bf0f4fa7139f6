"""A tiny course whose hidden suite carries a canary; shared by tests that attack the grader."""

from grader.assignment import manifest

SLUG = "attacked"
HIDDEN_INPUT = 31337.25
HONEST = "def double(x): return 2 * x\ndef one(): return 1\n"

MANIFEST = """
slug = "attacked"
title = "Attacked"
course = "T"
total_points = 40
submission = { required = ["layers.py"] }
limits = { test_s = 5, run_s = 120, memory_mb = 256 }
[[task]]
id = "double"
title = "A function under attack"
points = 30
[[task]]
id = "honest"
title = "Beside it"
points = 10
"""
PUBLIC = """
import numpy as np
from grader.suite import task, close, given, strategies as st

@task("double", hint="Twice.")
@given(x=st.arrays((3,)))
def test_public_double(student, x):
    close(student.layers.double(x), 2 * x)

@task("honest")
def test_honest(student):
    close(student.layers.one(), 1)
"""
HIDDEN = """
import numpy as np
from grader.suite import task, close

MARK = "{canary}"

@task("double")
def test_hidden_double(student):
    x = np.array([{hidden_input}, 1.0])
    close(student.layers.double(x), 2 * x, name=MARK)

@task("honest")
def test_hidden_honest_{canary}(student):
    close(student.layers.one(), 1)
"""


def write(root, canary):
    """The course on disk; returns its assignment."""
    suite = root / "tests" / "suites" / SLUG
    hidden = HIDDEN.format(canary=canary, hidden_input=HIDDEN_INPUT)
    for name, text in (("public", PUBLIC), ("hidden", hidden)):
        (suite / name).mkdir(parents=True)
        (suite / name / f"test_{name}.py").write_text(text)
    (suite / "assignment.toml").write_text(MANIFEST)
    return manifest.load(root, SLUG)
