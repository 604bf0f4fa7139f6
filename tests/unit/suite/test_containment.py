"""A failure at the end of a test is that test's alone; the next file's first test runs as ever."""

import pytest

from grader import models
from grader.rpc import host
from grader.suite import containment
from tests.support import local_course

Verdict = models.Verdict
NEXT_FILE = """
@task("1a")
def test_next_file(student):
    close(student.layers.one(), 1)
"""
FIXTURES = """
import pytest, sys

ENDED = []

@pytest.fixture
def outer():
    yield ENDED
    ENDED.append("outer")

@pytest.fixture(scope="module", autouse=True)
def module():
    yield
    ENDED.append("module")
"""


@pytest.fixture
def course(tmp_path):
    return local_course.Course(tmp_path)


@pytest.mark.slow
def test_sandbox_that_ends_during_a_teardown_costs_the_next_file_nothing(course):
    """By the end of the test the supervisor is gone, so ending its child raises `GuestLost`."""
    source = """
    import os, signal, time
    def one(): return 1
    def last_words():
        os.kill(os.getppid(), signal.SIGKILL)
        return 1
    """
    public = """
    @task("1a")
    def test_last_words(student): close(student.layers.last_words(), 1)
    """
    found = course.run(source, public, NEXT_FILE)
    assert course.fault is None
    assert found["test_last_words"].verdict is Verdict.CRASHED
    assert found["test_next_file"].verdict is Verdict.PASSED


@pytest.mark.slow
@pytest.mark.parametrize("raised", ["sys.exit(3)", "raise GeneratorExit", "raise BaseException(1)"])
def test_fixture_that_raises_no_exception_at_its_end_costs_its_own_test_only(course, raised):
    public = f"""
    {FIXTURES.replace(chr(10), chr(10) + "    ")}
    @pytest.fixture
    def inner(outer):
        yield
        {raised}

    @task("1a")
    def test_own(inner): pass

    @task("1a")
    def test_ends_of_all_fixtures_were_reached(): assert ENDED == ["outer"]
    """
    found = course.run("def one(): return 1", public, NEXT_FILE)
    assert course.fault is None
    assert found["test_own"].verdict is Verdict.WRONG_ANSWER
    assert found["test_ends_of_all_fixtures_were_reached"].verdict is Verdict.PASSED
    assert found["test_next_file"].verdict is Verdict.PASSED


@pytest.mark.slow
def test_fixture_that_raises_no_exception_at_its_beginning_costs_its_own_test_only(course):
    public = f"""
    {FIXTURES.replace(chr(10), chr(10) + "    ")}
    @pytest.fixture
    def inner(outer):
        sys.exit(3)

    @task("1a")
    def test_own(inner): pass
    """
    found = course.run("def one(): return 1", public, NEXT_FILE)
    assert course.fault is None
    assert found["test_own"].verdict is Verdict.WRONG_ANSWER
    assert found["test_next_file"].verdict is Verdict.PASSED


def test_original_is_found_in_containers_and_groups():
    lost = host.GuestLost()
    group = BaseExceptionGroup("errors", [containment.Contained(lost), ValueError()])
    assert containment.original(group) is lost
    assert containment.original(lost) is lost
