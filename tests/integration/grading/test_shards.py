"""A submission's tests shared out among several sandboxes, in real containers."""

import tempfile
import textwrap
import time
import uuid
from pathlib import Path

import pytest

from grader import errors, models, settings
from grader.assignment import manifest
from grader.grading import submission_grader
from grader.sandbox import container, pool
from tests.support import checked

TESTS = 8
MANIFEST = """
slug = "hw"
title = "Homework"
course = "T"
total_points = 8
submission = { required = ["net.py"] }
limits = { test_s = 20, run_s = 60, memory_mb = 256 }
[[task]]
id = "1"
title = "A net"
points = 8
"""
PUBLIC = f"""
import pytest
from grader.suite import close, task

@task("1")
@pytest.mark.parametrize("number", range({TESTS}))
def test_waits(student, number):
    close(student.net.wait(number), number)
"""
WAITS = """
import time

def wait(number):
    time.sleep(0.3)
    return number
"""


@pytest.fixture(scope="module")
def hw(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    suite = course / "tests" / "suites" / "hw"
    (suite / "public").mkdir(parents=True)
    (suite / "public" / "test_net.py").write_text(PUBLIC)
    (suite / "assignment.toml").write_text(MANIFEST)
    return manifest.load(course, "hw")


@pytest.fixture(scope="module")
def sandboxes(docker_engine):
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:  # short: a socket lies in it
        engine = container.Engine(Path(folder, "run"), f"test-{uuid.uuid4().hex[:8]}")
        shelf = pool.Pool(engine, 2)
        yield shelf
        shelf.close()
        assert engine.reap() == 0, "a container was left behind"


@pytest.fixture(scope="module")
def grader(sandboxes, suites):
    image = settings.from_environment().sandbox_image
    return submission_grader.Grader(sandboxes, suites, image, processors=2)


@pytest.fixture
def both_warm(sandboxes, grader, hw):
    profile = grader.profile(hw.manifest)
    deadline = time.monotonic() + 60
    while sandboxes.stats().warm < 2:
        sandboxes.prewarm(profile)
        assert time.monotonic() < deadline
        time.sleep(0.05)


def tree(source):
    return models.FileTree({"net.py": textwrap.dedent(source).encode()})


def test_each_test_runs_once_and_the_phase_ends_once(grader, hw, both_warm):
    told = []
    report = grader.grade(hw, checked.upload(hw, tree(WAITS)), progress=told.append)
    assert report.score == report.max_score
    names = [news.outcome.test for news in told if isinstance(news, models.Tested)]
    assert (len(names), len(set(names))) == (TESTS, TESTS)
    assert [news.done for news in told if isinstance(news, models.Tested)] == [*range(1, TESTS + 1)]
    ends = [news for news in told if isinstance(news, models.PhaseEnded)]
    assert [(end.passed, end.total) for end in ends] == [(TESTS, TESTS)]
    assert told[-1] is ends[0]
    assert [test.name for test in report.tests] == sorted(names)


def test_two_sandboxes_work_at_the_same_time(grader, hw, both_warm, sandboxes):
    most = []
    grader.grade(
        hw,
        checked.upload(hw, tree(WAITS)),
        progress=lambda _: most.append(sandboxes.stats().leased),
    )
    assert max(most) == 2


def test_without_a_second_warm_sandbox_one_does_it_all(docker_engine, suites, hw):
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:
        engine = container.Engine(Path(folder, "run"), f"test-{uuid.uuid4().hex[:8]}")
        cold = pool.Pool(engine, 0)
        image = settings.from_environment().sandbox_image
        report = submission_grader.Grader(cold, suites, image, processors=2).grade(
            hw, checked.upload(hw, tree(WAITS))
        )
        cold.close()
        assert report.score == report.max_score


def test_lost_sandbox_costs_the_test_in_it_only(grader, hw, both_warm):
    report = grader.grade(
        hw,
        checked.upload(
            hw,
            tree("""
        import os, signal, time

        def wait(number):
            time.sleep(0.1)
            if number == 3:
                time.sleep(1e-3)
                os._exit(7)
            return number
        """),
        ),
    )
    verdicts = [test.verdict for test in report.tests]
    assert verdicts.count(models.Verdict.PASSED) == TESTS - 1
    assert verdicts[3] is models.Verdict.CRASHED


def test_failure_of_the_service_ends_the_other_sandbox_s_work(grader, hw, both_warm, sandboxes):
    def broken(_):
        raise errors.OperatorError("the database is gone")

    slow = WAITS.replace("0.3", "15 if number else 0.3")
    started = time.monotonic()
    with pytest.raises(errors.OperatorError, match="database is gone"):
        grader.grade(hw, checked.upload(hw, tree(slow)), progress=broken)
    assert time.monotonic() - started < 12, "waited for a test of the other sandbox"
    assert sandboxes.stats().leased == 0


READABLE = """
import pytest
from grader.suite import task

@task("1")
@pytest.mark.parametrize("number", range(3))
def test_fast(student, number):
    student.net.work(f"visible {number}")

@task("1", slow=True)
@pytest.mark.parametrize("number", range(2))
def test_slow(student, number):
    student.net.work(f"visible {number}")
"""
UNREAD = READABLE.replace("test_", "test_hidden_").replace("visible", "hidden")
WORKS = """
import os
import time

def work(what):
    started = time.monotonic()
    time.sleep(0.2)
    print(what, started, time.monotonic(), os.getpid())
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Visible and hidden tests of both kinds, fast and slow."""
    course = tmp_path_factory.mktemp("mixed")
    suite = course / "tests" / "suites" / "hw"
    for folder, text in (("public", READABLE), ("hidden", UNREAD)):
        (suite / folder).mkdir(parents=True)
        (suite / folder / f"test_{folder}.py").write_text(text)
    (suite / "assignment.toml").write_text(MANIFEST)
    return manifest.load(course, "hw")


def test_no_visible_test_runs_beside_a_hidden_one(grader, mixed, both_warm):
    report = grader.grade(mixed, checked.upload(mixed, tree(WORKS)))
    said = [test.output.split() for test in report.tests]
    spans = [(what, float(start), float(end)) for what, _, start, end, _ in said]
    visible = [span for span in spans if span[0] == "visible"]
    hidden = [span for span in spans if span[0] == "hidden"]
    assert (len(visible), len(hidden)) == (5, 5)
    beside = [(a, b) for a in visible for b in hidden if a[1] < b[2] and b[1] < a[2]]
    assert not beside
    together = [(a, b) for a in visible for b in visible if a[1] < b[1] < a[2]]
    assert together, "both sandboxes worked, or this shows nothing"
