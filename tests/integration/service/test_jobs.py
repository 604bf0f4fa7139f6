"""From the queue to the end of a run, with the real engine and a fake grader."""

import asyncio
import contextlib
import io
import uuid
import zipfile

import pytest

from grader import errors, models
from grader.service import jobs, run_grader, worker
from grader.store import rows, runs, submissions
from tests.support import fakes_service as fakes

State = models.SubmissionState


def submit(store, uploads, user, word):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("layers.py", word)
    name = uploads.put(sink.getvalue())
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, name, 1, name)
    return submissions.get(store, jobs.accept(store, new), user)


async def until(condition, limit_s=15.0):
    async with asyncio.timeout(limit_s):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


@pytest.fixture
def bench(store, uploads, student, monkeypatch):
    monkeypatch.setattr(jobs, "RETRY_PAUSE_S", 0)
    return Bench(store, uploads, student)


class Bench:
    """A worker with a fake grader; `work` runs it while a condition is awaited."""

    def __init__(self, store, uploads, student):
        self.store, self.uploads, self.student = store, uploads, student
        self.grading = fakes.Grading()
        self.worker = self.new_worker()

    def new_worker(self, drain_s=5.0):
        grader = run_grader.RunGrader(self.store, self.uploads, self.grading, max_attempts=3)
        app = jobs.application(grader)
        return worker.Worker(app, self.store, concurrency=2, alone=True, drain_s=drain_s)

    def submit(self, word):
        return submit(self.store, self.uploads, self.student, word)

    def now(self, submission):
        return submissions.get(self.store, submission.id, self.student)

    def work(self, until_true, worker_=None):
        async def main():
            task = asyncio.create_task((worker_ or self.worker).run())
            try:
                await until(until_true)
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

        asyncio.run(main())

    def graded(self, word):
        mine = self.submit(word)
        self.work(lambda: self.now(mine).finished_at is not None)
        return self.now(mine)


def test_submission_is_graded_with_its_progress(bench):
    found = bench.graded("ok")
    assert (found.state, found.attempt, found.tests_done) == (State.DONE, 1, 2)


def test_finished_job_leaves_the_queue(bench):
    bench.graded("ok")
    assert bench.store.one("SELECT count(*) AS n FROM procrastinate_jobs") == {"n": 0}


def test_late_refusal_is_told_with_every_reason(bench):
    found = bench.graded("refuse")
    assert found.state is State.REFUSED
    assert found.reasons == ("layers.py:1: not Python", "a second reason")


def test_broken_suite_fails_at_once_for_staff(bench):
    found = bench.graded("suite")
    assert (found.state, found.attempt) == (State.FAILED, 1)
    assert "hidden/test_x.py" in found.reasons[0]


def test_machine_that_recovers_costs_only_time(bench):
    found = bench.graded("flaky")
    assert (found.state, found.attempt, found.reasons) == (State.DONE, 2, ())


def test_machine_that_stays_broken_is_given_up(bench):
    found = bench.graded("machine")
    assert (found.state, found.attempt) == (State.FAILED, 3)
    assert "engine is away" in found.reasons[0]


def test_outage_of_the_whole_machine_costs_no_try(bench):
    """However long the engine is away, the run waits; back again, its tries are counted."""
    bench.grading.closed = True
    mine = bench.submit("machine")
    bench.work(lambda: bench.now(mine).attempt > 5)
    assert bench.now(mine).state is State.QUEUED
    assert bench.store.one("SELECT failures FROM runs") == {"failures": 0}
    bench.grading.closed = False
    bench.work(lambda: bench.now(mine).finished_at is not None, bench.new_worker())
    assert bench.now(mine).state is State.FAILED


def test_waiting_for_processors_uses_up_no_try(bench, monkeypatch):
    monkeypatch.setattr(jobs, "BUSY_PAUSE_S", 0)
    found = bench.graded("busy")
    assert (found.state, found.attempt) == (State.DONE, fakes.MANY_TRIES + 1)
    assert bench.store.one("SELECT failures FROM runs") == {"failures": 0}


def test_cancelled_grading_stops_at_its_next_test(bench):
    mine = bench.submit("slow")

    def cancelled():
        if bench.grading.started.is_set():
            jobs.cancel(bench.store, [mine.run_id], "student ann", "asked")
            bench.grading.release.set()
        return bench.now(mine).finished_at is not None

    bench.work(cancelled)
    found = bench.now(mine)
    assert (found.state, found.tests_done) == (State.CANCELLED, 0)
    assert bench.store.one("SELECT count(*) AS n FROM results") == {"n": 0}


def test_damaged_upload_is_not_the_students_fault(bench):
    mine = bench.submit("ok")
    for path in bench.uploads._shelf._folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"rotten")
    bench.work(lambda: bench.now(mine).finished_at is not None)
    assert bench.now(mine).state is State.FAILED


def test_job_of_a_closed_run_does_nothing(bench):
    found = bench.graded("ok")
    with bench.store.transaction() as connection:
        jobs.enqueue(connection, found.run_id)
    jobs_left = "SELECT count(*) AS n FROM procrastinate_jobs"
    bench.work(lambda: bench.store.one(jobs_left) == {"n": 0}, bench.new_worker())
    assert len(bench.grading.grades) == 1


def test_stopping_lets_a_running_grading_end(bench):
    mine = bench.submit("slow")

    def started_then_released():
        if bench.grading.started.is_set():
            bench.grading.release.set()
            return True
        return False

    bench.work(started_then_released)
    assert bench.now(mine).state is State.DONE


def test_stopping_hands_back_what_takes_too_long_without_counting_it(bench):
    mine = bench.submit("slow")
    bench.work(bench.grading.started.is_set, bench.new_worker(drain_s=0.1))
    assert bench.now(mine).state is State.QUEUED
    bench.grading.release.set()
    bench.work(lambda: bench.now(mine).finished_at is not None, bench.new_worker())
    assert (bench.now(mine).state, bench.now(mine).attempt) == (State.DONE, 2)
    assert bench.store.one("SELECT failures FROM runs") == {"failures": 0}


def test_job_of_a_killed_worker_is_taken_up_at_the_next_start(bench):
    mine = bench.submit("ok")
    assert runs.begin(bench.store, mine.run_id, "worker test:1")
    with bench.store.transaction() as connection:
        dead = "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id"
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s",
            [connection.execute(dead).fetchone()["id"]],
        )
    bench.work(lambda: bench.now(mine).finished_at is not None)
    assert (bench.now(mine).state, bench.now(mine).attempt) == (State.DONE, 2)


def test_job_lost_from_the_queue_is_made_anew_by_the_sweep(bench, monkeypatch):
    monkeypatch.setattr(worker, "SWEEP_S", 0.1)
    monkeypatch.setattr(worker, "ORPHAN_AGE_S", 0.0)
    mine = bench.submit("ok")
    with bench.store.transaction() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    bench.work(lambda: bench.now(mine).finished_at is not None)
    assert bench.now(mine).state is State.DONE


def test_worker_comes_back_when_its_connections_are_cut(bench, monkeypatch):
    monkeypatch.setattr(worker, "RESTART_PAUSE_S", 0.05)
    first = bench.submit("ok")
    second = []

    def cut_then_graded():
        if not second and bench.now(first).finished_at:
            with bench.store.transaction() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            second.append(bench.submit("ok"))
        return bool(second) and bench.now(second[0]).finished_at is not None

    bench.work(cut_then_graded)
    assert bench.now(second[0]).state is State.DONE


def test_connection_that_is_lost_while_a_job_is_added_is_a_database_away(store):
    """The engine has an exception of its own for it, which nobody expects of a transaction."""

    def add():
        with store.transaction() as connection:
            pid = connection.info.backend_pid
            with store.transaction() as other:
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
            jobs.enqueue_check(connection, fakes.SLUG, 1)

    with pytest.raises(errors.DatabaseAway):
        add()
