"""A test's own code has a time of its own, in seconds of the processor."""

import time

import pytest

from grader import models
from grader.suite import checking_time, events
from tests.support import local_course

Verdict = models.Verdict
LOOP = """
    import time

    def work(seconds):
        start = time.process_time()
        while time.process_time() - start < seconds:
            pass

    @task("1a")
    def test_loop_over_the_answer(student):
        work(student.layers.size())

    @task("1a")
    def test_swallows(student):
        for _ in range(int(student.layers.size())):
            try:
                work(1)
            except Exception:
                pass

    @task("1a")
    def test_waits_without_working(student):
        time.sleep(1.5)
        close(student.layers.one(), 1)

    @task("1a")
    def test_next(student):
        close(student.layers.one(), 1)
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setattr(checking_time, "limit_s", lambda _test_s: 0.5)
    monkeypatch.setattr(checking_time, "AGAIN_S", 0.1)
    return local_course.Course(tmp_path)


@pytest.mark.slow
def test_loop_that_a_student_s_value_makes_long_ends_and_costs_its_test_only(course):
    started = time.process_time()
    found = course.run("def size(): return 1000.0\ndef one(): return 1", LOOP)
    assert time.process_time() - started < 60
    assert course.fault is None
    for name in ("test_loop_over_the_answer", "test_swallows"):
        assert found[name].verdict is Verdict.TIME_LIMIT
        assert found[name].message.startswith(
            "Checking what your code returned took more than 0.5 s of processor time."
        )
    assert found["test_waits_without_working"].verdict is Verdict.PASSED
    assert found["test_next"].verdict is Verdict.PASSED
    suspicions = {
        e.outcome.test.split("::")[1]: e.suspicion
        for e in course.events
        if isinstance(e, events.Finished)
    }
    assert suspicions["test_loop_over_the_answer"].startswith("public/test_public.py, line ")
    assert suspicions["test_next"] == ""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["before", "after"])
def test_loop_in_a_fixture_ends_as_well(course, where):
    loop = "while True: pass"
    public = f"""
    import pytest

    @pytest.fixture
    def prepared(student):
        {loop if where == "before" else "pass"}
        yield
        {loop if where == "after" else "pass"}

    @task("1a")
    def test_prepared(prepared): pass

    @task("1a")
    def test_next(student): close(student.layers.one(), 1)
    """
    found = course.run("def one(): return 1", public)
    assert course.fault is None
    assert found["test_prepared"].verdict is Verdict.TIME_LIMIT
    assert found["test_next"].verdict is Verdict.PASSED


def test_limit_is_generous():
    assert checking_time.limit_s(0.5) == checking_time.LEAST_S
    assert checking_time.limit_s(300) == 300
