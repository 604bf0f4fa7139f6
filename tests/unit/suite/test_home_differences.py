"""What `grader check` says of a machine that is not like the sandbox."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from grader.source import importable
from grader.suite import home_differences

ROOT = Path(__file__).parents[3]

SUITE = """
from grader.suite import task

@task("1")
def test_all(student):
    assert student.layers.right() == 4
"""
LAYERS = """
import warnings
import nosuch_wandb

def right():
    warnings.warn("float(a) is deprecated", DeprecationWarning)
    return 4
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "public_tests" / "test_all.py").write_text(SUITE)
    (tmp_path / "layers.py").write_text(LAYERS)
    return tmp_path


@pytest.mark.slow
def test_check_names_missing_modules_and_deprecations(folder):
    command = [sys.executable, "-m", "grader.cli", "check", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "1 of 1 public tests pass" in done.stdout
    assert done.returncode == 0, done.stderr
    assert (
        "nosuch_wandb is not in the sandbox (layers.py, line 3): code that uses it" in done.stderr
    )
    assert "layers.py, line 6: float(a) is deprecated" in done.stderr


def test_version_that_differs_is_named_if_the_package_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(home_differences, "_installed", lambda name: "2.0.2")
    (numpy,) = (p.version for p in importable.PACKAGES if p.name == "numpy")
    said = list(home_differences.before({"layers.py": b"import numpy as np\n"}, tmp_path))
    assert said == [
        f"numpy is 2.0.2 here and {numpy} where it is graded; what is deprecated or new in one of "
        "them may fail in the other."
    ]
    assert list(home_differences.before({"layers.py": b"import math\n"}, tmp_path)) == []


def test_patch_release_is_not_named(tmp_path, monkeypatch):
    same = {p.name: ".".join([*p.version.split(".")[:2], "99"]) for p in importable.PACKAGES}
    monkeypatch.setattr(home_differences, "_installed", same.get)
    assert list(home_differences.before({"layers.py": b"import numpy, torch\n"}, tmp_path)) == []


def test_package_that_the_course_adds_is_not_missing(tmp_path):
    added = ["timm==1.0.9", "opencv-python-headless==4.12", "nosuch==1 as other"]
    (tmp_path / "requirements.txt").write_bytes(importable.requirements(added))
    files = {"layers.py": b"import timm, cv2, other\n"}
    assert list(home_differences.before(files, tmp_path)) == []


def test_deprecations_of_libraries_and_twins_are_left_out():
    line = "/tmp/grader-x/scratch/run{}/layers.py:3: DeprecationWarning: old\n  f()\n"
    other = "/usr/lib/x.py:3: DeprecationWarning: old\n"
    found = home_differences.deprecations([line.format(1) + other, line.format(2)])
    assert found[1:] == ["layers.py, line 3: old"]


@pytest.mark.parametrize(
    ("name", "hosted"),
    [("numpy", "2.0.2"), ("pytest", "8.3.5"), ("typer", "0.12.5"), ("rich", "13.9.4")],
)
def test_hosted_notebook_need_not_replace_its_own(name, hosted):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (found,) = (r for r in map(Requirement, project["dependencies"]) if r.name == name)
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    (tested,) = (pin.partition("==")[2] for pin in pins if pin.startswith(f"{name}=="))
    assert found.specifier.contains(hosted)
    assert found.specifier.contains(tested)
