"""Following a submission by server-sent events."""

import threading
import time
import uuid

import pytest

from grader import models
from grader.http import event_stream
from grader.service import accounts
from grader.store import database, runs, submissions
from tests.support import fakes_service as fakes
from tests.support.api_client import Api, events

WORKER = "worker test:1"
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE query = 'LISTEN run_events' AND datname = current_database()"""
SHOWN, HIDDEN = "test_a.py::test_one", "test_b.py::test_two"


@pytest.fixture
def api(store, uploads, course, monkeypatch):
    monkeypatch.setattr(
        event_stream, "REFRESH_S", 30.0
    )  # so that only notifications can be in time
    return Api(store, uploads, course)


def grade(store, submission, pause_s=0.0):
    """A worker's part, through a pool of its own as in another process."""
    elsewhere = database.Database(store.conninfo)
    try:
        staff = accounts.find(elsewhere, accounts.add_user(elsewhere, uuid.uuid4().hex, "ci"))
        found = submissions.get(elsewhere, uuid.UUID(submission["id"]), staff)
        time.sleep(pause_s)
        work = runs.begin(elsewhere, found.run_id, WORKER)
        for number, test in enumerate((fakes.SHOWN_TEST, fakes.HIDDEN_TEST), 1):
            time.sleep(pause_s)
            runs.record(elsewhere, work, fakes.told(*test, number))
        runs.finish(elsewhere, work, fakes.report())
    finally:
        elsewhere.close()


def follow(api, submission, who="ann", **headers):
    headers = api.headers(who) | headers
    return api.client.get(submission["links"]["events"], headers=headers)


@pytest.mark.parametrize(("who", "names"), [("ann", [SHOWN]), ("eve", [SHOWN, HIDDEN])])
def test_follower_is_told_what_the_report_will_show_them(api, who, names):
    submission = api.post().json()
    grade(api.store, submission)
    told = events(follow(api, submission, who))
    assert [data["name"] for kind, data, _ in told if kind == "test"] == names
    assert [data["state"] for kind, data, _ in told if kind == "state"] == [
        "queued",
        "running",
        "done",
    ]


@pytest.mark.parametrize(("who", "names"), [("ann", [SHOWN]), ("eve", [SHOWN, HIDDEN])])
def test_running_submission_shows_what_its_tests_said_so_far(api, who, names):
    submission = api.post().json()
    staff = accounts.find(api.store, api.tokens["eve"])
    run_id = submissions.get(api.store, uuid.UUID(submission["id"]), staff).run_id

    def begin(*tests):
        work = runs.begin(api.store, run_id, WORKER)
        for number, test in enumerate(tests, 1):
            assert runs.record(api.store, work, fakes.told(*test, number))
        return work

    begin(fakes.HIDDEN_TEST)  # an attempt that was lost: not told
    work = begin(fakes.SHOWN_TEST)
    ended = models.PhaseEnded(models.Phase.PUBLIC, 1, 1, 0.5)
    assert runs.record(api.store, work, ended)
    body = api.get(submission["links"]["self"], who).json()
    assert ([test["name"] for test in body["tests"]], body["phases"]) == ([SHOWN], ["public"])
    runs.record(api.store, work, fakes.told(*fakes.HIDDEN_TEST, 2))
    body = api.get(submission["links"]["self"], who).json()
    assert [test["name"] for test in body["tests"]] == names
    runs.finish(api.store, work, fakes.report())
    assert not runs.record(api.store, work, ended)
    assert api.get(submission["links"]["self"], who).json()["tests"] == []
    told = events(follow(api, submission, who))
    assert [data["phase"] for kind, data, _ in told if kind == "phase"] == ["public"]


def test_nothing_of_a_hidden_test_is_in_a_students_stream(api):
    submission = api.post().json()
    grade(api.store, submission)
    assert HIDDEN.partition("::")[2] not in follow(api, submission).text


def test_events_arrive_while_another_process_grades(api):
    submission = api.post().json()
    worker = threading.Thread(target=grade, args=(api.store, submission, 0.2))
    started = time.monotonic()
    worker.start()
    told = events(follow(api, submission))
    worker.join()
    assert time.monotonic() - started < event_stream.REFRESH_S
    progress = [d["progress"]["done"] for kind, d, _ in told if kind == "status"]
    assert progress == sorted(progress)
    assert {0, 1, 2} <= set(progress)
    assert told[-1][1]["state"] == "done"


def test_stream_goes_on_after_the_last_event_that_arrived(api):
    submission = api.post().json()
    grade(api.store, submission)
    whole = [event for event in events(follow(api, submission)) if event[2]]
    rest = events(follow(api, submission, **{"Last-Event-ID": whole[1][2]}))
    assert [event for event in rest if event[2]] == whole[2:]


def test_lost_connection_for_notifications_is_made_again(api, store):
    submission = api.post().json()

    cut = []

    def cut_then_grade():
        while not cut:
            with store.transaction() as connection:
                cut.extend(connection.execute(CUT).fetchall())
            time.sleep(0.05)
        grade(store, submission, 0.8)

    worker = threading.Thread(target=cut_then_grade)
    started = time.monotonic()
    worker.start()
    told = events(follow(api, submission))
    worker.join()
    assert told[-1][1]["state"] == "done"
    assert time.monotonic() - started < event_stream.REFRESH_S


def test_anothers_events_are_not_there(api):
    submission = api.post().json()
    assert follow(api, submission, "bob").status_code == 404


def test_stop_of_the_service_ends_the_stream(api):
    submission = api.post().json()
    api.notices.close()
    assert [kind for kind, _, _ in events(follow(api, submission))] == []


def test_cancelled_submission_ends_its_stream_and_has_no_report(api):
    submission = api.post().json()
    path = submission["links"]["self"]
    answer = api.client.post(f"{path}/cancel", headers=api.headers("ann"))
    assert answer.json()["state"] == "cancelled"
    assert events(follow(api, submission))[-1][1]["state"] == "cancelled"
    assert api.get(submission["links"]["report"]).status_code == 409
    again = api.client.post(f"{path}/cancel", headers=api.headers("ann"))
    assert (again.status_code, again.json()["state"]) == (409, "cancelled")


def test_another_cannot_cancel(api):
    path = api.post().json()["links"]["self"]
    answer = api.client.post(f"{path}/cancel", headers=api.headers("bob"))
    assert answer.status_code == 404
