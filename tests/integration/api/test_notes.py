"""What is noted on the files of an upload is said at once, and more when they have been read."""

import threading
import uuid

import pytest

from grader import models
from grader.client import submission_result
from grader.http import event_stream
from grader.service import accounts
from grader.store import runs, submissions
from tests.support import fakes_service as fakes
from tests.support.api_client import Api, events
from tests.support.browser_client import Staff

FILES = [("files", ("layers.py", b"noted")), ("files", ("a.tmp", b"1"))]
AT_INTAKE, READ = "Left out: a.tmp.", "layers.py: \0 <b>read</b>"
KEPT = "layers.py: \ufffd <b>read</b>"
WORKER = "worker test:1"


@pytest.fixture
def api(store, uploads, course, monkeypatch):
    monkeypatch.setattr(event_stream, "REFRESH_S", 30.0)  # only a notification can be in time
    return Api(store, uploads, course)


def begun(store, submission, token):
    staff = accounts.find(store, token)
    found = submissions.get(store, uuid.UUID(submission["id"]), staff)
    return runs.begin(store, found.run_id, WORKER)


def test_answer_to_an_upload_has_what_is_known_at_that_moment(api):
    sent = api.post(FILES)
    assert sent.status_code == 202
    assert sent.json()["notes"] == [AT_INTAKE]
    assert api.post(FILES).json()["notes"] == [AT_INTAKE], "a second click is the same submission"
    assert api.post().json()["notes"] == []
    described = api.client.get("/openapi.json").json()["components"]["schemas"]["Submission"]
    assert "not used" in described["properties"]["notes"]["description"]


def test_status_has_more_once_the_files_have_been_read(api):
    submission = api.post(FILES).json()
    work = begun(api.store, submission, api.tokens["eve"])
    assert runs.record(api.store, work, models.UploadNoted((AT_INTAKE, READ)))
    assert api.get(submission["links"]["self"]).json()["notes"] == [AT_INTAKE, KEPT]
    assert runs.record(api.store, work, fakes.told(*fakes.SHOWN_TEST, 1))
    assert api.get(submission["links"]["self"]).json()["notes"] == [AT_INTAKE, KEPT]
    runs.refuse(api.store, work, ["no"])
    assert not runs.record(api.store, work, models.UploadNoted(("late",)))
    assert api.get(submission["links"]["self"]).json()["notes"] == [AT_INTAKE, KEPT]


def test_follower_hears_of_them_as_they_come(api):
    submission = api.post(FILES).json()
    work = begun(api.store, submission, api.tokens["eve"])

    def grade():
        runs.record(api.store, work, models.UploadNoted((AT_INTAKE, READ)))
        later.wait(2.0)
        runs.finish(api.store, work, fakes.report())

    later = threading.Event()
    other = threading.Timer(1.0, grade)
    other.start()
    address = submission["links"]["events"]
    told = events(api.client.get(address, headers=api.headers("ann")))
    other.join()
    statuses = [data for kind, data, _ in told if kind == "status"]
    assert [AT_INTAKE, KEPT] in [s["notes"] for s in statuses if s["state"] == "running"]


def test_page_shows_them_while_there_is_no_report(store, uploads, course):
    staff = Staff(store, uploads, course)
    submission = staff.post(FILES).json()
    page = staff.client.get(f"/submissions/{submission['id']}").text
    assert f"<li>{AT_INTAKE}</li>" in page
    work = begun(store, submission, staff.tokens["eve"])
    runs.record(store, work, models.UploadNoted((READ,)))
    assert "&lt;b&gt;read" in staff.client.get(f"/submissions/{submission['id']}").text
    runs.finish(store, work, fakes.report())
    assert "Notes on your files" not in staff.client.get(f"/submissions/{submission['id']}").text


def test_notebook_that_does_not_wait_says_them():
    status = {"state": "queued", "position": 1, "eta_s": None, "reasons": [], "notes": ["<b>n"]}
    result = submission_result.SubmissionResult("1", "http://x/1", status, None)
    assert "<b>n" in result.text().splitlines()
    assert "<p>&lt;b&gt;n</p>" in result._repr_html_()
    older = {name: value for name, value in status.items() if name != "notes"}
    assert submission_result.SubmissionResult("1", "u", older, None).text().endswith("u")
