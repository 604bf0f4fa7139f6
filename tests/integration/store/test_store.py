"""Schema and statements: states, fencing, who may see what."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from grader import errors, models
from grader.service import accounts, jobs
from grader.store import migrate, queue, rows, runs, submissions
from tests.support import fakes_service as fakes

WORKER = "worker test:1"
DIGEST = "0" * 64
OTHER_DIGEST = "1" * 64


def new(user, key=None, content=DIGEST):
    return rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, DIGEST, 3, content, key)


def accepted(store, user, **options):
    return submissions.get(store, jobs.accept(store, new(user, **options)), user)


def person(store, name, role="student"):
    return accounts.find(store, accounts.add_user(store, name, role))


def test_migrations_are_applied_once(database_url):
    assert migrate.apply(database_url) == []


def test_two_processes_migrating_at_once_make_one_schema(server_url):
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty")
    url = f"{server_url} dbname=empty"
    with ThreadPoolExecutor(2) as pool:
        applied = sorted(pool.map(lambda _: len(migrate.apply(url)), range(2)))
    assert applied[0] == 0 < applied[1]


def test_database_of_a_newer_release_is_refused(store):
    with store.transaction() as connection:
        connection.execute("INSERT INTO schema_migrations (name) VALUES ('9999_future.sql')")
    with pytest.raises(errors.StoreUnavailable, match=r"newer release \(9999_future\.sql\)"):
        migrate.apply(store.conninfo)


def test_unreachable_database_is_a_machine_fault():
    with pytest.raises(errors.StoreUnavailable, match="cannot be reached"):
        migrate.apply("host=/nowhere")


def test_token_is_not_in_the_database(store):
    token = accounts.add_user(store, "ann", "student")
    with store.transaction() as connection:
        stored = connection.execute("SELECT t::text AS row FROM tokens t").fetchall()
    assert token not in str(stored)


def test_token_finds_its_owner_and_no_other_token_does(store):
    token = accounts.add_user(store, "ann", "ci")
    assert accounts.find(store, token) == rows.User(1, "ann", models.Role.CI)
    assert accounts.find(store, token + "x") is None


def test_second_token_of_a_user_works_beside_the_first(store):
    tokens = [accounts.add_user(store, "ann", "student"), accounts.add_token(store, "ann")[0]]
    assert {accounts.find(store, token).name for token in tokens} == {"ann"}


@pytest.mark.parametrize("change", ["revoked_at = now()", "expires_at = now()"])
def test_revoked_or_expired_token_finds_nobody(store, change):
    token = accounts.add_user(store, "ann", "student")
    with store.transaction() as connection:
        connection.execute(f"UPDATE tokens SET {change}")
    assert accounts.find(store, token) is None


@pytest.mark.parametrize(
    ("name", "role", "message"),
    [("", "student", "1 to 200"), ("a\nb", "student", "printable"), ("bob", "king", "no role")],
)
def test_odd_user_is_refused(store, name, role, message):
    with pytest.raises(accounts.AccountError, match=message):
        accounts.add_user(store, name, role)


def test_taken_name_is_refused(store, student):
    with pytest.raises(accounts.AccountError, match="already"):
        accounts.add_user(store, student.name, "student")


def test_submission_run_and_job_are_one_transaction(store, student):
    def fail(connection, run_id):
        jobs.enqueue(connection, run_id)
        raise errors.StoreUnavailable("lost")

    with pytest.raises(errors.StoreUnavailable):
        submissions.accept(store, new(student), fail)
    for table in ("submissions", "runs", "procrastinate_jobs"):
        assert store.one(f"SELECT count(*) AS n FROM {table}") == {"n": 0}


def test_same_key_gives_the_same_submission_once(store, student):
    first, second = (accepted(store, student, key="k") for _ in range(2))
    assert first.id == second.id
    assert store.one("SELECT count(*) AS n FROM procrastinate_jobs") == {"n": 1}


def test_same_key_of_another_user_is_another_submission(store, student):
    other = person(store, "bob")
    assert accepted(store, student, key="k").id != accepted(store, other, key="k").id


def test_same_key_sent_by_many_threads_is_accepted_once(store, student):
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: jobs.accept(store, new(student, key="k")), range(8)))
    assert len(ids) == 1


def test_anothers_submission_is_not_there_but_staff_see_it(store, student):
    mine = accepted(store, student)
    assert submissions.get(store, mine.id, person(store, "bob")) is None
    for role in ("instructor", "admin", "ci"):
        assert submissions.get(store, mine.id, person(store, role, role)) == mine


def test_positions_count_those_waiting_before(store, student):
    first, second = accepted(store, student), accepted(store, student)
    assert (first.position, second.position) == (1, 2)
    runs.begin(store, first.run_id, WORKER)
    found = [submissions.get(store, s.id, student).position for s in (first, second)]
    assert found == [0, 1]


def test_finished_run_has_its_report(store, student):
    mine = accepted(store, student)
    work = runs.begin(store, mine.run_id, WORKER)
    assert runs.finish(store, work, fakes.report())
    assert submissions.get(store, mine.id, student).state is models.SubmissionState.DONE
    assert submissions.report(store, mine.run_id).score == fakes.report().score
    assert runs.begin(store, mine.run_id, WORKER) is None


def test_worker_taken_for_dead_changes_nothing(store, student):
    mine = accepted(store, student)
    frozen, awake = runs.begin(store, mine.run_id, WORKER), runs.begin(store, mine.run_id, WORKER)
    assert not runs.finish(store, frozen, fakes.report())
    assert not runs.record(store, frozen, fakes.told("t"))
    assert not runs.fail(store, frozen, "late")
    assert not runs.postpone(store, frozen, "late")
    assert runs.finish(store, awake, fakes.report())
    assert (awake.attempt, awake.failures) == (2, 1)


def test_result_is_written_once_even_by_the_same_attempt(store, student):
    work = runs.begin(store, accepted(store, student).run_id, WORKER)
    assert runs.finish(store, work, fakes.report())
    assert not runs.finish(store, work, fakes.report())


def test_many_writers_of_one_result_leave_one(store, student):
    work = runs.begin(store, accepted(store, student).run_id, WORKER)
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: runs.finish(store, work, fakes.report()), range(8)))
    assert kept.count(True) == 1


def test_progress_counts_tests(store, student):
    mine = accepted(store, student)
    work = runs.begin(store, mine.run_id, WORKER)
    assert runs.record(store, work, fakes.told("t"))
    found = submissions.get(store, mine.id, student)
    assert (found.tests_done, found.tests_total) == (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'lost'",
        "state = 'running'",
        "state = 'done'",
        "state = 'failed', finished_at = now()",
        "tests_done = 2, tests_total = 1",
    ],
)
def test_database_refuses_impossible_states(store, student, change):
    accepted(store, student)
    with pytest.raises(psycopg.errors.CheckViolation), store.transaction() as connection:
        connection.execute(f"UPDATE runs SET {change}")


def test_open_run_without_a_job_is_found(store, student):
    mine = accepted(store, student)
    assert queue.orphans(store, age_s=0) == []
    with store.transaction() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    assert queue.orphans(store, age_s=0) == [mine.run_id]
    assert queue.orphans(store, age_s=60) == []
