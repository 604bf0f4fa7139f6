"""The ways to grade one submission that the benchmarks compare, as whole processes.

Owns the two baselines, which run the same suite against the same files: pytest in one process on
this machine, and a fresh container per submission with student code and tests in one process, as
Gradescope's harness does it. Neither keeps hidden tests from student code. Slow tests are left out
of both: what is compared is the time until a student knows the quick results.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from grader import settings
from grader.assignment import manifest as assignments
from grader.assignment import provided_files
from grader.grading import bench

ROOT = Path(__file__).parent.parent
SERVICE_IMAGE = "grader-service:latest"
CPUS = str(os.cpu_count() or 1)
# Plugins that only this project's own tests need would slow the others down by a second.
VARIABLES = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
DATASETS = settings.from_environment().datasets.resolve()


def timed(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@contextmanager
def folder_of(assignment: assignments.Assignment, submission: Path) -> Iterator[Path]:
    """A submission as a folder, with the files that the course adds."""
    tree = bench.read([submission], assignment.manifest)
    tree = provided_files.overlay(tree, provided_files.files(assignment))
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for path, content in (tree.files | provided_files.helpers(assignment)).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        yield folder


def arguments(suite: Path) -> list[str]:
    """The interpreter's arguments: pytest, our fixture, both folders of a suite."""
    # Without the plugin of students' own runs: it has a fixture of the same name.
    command = ["-m", "pytest", "-q", "-p", "no:grader", "-p", "benchmarks.inprocess"]
    command += ["-p", "no:cacheprovider"]
    command += ["-c", os.devnull, "--rootdir", str(suite), "--import-mode=importlib"]
    return command + [str(suite / name) for name in ("public", "hidden")]


def pytest_here(assignment: assignments.Assignment, folder: Path) -> None:
    """One cold `python -m pytest` of public and hidden suite on this machine."""
    environment = os.environ | VARIABLES | places(folder, DATASETS) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments(assignment.suite_dir)]
    _run(command, environment)


def container_each(assignment: assignments.Assignment, folder: Path) -> None:
    """One `docker run` with the same pytest inside, all processors its own."""
    suite = Path("/course/tests/suites") / assignment.slug
    variables = VARIABLES | places(Path("/submission"), Path("/datasets"))
    command = ["docker", "run", "--rm", "--network", "none", "--cpus", CPUS, "--user", "0"]
    command += ["--entrypoint", "python3", "--workdir", "/tmp"]
    for name, value in (variables | {"PYTHONPATH": "/course"}).items():
        command += ["--env", f"{name}={value}"]
    for source, target in ((ROOT, "/course"), (folder, "/submission"), (DATASETS, "/datasets")):
        command += ["--volume", f"{source}:{target}:ro"]
    _run([*command, SERVICE_IMAGE, *arguments(suite)], dict(os.environ))


def places(submission: Path, datasets: Path) -> dict[str, str]:
    """Where `inprocess` finds submission and data."""
    return {
        "SUBMISSION": str(submission),
        "DATASETS": str(datasets),
        "GRADER_DATA": str(datasets / "public"),
    }


def _run(command: list[str], environment: dict[str, str]) -> None:
    """Run a harness; failing tests are a result, anything else is an error."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not re.search(r"\d (passed|failed)", done.stdout):
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")


def needed() -> list[str]:
    """What is missing for the containers' way, in words; empty when nothing is."""
    if not shutil.which("docker"):
        return ["the docker command"]
    done = subprocess.run(
        ["docker", "image", "inspect", SERVICE_IMAGE], capture_output=True, check=False
    )
    return [] if done.returncode == 0 else [f"the image {SERVICE_IMAGE}"]
