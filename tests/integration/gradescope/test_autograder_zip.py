"""An exported autograder.zip in a container laid out like Gradescope's, offline.

The container is our sandbox image run as root, with the packages that setup.sh would install
mounted; what setup.sh does beside that is done here.
"""

import io
import json
import secrets
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest

from grader import errors, settings
from grader.assignment import manifest as assignments
from grader.gradescope import autograder_zip
from tests.support import attacked

START = """
mkdir -p /opt/grader-guest/grader
cp -r /autograder/source/grader/rpc /autograder/source/grader/__init__.py /opt/grader-guest/grader/
chmod -R a+rX /opt/grader-guest
command -v python3 >/opt/grader-guest/python
PYTHONPATH=/packages bash /autograder/source/run_autograder
"""
PEEK = """
    import glob, os
    seen = []
    for path in ("/autograder/source/course", "/autograder/source", "/autograder/results",
                 "/autograder/submission", "/root"):
        try:
            seen += os.listdir(path)
        except OSError:
            pass
    for path in (*glob.glob("/proc/[0-9]*/environ"), *glob.glob("/autograder/source/**/*.py")):
        try:
            seen.append(open(path).read())
        except OSError:
            pass
    try:
        with open("/autograder/results/results.json", "w") as file:
            file.write('{"score": 1000}')
        seen.append("WROTE")
    except OSError:
        pass
    for path in glob.glob("/proc/[0-9]*/mem"):
        try:
            open(path, "rb").close()
            if path != f"/proc/{os.getpid()}/mem":
                seen.append("MEMORY " + path)
        except OSError:
            pass
    if os.getuid() == 0:
        seen.append("ROOT")
    print("SEEN", [one for one in seen if "autograder" in one or len(one) < 200])
    def double(x): return x
    def one(): return 1
"""


@pytest.fixture(scope="module")
def canary():
    return f"CANARY{secrets.token_hex(16)}"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory, canary):
    return attacked.write(tmp_path_factory.mktemp("course"), canary)


@pytest.fixture
def graded(docker_engine, assignment, tmp_path):
    """Grades a source as layers.py in such a container; what results.json holds."""

    def run(source):
        for name in ("source", "submission", "results"):
            (tmp_path / name).mkdir(exist_ok=True)
        data = autograder_zip.build(assignment, tmp_path)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(tmp_path / "source")
        (tmp_path / "submission" / "layers.py").write_text(textwrap.dedent(source))
        packages = Path(np.__file__).parents[1]
        mounts = {
            str(tmp_path): {"bind": "/autograder", "mode": "rw"},
            str(packages): {"bind": "/packages", "mode": "ro"},
        }
        docker_engine.containers.run(
            settings.from_environment().sandbox_image,
            entrypoint=["bash", "-c", START],
            command=[],
            user="0",
            network_disabled=True,
            volumes=mounts,
            remove=True,
        )
        return json.loads((tmp_path / "results" / "results.json").read_text())

    return run


def scores(found):
    return {
        test["name"].split("::")[1].split("_CANARY")[0]: test["score"] for test in found["tests"]
    }


def shown(found):
    """What a student reads there."""
    visible = [test for test in found["tests"] if test["visibility"] == "visible"]
    return json.dumps([found["output"], *(test["output"] for test in visible)])


pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="packages of another Python do not fit the image"
)


def test_honest_submission_gets_all_its_points(graded, assignment):
    found = graded(attacked.HONEST)
    assert found["score"] == 40
    assert found["extra_data"]["suite_version"] == assignment.suite_version()
    assert {test["visibility"] for test in found["tests"]} == {"visible", "hidden"}


def test_wrong_submission_loses_the_task_and_reads_why(graded):
    found = graded("def double(x): return x\ndef one(): return 1\n")
    assert found["score"] == 10
    assert "got" in shown(found)
    assert "Hint: Twice." in shown(found)


def test_submission_reads_nothing_of_the_suite_and_writes_no_results(graded, canary):
    found = graded(PEEK)
    assert found["score"] == 10
    assert "SEEN []" in shown(found)
    assert canary not in shown(found)


def test_crash_costs_its_test_only(graded):
    found = graded("import os\ndef double(x): os._exit(3)\ndef one(): return 1\n")
    assert found["score"] == 10


def test_upload_that_breaks_a_rule_is_told_why(graded):
    found = graded("def broken(:\n")
    assert (found["score"], "tests" in found) == (0, False)
    assert "layers.py" in found["output"]


def test_zip_has_no_solution_and_is_the_same_each_time(assignment, tmp_path):
    solution = assignment.reference_dir / "layers.py"
    solution.parent.mkdir(parents=True)
    solution.write_text("SOLUTION = 1\n")
    data = autograder_zip.build(assignment, tmp_path, ["scikit-learn==1.7.2"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [n for n in archive.namelist() if b"SOLUTION = 1" in archive.read(n)]
        assert archive.read("requirements.txt").endswith(b"scikit-learn==1.7.2\n")
        assert archive.getinfo("run_autograder").external_attr >> 16 == 0o100755
    assert autograder_zip.build(assignment, tmp_path, ["scikit-learn==1.7.2"]) == data


@pytest.mark.parametrize("line", ["--index-url=x", "a\nb"])
def test_requirement_that_is_an_option_is_refused(assignment, tmp_path, line):
    with pytest.raises(errors.SuiteError, match="requirement"):
        autograder_zip.build(assignment, tmp_path, [line])


def test_data_sets_that_are_missing_are_named(tmp_path):
    root = Path(__file__).parents[3]
    with pytest.raises(errors.DatasetMissing, match="mnist"):
        autograder_zip.build(assignments.load(root, "cpsc663_ex2"), tmp_path)
