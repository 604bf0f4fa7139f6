"""The student's half as the service hands it out: what is in it, and that it runs by itself."""

import os
import subprocess
import sys
import zipfile

import pytest

from grader import errors
from grader.service import student_wheel

HOME = "https://grader.example.edu"
# This environment's own grader is an editable installation, whose finder also answers for what an
# installed half lacks; a student's machine has none.
ALONE = """\
import runpy, sys
sys.meta_path[:] = [one for one in sys.meta_path if "Editable" not in repr(one)]
sys.argv[0] = "grader"
runpy.run_module("grader.cli", run_name="__main__")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Installed by pip into a folder of its own, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    name = student_wheel.current_name()
    (folder / name).write_bytes(student_wheel.build(name, HOME))
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    done = subprocess.run(
        [*pip, "--target", folder / "site", folder / name],
        env=os.environ | {"PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


def run(site, *words):
    """A command of the installed half."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GRADER_", "PYTHON"))}
    environment["PYTHONPATH"] = str(site)  # before this environment's own grader
    environment["XDG_CONFIG_HOME"] = str(site.parent / "config")
    return subprocess.run(
        [sys.executable, "-c", ALONE, *words],
        cwd=site.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_of_the_server_is_in_the_wheel(installed):
    packages = {path.name for path in (installed / "grader").iterdir() if path.is_dir()}
    assert packages - {"__pycache__", "course"} == set(student_wheel.PACKAGES)
    assert {path.stem for path in (installed / "grader/course").glob("*.py")} == {
        "__init__",
        "person_names",
    }
    (folder,) = installed.glob("grader-*.dist-info")
    needed = (folder / "METADATA").read_text()
    assert "Requires-Dist: numpy" in needed
    assert "Requires-Dist: httpx" in needed
    for server in ("fastapi", "docker", "psycopg", "procrastinate"):
        assert server not in needed


@pytest.mark.slow
def test_installed_half_knows_its_service_and_only_its_own_commands(installed):
    done = run(installed, "--help")
    assert done.returncode == 0, done.stderr
    offered = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("│ ")}
    assert {"check", "watch", "login", "submit", "status", "report", "download"} <= offered
    assert not {"serve", "grade", "users", "suite", "doctor"} & offered
    done = run(installed, "submit")
    assert f"grader login {HOME}" in done.stderr


@pytest.mark.slow
def test_installed_half_checks_a_folder(installed, tmp_path):
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "layers.py").write_text("def double(x):\n    return x + 2\n")
    (tmp_path / "public_tests" / "test_a.py").write_text(
        "from grader.suite import close, task\n\n\n"
        '@task("1a")\ndef test_double(student):\n    close(student.layers.double(3), 6)\n'
    )
    done = run(installed, "check", str(tmp_path))
    assert done.returncode == 1, done.stderr
    assert "got 5, expected 6" in done.stdout


def test_name_of_last_month_is_still_good_and_others_are_not():
    old = "grader-0.0.9+0badcafe-py3-none-any.whl"
    path = student_wheel.build(old, HOME)
    assert b"grader-0.0.9+0badcafe.dist-info/METADATA" in path
    for name in ("grader-1.whl", "../grader-0.1-py3-none-any.whl", "other-0.1-py3-none-any.whl"):
        with pytest.raises(errors.NotFound):
            student_wheel.build(name, HOME)


def test_equal_code_makes_an_equal_wheel(tmp_path):
    name = student_wheel.current_name()
    first = student_wheel.build(name, HOME)
    student_wheel.build.cache_clear()
    assert student_wheel.build(name, HOME) == first
    (tmp_path / name).write_bytes(first)
    with zipfile.ZipFile(tmp_path / name) as wheel:
        assert wheel.read("grader/client/home.txt") == b"https://grader.example.edu\n"
