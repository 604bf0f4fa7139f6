"""What an operator does by command or setting, or a person to a single run, is in the audit log."""

import uuid

import psycopg
import pytest

from grader.service import backup, erasure, housekeeping, jobs
from grader.store import audit, blobs, database, rows
from tests.support import fakes_service as fakes


def hand_in(store, uploads, user):
    name = uploads.put(b"work")
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, name, 4, name)
    found = jobs.accept(store, new)
    return store.one("SELECT id FROM runs WHERE submission_id = %(id)s", id=found)["id"], found


def last(store):
    deed = audit.page(store, None, 1)[0]
    return deed.actor, deed.action, deed.subject, deed.detail


def test_cancelled_submission_is_noted_once(store, uploads, student):
    run_id, submission = hand_in(store, uploads, student)
    for _ in range(2):
        jobs.cancel(store, [run_id], "instructor eve", "asked")
    wanted = ("instructor eve", "submission cancelled", str(submission), {"why": "asked"})
    assert last(store) == wanted
    assert [d.action for d in audit.page(store, None, 9)].count("submission cancelled") == 1


def test_forgotten_person_is_noted_without_a_name(store, uploads, student):
    hand_in(store, uploads, student)
    erasure.forget(store, uploads, "ann")
    wanted = ("command line", "person forgotten", "", {"submissions": 1, "uploads": 1})
    assert last(store) == wanted
    assert not [deed for deed in audit.page(store, None, 99) if "ann" in repr(deed)]


def test_submissions_that_went_by_age_are_noted(store, uploads, student):
    run_id, _ = hand_in(store, uploads, student)
    jobs.cancel(store, [run_id], "student ann", "asked")
    with store.transaction() as connection:
        connection.execute("UPDATE submissions SET created_at = now() - interval '9 days'")
    housekeeping.tidy(store, uploads, 8)
    said = ("service", "submissions deleted for their age", "", {"count": 1, "days": 8})
    assert last(store) == said
    housekeeping.tidy(store, uploads, 8)
    assert last(store) == said, "nothing went, nothing is noted"


@pytest.fixture
def empty(server_url):
    name = f"deeds_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server_url} dbname={name}"


def test_restored_service_says_so(store, uploads, student, empty, tmp_path):
    backup.write(store.conninfo, uploads, tmp_path / "one.tar")
    told = backup.read(empty, blobs.Blobs(tmp_path / "restored"), tmp_path / "one.tar")
    restored = database.Database(empty)
    actor, action, _, detail = last(restored)
    restored.close()
    assert (actor, action) == ("command line", "restored from a backup")
    assert detail == {"made": told.made, "uploads": 0}
