"""Which way a run may go, who is written down for it, and what a student's next upload does."""

import contextlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from grader import models
from grader.service import jobs
from grader.store import codec, database, migrate, rows, run_states, runs, submissions
from tests.support import fakes_service as fakes

State = models.SubmissionState
WORKER = "worker test:1"
DIGEST = "0" * 64
END = {State.DONE, State.REFUSED, State.FAILED, State.CANCELLED, State.SUPERSEDED}


@pytest.fixture(autouse=True)
def equal_bytes_are_no_repeat(monkeypatch):
    """These tests hand in the same bytes many times over."""
    monkeypatch.setattr(submissions, "SAME_UPLOAD_S", -60.0)


def hand_in(store, user, content=DIGEST, suite="", **options):
    options = {"one_at_a_time": True} | options
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, DIGEST, 3, content, **options)
    return submissions.get(store, jobs.accept(store, new, suite), user)


def now(store, found, user):
    return submissions.get(store, found.id, user)


def moves(store):
    with store.transaction() as connection:
        found = connection.execute("SELECT * FROM run_moves ORDER BY id").fetchall()
    return [(m["from_state"], m["to_state"], m["moved_by"], m["moved_why"]) for m in found]


def move(connection, run_id, state):
    """A move that nothing but the database's own rules can refuse."""
    connection.execute(
        "UPDATE runs SET state = %(state)s, attempt = attempt + 1, started_at = now(),"
        " finished_at = CASE WHEN %(state)s = ANY(%(end)s) THEN now() END,"
        " reasons = ARRAY['r'], moved_by = 't', moved_why = 't' WHERE id = %(id)s",
        {"state": state.value, "end": [e.value for e in END], "id": run_id},
    )


def test_database_knows_the_same_ways_as_the_code(store):
    with store.transaction() as connection:
        found = connection.execute("SELECT from_state, to_state FROM run_ways").fetchall()
    assert {(w["from_state"], w["to_state"]) for w in found} == {
        (origin.value, to.value) for origin, ways in run_states.WAYS.items() for to in ways
    }


def run_in(store, student, state):
    """A fresh run in a state."""
    run_id = hand_in(store, student, one_at_a_time=False).run_id
    with store.transaction() as connection:
        if state in run_states.WAYS[State.RUNNING] - run_states.WAYS[State.QUEUED] - {State.QUEUED}:
            move(connection, run_id, State.RUNNING)
        if state is not State.QUEUED:
            move(connection, run_id, state)
    return run_id


@pytest.mark.parametrize("origin", State)
def test_run_goes_only_where_the_table_says(store, student, origin):
    gone = set()
    for to in State:
        run_id = run_in(store, student, origin)
        with contextlib.suppress(psycopg.errors.CheckViolation), store.transaction() as connection:
            move(connection, run_id, to)
            gone.add(to)
    assert gone == run_states.WAYS.get(origin, set())


def test_move_without_a_stamp_is_refused(store, student):
    hand_in(store, student)
    change = "UPDATE runs SET state = 'held'"
    with pytest.raises(psycopg.errors.CheckViolation, match="by whom"), store.transaction() as c:
        c.execute(change)


def test_every_move_is_written_down_with_who_and_why(store, student):
    run_id = hand_in(store, student).run_id
    runs.postpone(store, runs.begin(store, run_id, WORKER), "the engine is away")
    runs.begin(store, run_id, WORKER)
    runs.finish(store, runs.begin(store, run_id, "worker other:2"), fakes.report())
    assert moves(store) == [
        ("", "queued", "student ann", "submitted"),
        ("queued", "running", WORKER, "its turn in the queue"),
        ("running", "queued", WORKER, "the engine is away"),
        ("queued", "running", WORKER, "its turn in the queue"),
        ("running", "running", "worker other:2", "the attempt before ended without a word"),
        ("running", "done", "worker other:2", "graded"),
    ]


def test_new_upload_supersedes_the_one_that_waits(store, student):
    first, second = hand_in(store, student), hand_in(store, student)
    assert now(store, first, student).state is State.SUPERSEDED
    assert (second.state, second.position) == (State.QUEUED, 1)
    assert store.one("SELECT count(*) AS n FROM procrastinate_jobs") == {"n": 1}


def test_new_upload_leaves_the_running_one_alone(store, student):
    first = hand_in(store, student)
    runs.begin(store, first.run_id, WORKER)
    hand_in(store, student)
    assert now(store, first, student).state is State.RUNNING


def test_uploads_at_once_leave_one_waiting(store, student):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: hand_in(store, student), range(16)))
    with store.transaction() as connection:
        found = connection.execute("SELECT state FROM runs").fetchall()
    assert sorted(row["state"] for row in found) == ["queued"] + ["superseded"] * 15


def test_uploads_of_staff_do_not_replace_each_other(store, student):
    first = hand_in(store, student, one_at_a_time=False)
    hand_in(store, student, one_at_a_time=False)
    assert now(store, first, student).state is State.QUEUED


@pytest.mark.parametrize("started", [False, True])
def test_cancelled_run_keeps_no_result(store, student, started):
    mine = hand_in(store, student)
    work = runs.begin(store, mine.run_id, WORKER) if started else None
    assert jobs.cancel(store, [mine.run_id], "student ann", "asked") == [mine.run_id]
    assert now(store, mine, student).state is State.CANCELLED
    if work:
        assert not runs.record(store, work, fakes.told("t"))
        assert not runs.finish(store, work, fakes.report())
    assert jobs.cancel(store, [mine.run_id], "student ann", "asked again") == []


def test_equal_upload_under_the_same_suite_is_answered_at_once(store, student):
    suite = fakes.report().suite_version
    first = hand_in(store, student, suite=suite)
    runs.finish(store, runs.begin(store, first.run_id, WORKER), fakes.report())
    second = hand_in(store, student, suite=suite)
    assert second.state is State.DONE
    told = submissions.report(store, second.run_id)
    assert told == submissions.report(store, first.run_id)
    assert moves(store)[-1][:2] == ("queued", "done")


@pytest.mark.parametrize(
    "other", [{"content": "1" * 64}, {"suite": "1" * 16}, {"suite": ""}], ids=str
)
def test_other_upload_or_suite_is_graded(store, student, other):
    suite = fakes.report().suite_version
    first = hand_in(store, student, suite=suite)
    runs.finish(store, runs.begin(store, first.run_id, WORKER), fakes.report())
    assert hand_in(store, student, **{"suite": suite} | other).state is State.QUEUED


def test_database_of_the_first_release_is_upgraded_with_its_data(server_url, monkeypatch):
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE upgraded")
    url = f"{server_url} dbname=upgraded"
    with monkeypatch.context() as patch:
        first = {"0001_ground.sql": migrate._ours()["0001_ground.sql"]}
        patch.setattr(migrate, "_ours", lambda: first)
        migrate.apply(url)
    with psycopg.connect(url) as connection:
        connection.execute(OLD_DATA)
        report = codec.encode(fakes.report())
        connection.execute("INSERT INTO results VALUES (1, 1, %s)", [report])
    assert "0002_states.sql" in migrate.apply(url)
    store = database.Database(url)
    try:
        ann = rows.User(1, "ann", models.Role.STUDENT)
        done, running = (submissions.get(store, uuid.UUID(int=i), ann) for i in (1, 2))
        assert (done.state, running.state) == (State.DONE, State.RUNNING)
        assert submissions.report(store, done.run_id).score == fakes.report().score
        work = runs.begin(store, running.run_id, WORKER)
        assert runs.finish(store, work, fakes.report())
        assert [m[:2] for m in moves(store)] == [
            ("", "done"),
            ("", "running"),
            ("running", "running"),
            ("running", "done"),
        ]
        assert store.one("SELECT job_id FROM runs WHERE id = 2")["job_id"] == 1
    finally:
        store.close()


OLD_DATA = b"""
INSERT INTO users (name, role) VALUES ('ann', 'student');
INSERT INTO submissions (id, user_id, assignment, upload_sha256, upload_bytes, content_sha256)
SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 1, 'hw', repeat('0', 64), 3,
       repeat('0', 64) FROM generate_series(1, 2) n;
INSERT INTO runs (submission_id, number, state, attempt, started_at, finished_at)
VALUES ('00000000-0000-0000-0000-000000000001', 1, 'done', 1, now(), now()),
       ('00000000-0000-0000-0000-000000000002', 1, 'running', 1, now(), NULL);
INSERT INTO outcomes (run_id, attempt, position, outcome) VALUES (2, 1, 1, '{}');
INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)
VALUES ('grading', 'grade', '{"run_id": 2}', 'doing')"""
