"""The course under attack: one task whose tests call the attacking functions, one honest task."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.assignment import manifest

SLUG = "hostile"
HIDDEN_INPUT = 31337.25
HONEST = "def double(x): return 2 * x\ndef one(): return 1\n"
LIMITS = {"test_s": 20, "run_s": 120, "memory_mb": 256}

MANIFEST = """
slug = "hostile"
title = "Hostile"
course = "T"
total_points = 40
runtime = "{runtime}"
submission = {{ required = ["layers.py"], accept = ["zip", "files", "ipynb"], max_upload_mb = 8 }}
limits = {{ {limits} }}
[[task]]
id = "attacked"
title = "Functions that attack"
points = 30
[[task]]
id = "honest"
title = "Beside them"
points = 10
"""
PUBLIC = """
import numpy as np
import pytest
from grader.suite import close, given, strategies as st, task

ATTACKS = {attacks}
takes = {takes}

def ask(student, name, x):
    maker, _, method = name.partition(".")
    found = getattr(student.layers, maker)
    return getattr(found(), method)(x) if method else found(x)

@task("attacked", hint="Twice.")
@pytest.mark.parametrize("name", ATTACKS)
@given(x=st.arrays((3,)))
def test_public(student, name, x):
    close(takes(lambda: ask(student, name, x)), 2 * x)
"""
# In files of their own, behind the attacked ones: what an attack does to a module costs no other.
PUBLIC_HONEST = """
from grader.suite import close, task

@task("honest")
def test_honest(student):
    close(student.layers.one(), 1)
"""
# Two calls: a function that answers the first one only must not get by.
HIDDEN = """
import numpy as np
import pytest
from grader.suite import close, task

ATTACKS = {attacks}
takes = {takes}
MARK = "{canary}"

def ask(student, name, x):
    maker, _, method = name.partition(".")
    found = getattr(student.layers, maker)
    return getattr(found(), method)(x) if method else found(x)

@task("attacked")
@pytest.mark.parametrize("name", ATTACKS)
def test_hidden(student, name):
    for x in (np.array([{hidden_input}, 1.0]), np.array([-4.5, {hidden_input}])):
        close(takes(lambda: ask(student, name, x)), 2 * x, name=MARK)
"""
HIDDEN_HONEST = """
from grader.suite import close, task

@task("honest")
def test_hidden_honest_{canary}(student):
    close(student.layers.one(), 1)
"""


def write(
    root: Path,
    canary: str,
    attacks: Sequence[str] = ("double",),
    limits: Mapping[str, float] | None = None,
    runtime: str = "numpy",
    takes: str = "lambda call: call()",
) -> manifest.Assignment:
    """The course on disk, with a public and a hidden test per attacking function."""
    suite = root / "tests" / "suites" / SLUG
    told = ", ".join(f"{name} = {value}" for name, value in (LIMITS | dict(limits or {})).items())
    fill = {
        "attacks": list(attacks),
        "canary": canary,
        "hidden_input": HIDDEN_INPUT,
        "takes": takes,
    }
    for name, attacked, honest in (
        ("public", PUBLIC, PUBLIC_HONEST),
        ("hidden", HIDDEN, HIDDEN_HONEST),
    ):
        (suite / name).mkdir(parents=True)
        (suite / name / f"test_{name}.py").write_text(attacked.format(**fill))
        (suite / name / f"test_{name}_honest.py").write_text(honest.format(**fill))
    (suite / "assignment.toml").write_text(MANIFEST.format(limits=told, runtime=runtime))
    return manifest.load(root, SLUG)
