"""The way of Otter-Grader: `otter run` with the same test functions, as exception-based tests.

Owns the making of Otter's own environment (in .cache, at first use), of an autograder.zip from a
suite, and the bridge by which Otter's test cases call the suite's functions. Otter runs submission
and tests in one kernel and starts that anew for each submission; its containers, which its
`otter grade` builds from an online image, come on top.
"""

import contextlib
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import inprocess, ways
from grader.assignment import manifest as assignments
from grader.suite import datasets, decorators

PLACE = ways.ROOT / ".cache" / "otter"
COMMAND = PLACE / "bin" / "otter"
PACKAGES = ("otter-grader==7.0.0", "ipykernel")
FOLDERS = ("public", "hidden")
HEAD = """from otter.test_files import test_case
from benchmarks.otter import call

OK_FORMAT = False
name = {name!r}
"""
CASE = """

@test_case(points=1, hidden={hidden})
def case_{number}():
    call({path!r}, {function!r}, {which})
"""


def prepare() -> None:
    """Have Otter, in an environment that finds this project's packages behind its own."""
    if COMMAND.exists():
        return
    venv.EnvBuilder(with_pip=True, clear=True).create(PLACE)
    pip = [str(PLACE / "bin" / "python"), "-m", "pip", "install", "-qqq"]
    subprocess.run([*pip, "-c", str(ways.ROOT / "constraints.txt"), *PACKAGES], check=True)
    (site,) = PLACE.glob("lib/python*/site-packages")
    (site / "project.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ways.ROOT}\n")


@contextlib.contextmanager
def archive(assignment: assignments.Assignment) -> Iterator[Path]:
    """An assignment's suite as an autograder.zip; slow tests are left out."""
    prepare()
    with tempfile.TemporaryDirectory() as name:
        tests, target = Path(name, "tests"), Path(name, "autograder.zip")
        tests.mkdir()
        for folder in FOLDERS:
            for path in sorted((assignment.suite_dir / folder).glob("test_*.py")):
                (tests / f"{folder}_{path.name}").write_text(_as_otter(path, folder))
        command = [COMMAND, "generate", "-t", tests, "-o", target, "--no-config"]
        _run([*command, "--no-requirements", "--no-environment"], {}, Path(name))
        yield target


def _as_otter(path: Path, folder: str) -> str:
    lines = [HEAD.format(name=f"{folder}.{path.stem}")]
    cases = ((f, which) for f in _functions(path) for which in range(len(_parameters(path, f))))
    for number, (function, which) in enumerate(cases):
        hidden = folder == "hidden"
        lines.append(
            CASE.format(
                number=number, hidden=hidden, path=str(path), function=function, which=which
            )
        )
    return "".join(lines)


def grade(archive: Path, folder: Path) -> None:
    """`otter run` on one submission."""
    places = {"SUBMISSION": str(folder), "DATASETS": str(ways.DATASETS)}
    places["GRADER_DATA"] = str(ways.DATASETS / "public")
    with tempfile.TemporaryDirectory() as name:
        script = Path(name, "submission.py")
        script.write_text("import benchmarks.otter as bridge\n\nbridge.enter()\n")
        _run([COMMAND, "run", "-a", archive, "-o", name, script], places, Path(name))
        results = json.loads(Path(name, "results.json").read_text())
        if len(results["tests"]) < 2 or "score" in results:  # it has one when it failed itself
            raise RuntimeError(f"otter run failed: {results['tests'][-1]['output'][-2000:]}")


def _run(command: list[Any], variables: dict[str, str], folder: Path) -> None:
    environment = os.environ | ways.VARIABLES | variables
    environment["PATH"] = f"{PLACE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[:2]} ended with {done.returncode}:\n{done.stderr[-2000:]}")


# ---- inside of Otter's kernel -------------------------------------------------------------


def enter() -> None:
    """Make the submission importable, in the kernel that runs the tests."""
    sys.path.append(os.environ["SUBMISSION"])


def call(path: str, function: str, which: int) -> None:
    """One case of one test function; raises what it raises."""
    arguments = _parameters(Path(path), function)[which]
    # Otter finds its own files from where it started.
    with inprocess.submission() as student, contextlib.chdir(os.environ["SUBMISSION"]):
        getattr(_module(Path(path)), function)(student=student, **arguments)


@cache
def _module(path: Path) -> ModuleType:
    datasets.use(str(ways.DATASETS))
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _functions(path: Path) -> Iterator[str]:
    """Names of the tests that are not slow."""
    for name, value in vars(_module(path)).items():
        mark = getattr(value, decorators.MARK, None)
        if name.startswith("test_") and mark is not None and not mark.slow:
            yield name


@cache
def _parameters(path: Path, function: str) -> list[dict[str, Any]]:
    """The arguments of each case, as `parametrize` has them."""
    marks = getattr(getattr(_module(path), function), "pytestmark", [])
    axes = [_axis(*mark.args[:2]) for mark in marks if mark.name == "parametrize"]
    return [dict(itertools.chain(*combined)) for combined in itertools.product(*axes)]


def _axis(names: Any, rows: Any) -> list[list[tuple[str, Any]]]:
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    return [list(zip(keys, row if len(keys) > 1 else [row], strict=True)) for row in rows]
