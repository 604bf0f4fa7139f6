"""A restart of the database does not break off a grading or count as its failure."""

import contextlib

import pytest

from grader import errors
from grader.service import progress_writer, run_grader
from grader.store import runs

AWAY = errors.DatabaseAway("The database cannot be reached: restarting.")


def failing(times, result):
    """A write that fails so many times first."""
    tries = iter([AWAY] * times)

    def write():
        for error in tries:
            raise error
        return result

    return write


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(progress_writer, "RETRY_S", 0.0)


def test_write_is_repeated_until_the_database_is_back():
    assert progress_writer.patiently(failing(3, "written")) == "written"


def test_write_gives_up_when_patience_ends(monkeypatch):
    monkeypatch.setattr(progress_writer, "PATIENCE_S", -1.0)
    with pytest.raises(errors.StoreUnavailable):
        progress_writer.patiently(failing(3, None))


def test_database_that_is_away_counts_as_no_failure_of_the_run(monkeypatch):
    class Work:
        run_id, attempt, assignment, failures = 1, 1, "hw1", 4

    class Port:
        def check(self):
            pytest.fail("the sandboxes are not to blame")

    counted = []
    monkeypatch.setattr(runs, "postpone", lambda *_, counted: marks.append(counted))
    marks = counted
    grader = run_grader.RunGrader(store=None, uploads=None, port=Port(), max_attempts=5)
    with contextlib.suppress(errors.StoreUnavailable):
        grader._machine_failed(Work(), AWAY)
    assert counted == [False]
