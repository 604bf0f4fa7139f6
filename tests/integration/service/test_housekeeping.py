"""What is thrown away, and what is not."""

import os
import uuid

import pytest

from grader.service import accounts, housekeeping, jobs
from grader.store import batches, rows, runs, similarity
from tests.support import fakes_service as fakes

WORKER = "worker test:1"
OLD_S = 400 * 86400


def hand_in(store, uploads, user, content, days=0):
    name = uploads.put(content)
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, name, 1, name)
    found = jobs.accept(store, new)
    with store.transaction() as connection:
        connection.execute(
            "UPDATE submissions SET created_at = now() - make_interval(days => %s) WHERE id = %s",
            [days, found],
        )
    return store.one("SELECT id FROM runs WHERE submission_id = %(id)s", id=found)["id"], name


def age(uploads, name):
    path = uploads._shelf._path(name)
    os.utime(path, (path.stat().st_mtime - OLD_S,) * 2)


def finish(store, run_id, days=0):
    work = runs.begin(store, run_id, WORKER)
    runs.record(store, work, fakes.told("t"))
    runs.finish(store, work, fakes.report())
    with store.transaction() as connection:
        connection.execute(
            "UPDATE runs SET finished_at = finished_at - make_interval(days => %s) WHERE id = %s",
            [days, run_id],
        )


def count(store, table):
    return store.one(f"SELECT count(*) AS n FROM {table}")["n"]


def test_upload_that_nothing_names_goes_once_it_is_old(store, uploads, student):
    _, kept = hand_in(store, uploads, student, b"kept")
    young, orphan = uploads.put(b"young"), uploads.put(b"orphan")
    for name in (kept, orphan):
        age(uploads, name)
    housekeeping.tidy(store, uploads, 0)
    assert set(uploads.older_than(-1)) == {kept, young}


@pytest.mark.parametrize(("days", "left"), [(0, 2), (365, 1)])
def test_old_submissions_go_only_when_the_operator_says_so(store, uploads, student, days, left):
    for content, old in ((b"new", 0), (b"old", 400)):
        run_id, _ = hand_in(store, uploads, student, content, old)
        finish(store, run_id)
    housekeeping.tidy(store, uploads, days)
    for table in ("submissions", "runs", "results"):
        assert count(store, table) == left


def test_old_submission_that_waits_is_not_deleted(store, uploads, student):
    hand_in(store, uploads, student, b"old", 400)
    housekeeping.tidy(store, uploads, 365)
    assert count(store, "submissions") == 1


def test_progress_of_old_runs_goes_and_their_result_stays(store, uploads, student):
    run_id, _ = hand_in(store, uploads, student, b"a")
    finish(store, run_id, days=housekeeping.EVENTS_DAYS + 1)
    housekeeping.tidy(store, uploads, 0)
    assert count(store, "run_events WHERE kind = 'test'") == 0
    assert count(store, "run_events WHERE kind = 'state'") == 3
    assert (count(store, "results"), count(store, "run_moves")) == (1, 3)


def test_names_of_students_go_with_their_work(store, uploads, student):
    staff = accounts.find(store, accounts.add_user(store, "eve", "instructor"))
    made = [
        rows.NewBulkOperation(uuid.uuid4(), "batch", fakes.SLUG, staff.id, "x.zip") for _ in "ab"
    ]
    for batch in made:
        batches.add(store, batch, "eve", [batches.NewItem("bob", None, ("no",))], jobs.enqueue_all)
    with store.transaction() as connection:
        connection.execute(
            "UPDATE run_groups SET created_at = now() - interval '400 days' WHERE id = %s",
            [made[0].id],
        )
    new, _ = hand_in(store, uploads, student, b"new")
    there = store.one("SELECT submission_id AS id FROM runs WHERE id = %(id)s", id=new)["id"]
    for slug, other in (("gone", uuid.UUID(int=7)), ("kept", there)):
        pair = {"names": [str(there), str(other)], "students": ["ann", "bob"]}
        similarity.keep(store, slug, "0", {"pairs": [pair]})
    housekeeping.tidy(store, uploads, 365)
    assert [len(batches.items(store, batch.id)) for batch in made] == [0, 1]
    assert [similarity.last(store, slug) is not None for slug in ("gone", "kept")] == [False, True]
