"""What is refused is not stored, what is superseded does not stay, nobody uploads without end."""

import pytest

from grader.store import retention, submissions
from tests.support.api_client import Api, problem
from tests.support.course_client import Course


def sent(number):
    return {"files": ("layers.py", f"x = {number}".encode())}


@pytest.fixture
def course_api(store, uploads, course):
    return Course(store, uploads, course)


def test_upload_that_no_attempt_is_left_for_is_not_stored(course_api, uploads):
    course_api.schedule(attempts_per_day=1)
    course_api.graded()
    before = set(uploads.names())
    for number in range(3):
        problem(course_api.post(files=sent(number)), 429)
    assert set(uploads.names()) == before


def test_question_changes_nothing(course_api):
    course_api.schedule(attempts_per_day=1)
    waiting = course_api.post()
    course_api.graded(content=b"x = 1")
    problem(course_api.post(files=sent(2)), 429)
    state = course_api.get(waiting.json()["links"]["self"]).json()["state"]
    assert state == "superseded"


def test_superseded_upload_is_needed_no_more(store, uploads, course):
    api = Api(store, uploads, course)
    first, second = api.post(files=sent(1)), api.post(files=sent(2))
    assert (first.status_code, second.status_code) == (202, 202)
    (left,) = retention.unnamed(store, list(uploads.names()))
    assert uploads.get(left) != b""
    assert len(list(uploads.names())) == 2


def test_pace_is_bounded_for_students_and_says_when_it_goes_on(store, uploads, course, monkeypatch):
    monkeypatch.setattr(submissions, "UPLOADS_PER_HOUR", 3)
    api = Api(store, uploads, course)
    assert {api.post(files=sent(number)).status_code for number in range(3)} == {202}
    answer = api.post(files=sent(3))
    body = problem(answer, 429)
    assert "3 times within an hour" in body["detail"]
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert api.post(files=sent(0), who="bob").status_code == 202
    assert {api.post(files=sent(n), who="eve").status_code for n in range(5)} == {202}


def test_run_that_staff_cancelled_costs_no_attempt(course_api):
    course_api.schedule(attempts_per_day=1)
    begun(course_api, course_api.post(files=sent(1)))
    cancelled(course_api, "eve")
    assert course_api.terms()["attempts_left"] == 1
    begun(course_api, course_api.post(files=sent(2)))
    cancelled(course_api, "ann")
    assert course_api.terms()["attempts_left"] == 0


def begun(course_api, answer):
    """Its grading goes on."""
    course_api.running = answer.json()["links"]["self"]
    with course_api.store.transaction() as connection:
        connection.execute(
            "UPDATE runs SET state = 'running', attempt = 1, started_at = now(),"
            " moved_by = 't', moved_why = 't' WHERE state = 'queued'"
        )


def cancelled(course_api, who):
    answer = course_api.client.post(f"{course_api.running}/cancel", headers=course_api.headers(who))
    assert answer.status_code == 200
