"""The built wheel: what is in it, what is not, and that it runs away from this folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEEDED = ("pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that no earlier build gets in and nothing is left in this folder."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in NEEDED:
        shutil.copy(ROOT / name, source)
    for name in ("grader", "reference", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "*.pt", "hostile")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(target)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (found,) = target.glob("grader-*.whl")
    return found


def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_no_reference_suite_or_test(wheel):
    tops = {name.partition("/")[0] for name in names(wheel)}
    (information,) = (top for top in tops if top.endswith(".dist-info"))
    assert tops == {"grader", information}
    assert not [n for n in names(wheel) if "hidden" in n or n.endswith(".toml")]


def test_wheel_holds_every_file_of_the_package(wheel):
    files = (
        p for p in (ROOT / "grader").rglob("*") if p.is_file() and "__pycache__" not in p.parts
    )
    assert {str(p.relative_to(ROOT)) for p in files} - names(wheel) == set()


def run(wheel, folder, *words):
    """A command of the wheel's own code, with the libraries of this environment."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GRADER_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-m", "grader.cli.main", *words],
        cwd=folder / "installed",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_runs_away_from_this_folder(wheel, tmp_path):
    done = run(wheel, tmp_path, "--help")
    assert done.returncode == 0, done.stderr
    for command in ("serve", "grade", "check", "suite", "backup", "doctor"):
        assert command in done.stdout


def test_site_of_the_wheel_has_its_templates_and_migrations(wheel, tmp_path):
    data = tmp_path / "data"
    done = run(wheel, tmp_path, "users", "add", "ann", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip()) == 43, "a token, from a database made by the wheel's migrations"
