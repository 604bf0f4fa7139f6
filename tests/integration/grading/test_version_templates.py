"""A suite's own template: the same reports, made at first use, gone with the version."""

import contextlib
import dataclasses
import os
import re
import time
import uuid

import pytest

from grader import errors, models, settings
from grader.grading import submission_grader
from grader.sandbox import container, pool
from grader.suite import forkserver, version_templates
from tests.support import attacked, checked

READY_S = 240  # it imports nothing more, but a machine may be busy
FOLDER = re.compile(r"/tmp/\S*?run\d+/")  # numbered by the processes of a sandbox so far
PROPERTIES = """
import numpy as np
import pytest
from grader.suite import close, given, task, strategies as st

ORDER = []

@task("double")
@given(x=st.arrays(st.shapes(n=(1, 6))))
def test_property(student, x):
    ORDER.append(x)
    close(student.layers.double(x), 2 * x)

@task("double")
@pytest.mark.parametrize("factor", [1, 3])
@given(x=st.arrays(st.shapes(n=(1, 6))))
def test_cases(student, factor, x):
    x *= factor
    close(student.layers.double(x), 2 * x)

@pytest.fixture
def one(student):
    return student.layers.one()

@task("honest")
@given(x=st.arrays(st.shapes(n=(1, 6))))
def test_with_a_fixture(student, one, x):
    close(one, 1)

@task("honest")
def test_process_is_its_own(student):
    ORDER.append(None)
    assert len(ORDER) <= 26
"""
SUBMISSIONS = {
    "honest": attacked.HONEST,
    "wrong": "def double(x): return 2 * x * (x.size < 3)\ndef one(): return 2\n",
    "raises": "def double(x):\n    print(x.shape)\n    return 2 * x / 0\ndef one(): return [][1]\n",
    "remembers": """
calls = []
def double(x):
    calls.append(1)
    print(len(calls))
    return 2 * x + (len(calls) > 9)
def one(): return 1
""",
    "ends": "import os\ndef double(x): os._exit(3)\ndef one(): return 1\n",
}

CACHED = """
import functools
import os
from grader.suite import task

@functools.cache
def made_by(): return os.getpid()

@functools.cache
def broken(): raise ValueError("nobody asked")

@functools.cache
def needs(x): return 1 / x

@task("honest")
def test_value_was_there_before(student):
    assert made_by() != os.getpid()
"""


@pytest.fixture(scope="module")
def sandboxes(docker_engine, tmp_path_factory):
    engine = container.Engine(tmp_path_factory.mktemp("run"), f"test-{uuid.uuid4().hex[:8]}")
    with contextlib.closing(pool.Pool(engine, 1)) as real:
        yield real


@pytest.fixture(scope="module")
def suites():
    with forkserver.SuiteTemplate() as template:
        yield template


@pytest.fixture(autouse=True)
def _no_place_is_kept(monkeypatch):
    """A test's suite gets a template at once, whatever the tests before had."""
    monkeypatch.setattr(version_templates, "LATELY_S", -1.0)


@pytest.fixture
def assignment(tmp_path):
    made = attacked.write(tmp_path, "CANARY")
    (made.suite_dir / "hidden" / "test_properties.py").write_text(PROPERTIES)
    (made.suite_dir / "public" / "test_properties.py").write_text(PROPERTIES)
    return made


@pytest.fixture
def grade(sandboxes, suites, assignment):
    grader = submission_grader.Grader(sandboxes, suites, settings.from_environment().sandbox_image)

    def run(source, **more):
        tree = models.FileTree({"layers.py": source.encode()})
        return grader.grade(assignment, checked.upload(assignment, tree), **more)

    return run


def await_template(suites, grade):
    """Grade until the suite has its own template."""
    deadline = time.monotonic() + READY_S
    while not any(each._is_ready for each in suites._versions._by_version.values()):
        assert time.monotonic() < deadline, "no template gets ready"
        grade(attacked.HONEST)


def told(report):
    unmeasured = {"wall_s": None, "cpu_s": None, "memory_bytes": None}
    tests = tuple(
        dataclasses.replace(test, output=FOLDER.sub("", test.output), **unmeasured)
        for test in report.tests
    )
    return dataclasses.replace(report, tests=tests, timing=models.Timing())


def test_reports_are_those_of_processes_that_collect_for_themselves(grade, suites, monkeypatch):
    spawn = suites.spawn
    with monkeypatch.context() as patched:
        patched.setattr(suites, "spawn", lambda request, fds, version: spawn(request, fds))
        plain = {name: told(grade(source)) for name, source in SUBMISSIONS.items()}
    await_template(suites, grade)
    for name, source in SUBMISSIONS.items():
        assert told(grade(source)) == plain[name], name
    assert plain["honest"].score == 40
    [template] = suites._versions._by_version.values()
    assert template._is_ready, "it has served them all"


def test_change_of_the_suite_takes_effect_at_the_next_grading(grade, suites, assignment):
    await_template(suites, grade)
    path = assignment.suite_dir / "public" / "test_public.py"
    text = path.read_text()
    path.write_text(text.replace("student.layers.one(), 1", "student.layers.one(), 7"))
    assert grade(attacked.HONEST).score < 40
    await_template(suites, grade)
    assert grade(attacked.HONEST).score < 40
    path.write_text(text)
    assert grade(attacked.HONEST).score == 40


def test_what_the_suite_caches_is_computed_once_for_all(grade, assignment):
    (assignment.suite_dir / "hidden" / "test_cached.py").write_text(CACHED)

    def was_there():
        (test,) = [t for t in grade(attacked.HONEST).tests if "there_before" in t.name]
        return test.verdict is models.Verdict.PASSED

    assert not was_there(), "without a template each process computes it"
    deadline = time.monotonic() + READY_S
    while not was_there():
        assert time.monotonic() < deadline, "no template computed it"


def test_broken_suite_is_named_as_ever(grade, suites, assignment):
    (assignment.suite_dir / "hidden" / "test_broken.py").write_text("import no_such_module\n")
    for _ in range(3):
        with pytest.raises(errors.SuiteError, match="no_such_module"):
            grade(attacked.HONEST)


def test_template_that_is_killed_costs_nothing(grade, suites):
    await_template(suites, grade)
    [template] = [each for each in suites._versions._by_version.values() if each._is_ready]
    template._process.kill()
    assert grade(attacked.HONEST).score == 40
    assert grade(attacked.HONEST).score == 40


def test_there_are_few_and_old_ones_go(grade, suites, assignment, monkeypatch):
    for number in range(version_templates.MOST + 2):
        (assignment.suite_dir / "hidden" / "conftest.py").write_text(f"A = {number}\n")
        grade(attacked.HONEST)
        grade(attacked.HONEST)
        ours = [
            each
            for each in suites._versions._by_version.values()
            if each.suite_dir == str(assignment.suite_dir.resolve())
        ]
        assert len(ours) == 1
        assert len(suites._versions._by_version) <= version_templates.MOST
    monkeypatch.setattr(version_templates, "UNUSED_S", -1.0)
    suites._versions._drop_unused()
    assert not suites._versions._by_version
    assert ours[0]._requests is None
    assert not os.path.exists(ours[0]._process.scratch)  # noqa: PTH110  # its name is a string


def test_confinement_of_its_forks_is_that_of_suite_processes(grade, suites, tmp_path):
    await_template(suites, grade)
    common = suites.attempts(tmp_path)
    [template] = [each for each in suites._versions._by_version.values() if each._is_ready]
    assert forkserver.attempts_of(template.fork, tmp_path) == common
