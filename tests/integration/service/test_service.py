"""The whole service as a process, over loopback HTTP, with a fake grader."""

import os
import signal
import time
import uuid

import pytest

from grader import app, errors, settings
from grader.service import accounts
from grader.store import rows, submissions
from tests.support import fakes_service as fakes
from tests.support import running_service

start, token, client = running_service.start, running_service.token, running_service.client


def upload(web, word):
    path = f"/api/assignments/{fakes.SLUG}/submissions"
    answer = web.post(path, files={"files": ("layers.py", word.encode())})
    assert answer.status_code == 202, answer.text
    return answer.json()


def wait_for(web, submission, state, limit_s=30.0):
    deadline = time.monotonic() + limit_s
    while (found := web.get(submission["links"]["self"]).json())["state"] != state:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def test_upload_comes_back_as_a_report(start, token):
    with client(start(), token) as web:
        submission = upload(web, "ok")
        wait_for(web, submission, "done")
        assert web.get(submission["links"]["report"]).json()["max_score"] == 10


def test_user_can_be_added_while_the_service_runs(start, tmp_path):
    service = start()
    with app.open_store(settings.Settings(data_dir=tmp_path / "data"), new=True) as store:
        token = accounts.add_user(store, "bob", "student")
    with client(service, token) as web:
        assert web.get("/api/assignments").status_code == 200


def test_stop_signal_ends_cleanly_and_stops_the_database(start, token, tmp_path):
    service = start()
    pid_file = tmp_path / "data" / "postgres" / "data" / "postmaster.pid"
    assert pid_file.exists()
    assert service.end(signal.SIGTERM) == 0
    assert not pid_file.exists()


def test_second_service_on_the_same_folder_is_refused(start, tmp_path):
    start()
    with pytest.raises(errors.OperatorError, match="Another `grader serve`"):
        app.serve(settings.Settings(data_dir=tmp_path / "data"), parts=fakes.parts(fakes.Grading()))


def test_taken_port_is_named(start, tmp_path):
    port = int(start().url.rpartition(":")[2])
    chosen = settings.Settings(data_dir=tmp_path / "other", port=port)
    with pytest.raises(errors.OperatorError, match=f"port {port}"):
        app.serve(chosen, parts=fakes.parts(fakes.Grading()))


def test_killed_service_finishes_the_submission_exactly_once(start, token, tmp_path):
    """kill -9 in the middle of a grading; the next start grades it again and keeps one result."""
    service = start()
    with client(service, token) as web:
        done, cut = upload(web, "ok"), upload(web, "cut")
        wait_for(web, done, "done")
        wait_for(web, cut, "running")
    service.end(signal.SIGKILL)
    with client(start(), token) as web:
        assert wait_for(web, done, "done")["attempt"] == 1
        assert wait_for(web, cut, "done")["attempt"] == 2
    marks = (tmp_path / "data" / "grades.txt").read_text().split()
    assert marks == ["ok", "cut", "cut"]
    with app.open_store(settings.Settings(data_dir=tmp_path / "data"), new=True) as store:
        assert store.one("SELECT count(*) AS n FROM results") == {"n": 2}


def test_killed_database_does_not_end_the_service(start, token, tmp_path):
    with client(start(), token) as web:
        upload(web, "ok")
        text = (tmp_path / "data" / "postgres" / "data" / "postmaster.pid").read_text()
        os.kill(int(text.split("\n", 1)[0]), signal.SIGKILL)
        deadline = time.monotonic() + 30
        while web.get("/readyz", timeout=20).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        wait_for(web, upload(web, "ok"), "done")


def test_log_holds_no_token(start, token, tmp_path):
    with client(start(), token) as web:
        wait_for(web, upload(web, "ok"), "done")  # a request is logged just after its answer
    log = (tmp_path / "service.log").read_text()
    assert "POST /api/assignments" in log
    assert token not in log


def test_course_folder_that_does_not_exist_is_refused_and_not_made(tmp_path):
    nowhere = tmp_path / "cuorse"
    chosen = settings.Settings(data_dir=tmp_path / "data", course_dir=nowhere)
    with pytest.raises(errors.OperatorError, match=r"There is no course folder .*cuorse"):
        app.serve(chosen, parts=fakes.parts(fakes.Grading()))
    assert not nowhere.exists()


def test_role_without_a_shared_database_is_refused(tmp_path):
    chosen = settings.Settings(data_dir=tmp_path / "data", role="worker")
    with pytest.raises(errors.OperatorError, match="GRADER_DATABASE_URL"):
        app.serve(chosen)
    with pytest.raises(errors.OperatorError, match="one of all, api, worker"):
        app.serve(settings.Settings(data_dir=tmp_path / "data", role="king"))


def test_stop_does_not_wait_for_those_who_follow(start, token, tmp_path):
    """An open stream would keep the HTTP server from ending; it is told and ends first."""
    service = start()
    with app.open_store(settings.Settings(data_dir=tmp_path / "data"), new=True) as store:
        user = accounts.find(store, token)
        new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, "0" * 64, 1, "0" * 64)
        submissions.accept(store, new, lambda connection, run_id: None)  # nothing will grade it
    path = f"/api/submissions/{new.id}/events"
    with client(service, token) as web, web.stream("GET", path, timeout=30) as answer:
        lines = answer.iter_lines()
        while next(lines) != "event: status":
            pass
        service.process.send_signal(signal.SIGTERM)
        for _ in lines:
            pass
    assert service.process.wait(25) == 0
