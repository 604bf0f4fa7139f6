"""Whose fault a failing test is, and what staff read of a mistake in one."""

import errno
import gzip

import hypothesis
import pytest

from grader import errors, models
from grader.rpc import host, wire
from grader.suite import WrongAnswer, blame, events
from tests.support import local_course

Verdict = models.Verdict


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (WrongAnswer("no"), Verdict.WRONG_ANSWER),
        (AssertionError(), Verdict.WRONG_ANSWER),
        (pytest.fail.Exception("no"), Verdict.WRONG_ANSWER),
        (host.AnswerTooLarge("too much"), Verdict.WRONG_ANSWER),
        (host.StudentRaised(wire.Raise(1, "KeyError", "x")), Verdict.EXCEPTION),
        (host.StudentRaised(wire.Raise(1, "MemoryError", "")), Verdict.MEMORY_LIMIT),
        (host.Stopped(Verdict.TIME_LIMIT, "late"), Verdict.TIME_LIMIT),
        (host.GuestLost(), Verdict.CRASHED),
        (MemoryError(), Verdict.MEMORY_LIMIT),
    ],
)
def test_what_the_submission_did_is_its_own_fault(failure, verdict, tmp_path):
    assert blame.verdict_of(failure) is verdict
    assert blame.suspicion(failure, tmp_path, "t") == ""


@pytest.mark.parametrize(
    "failure",
    [
        errors.SandboxUnavailable("gone"),
        errors.DatasetMissing("mnist"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EMFILE, "Too many open files"),
        ConnectionResetError(errno.ECONNRESET, "reset"),
    ],
)
def test_machine_that_fails_costs_no_test(failure, tmp_path):
    assert blame.verdict_of(failure) is None
    assert blame.suspicion(failure, tmp_path, "t") == ""


@pytest.mark.parametrize(
    "failure",
    [
        NameError("name 'expceted' is not defined"),
        TypeError("'NoneType' object is not subscriptable"),
        FileNotFoundError(errno.ENOENT, "No such file"),
        PermissionError(errno.EACCES, "Permission denied"),
        gzip.BadGzipFile("Not a gzipped file"),
        errors.SuiteError("no figure"),
        hypothesis.errors.Unsatisfiable("no example"),
        hypothesis.errors.FailedHealthCheck("slow"),
        pytest.skip.Exception("later"),
        SystemExit(3),
    ],
)
def test_anything_else_is_in_doubt(failure, tmp_path):
    assert blame.verdict_of(failure) is Verdict.WRONG_ANSWER
    assert blame.suspicion(failure, tmp_path, "hidden/test_a.py::test_b") == (
        f"hidden/test_a.py::test_b: {type(failure).__name__}: {failure}"
    )


def finished(course):
    return {
        e.outcome.test.split("::")[1]: e for e in course.events if isinstance(e, events.Finished)
    }


@pytest.mark.slow
def test_suspicion_names_file_line_and_error_and_the_student_reads_none_of_it(tmp_path):
    course = local_course.Course(tmp_path)
    found = course.run(
        "def double(x): return 2 * x",
        hidden="""
        import pytest

        @pytest.fixture
        def table():
            raise KeyError("weights")

        @task("1a")
        def test_typo(student):
            close(student.layers.double(1), expceted)

        @task("1a")
        def test_before_any_call(student, table):
            close(student.layers.double(1), 2)

        @task("1a")
        def test_no_such_fixture(student, tabel):
            pass

        @pytest.fixture(scope="module")
        def doubled(student):
            return student.layers.double(1)

        @task("1a")
        def test_shared(doubled):
            close(doubled, 2)

        @task("1a")
        def test_wrong(student):
            close(student.layers.double(1), 3)
        """,
    )
    told = finished(course)
    assert course.fault is None
    assert told["test_typo"].suspicion == (
        "hidden/test_hidden.py, line 13: NameError: name 'expceted' is not defined"
    )
    assert told["test_before_any_call"].suspicion.startswith(
        "hidden/test_hidden.py, line 9: KeyError"
    )
    assert "there is no fixture 'tabel' here. Correct" in told["test_no_such_fixture"].suspicion
    assert "asks for one that every test has of its own" in told["test_shared"].suspicion
    assert "plugin.py" not in told["test_shared"].suspicion
    assert told["test_wrong"].suspicion == ""
    assert {o.verdict for o in found.values()} == {Verdict.WRONG_ANSWER}


@pytest.mark.slow
def test_value_that_a_test_cannot_use_is_said_in_words(tmp_path):
    course = local_course.Course(tmp_path)
    found = course.run(
        "def pair(x): return (x, 2), 3",
        """
        @task("1a")
        def test_pair(student):
            (first, second, third), _ = student.layers.pair(1)
        """,
    )
    assert found["test_pair"].message == (
        "Your code returned something that the test cannot use: not enough values to "
        "unpack (expected 3, got 2) (ValueError). Compare its type, its shape and what it holds "
        "with the task."
    )
