"""How a run's progress gets into the database: together, in order, and never late for a phase."""

import dataclasses
import time
import uuid

import pytest

from grader import errors, models
from grader.service import accounts, jobs, progress_writer
from grader.store import database, rows, run_events, runs, submissions
from tests.support import fakes_service as fakes

TESTS = 40
ENDED = models.PhaseEnded(models.Phase.PUBLIC, TESTS, TESTS, 1.0)


@pytest.fixture
def work(store):
    user = accounts.find(store, accounts.add_user(store, "ann", "student"))
    digest = "0" * 64
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, digest, 3, digest)
    run = submissions.get(store, jobs.accept(store, new), user).run_id
    return runs.begin(store, run, "worker test:1")


@pytest.fixture
def written(monkeypatch):
    """How many pieces of news each transaction had."""
    sizes = []
    record = runs.record
    monkeypatch.setattr(
        runs, "record", lambda db, work, *news: sizes.append(len(news)) or record(db, work, *news)
    )
    return sizes


def kept(store, work):
    return [event for event in run_events.since(store, work.run_id, 0) if event.kind != "state"]


def test_what_comes_at_once_is_written_at_once_and_in_order(store, work, written):
    with progress_writer.ProgressWriter(store, work) as notes:
        for number in range(TESTS):
            told = fakes.told(f"t{number}", done=number + 1)
            notes.tell(dataclasses.replace(told, total=TESTS))
        notes.tell(ENDED)
    assert sum(written) == TESTS + 1
    assert len(written) <= 3
    *tests, phase = kept(store, work)
    assert [f'"t{n}"' in event.data for n, event in enumerate(tests)] == [True] * TESTS
    assert (phase.kind, phase.data) == ("phase", '{"phase": "public"}')
    row = store.one("SELECT tests_done, tests_total FROM runs WHERE id = %(id)s", id=work.run_id)
    assert row == {"tests_done": TESTS, "tests_total": TESTS}


def test_end_of_a_phase_alone_leaves_the_counts(store, work):
    runs.record(store, work, fakes.told("t"))
    assert runs.record(store, work, ENDED)
    row = store.one("SELECT tests_done FROM runs WHERE id = %(id)s", id=work.run_id)
    assert row == {"tests_done": 1}


def test_end_of_a_phase_does_not_wait(store, work, monkeypatch):
    monkeypatch.setattr(progress_writer, "PAUSE_S", 60.0)
    with progress_writer.ProgressWriter(store, work) as notes:
        notes.tell(fakes.told("t"))
        notes.tell(ENDED)
        deadline = time.monotonic() + 20
        while len(kept(store, work)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_outcome_is_written_though_nothing_follows(store, work):
    with progress_writer.ProgressWriter(store, work) as notes:
        notes.tell(fakes.told("t"))
        deadline = time.monotonic() + 20
        while not kept(store, work):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_cancelled_run_hears_of_it(store, work):
    runs.cancel(store, [work.run_id], "staff", "called off")

    def grade():
        with progress_writer.ProgressWriter(store, work) as notes:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                notes.tell(fakes.told("t"))
                time.sleep(0.01)
            pytest.fail("it was not told")

    with pytest.raises(progress_writer.LeaseLost):
        grade()
    assert kept(store, work) == []


def test_last_words_of_a_cancelled_run_are_not_lost_in_silence(store, work):
    runs.cancel(store, [work.run_id], "staff", "called off")
    with (
        pytest.raises(progress_writer.LeaseLost),
        progress_writer.ProgressWriter(store, work) as notes,
    ):
        notes.tell(fakes.told("t"))


def test_failure_of_the_grading_is_not_hidden_by_one_of_the_writer(store, work):
    runs.cancel(store, [work.run_id], "staff", "called off")

    def grade():
        with progress_writer.ProgressWriter(store, work) as notes:
            notes.tell(fakes.told("t"))
            raise errors.SuiteError("broken")

    with pytest.raises(errors.SuiteError):
        grade()


def test_lost_database_ends_the_grading(work, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "CHECKOUT_LIMIT_S", 0.2)
    monkeypatch.setattr(progress_writer, "PATIENCE_S", 0.5)
    away = database.Database(f"host={tmp_path} dbname=away")
    try:
        with (
            pytest.raises(errors.StoreUnavailable),
            progress_writer.ProgressWriter(away, work) as notes,
        ):
            notes.tell(fakes.told("t"))
    finally:
        away.close()
