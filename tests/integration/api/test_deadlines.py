"""Deadlines, extensions, attempts and the counting submission over HTTP and a real database."""

import datetime
import threading

import pytest

from grader import errors
from grader.service import accounts
from grader.service import submissions as service_submissions
from grader.store import extensions, rows, submissions
from tests.support import fakes_service as fakes
from tests.support.api_client import FILES, UPLOAD, problem
from tests.support.course_client import ASSIGNMENT, DAY, HOUR, NOW, Course


@pytest.fixture
def course_api(store, uploads, course):
    return Course(store, uploads, course)


def test_terms_tell_what_holds_before_the_upload(course_api):
    course_api.schedule("grace_h = 48\npercent = 10\ncutoff_h = 96", due=NOW - 50 * HOUR)
    told = course_api.terms()
    assert (told["window"], told["penalty_percent"], told["takes_uploads"]) == ("late", 10, True)
    assert told["late"]["grace_h"] == 48
    assert told["closes"] is not None


def test_upload_after_the_closing_is_refused_and_costs_nothing(course_api):
    course_api.schedule("cutoff_h = 1", due=NOW - 2 * HOUR)
    assert "extension" in problem(course_api.post(), 403)["detail"]
    assert course_api.post(who="eve").status_code == 202


def test_extension_opens_the_assignment_again_for_one_student(course_api):
    course_api.schedule("cutoff_h = 1\npercent = 10", due=NOW - 2 * HOUR)
    due = (NOW + DAY).isoformat()
    granted = course_api.send("PUT", f"{ASSIGNMENT}/extensions/ann", due=due, reason="ill")
    assert granted.json()["granted_by"] == "instructor eve"
    assert course_api.terms()["extension_reason"] == "ill"
    assert course_api.terms()["extended"]
    assert not course_api.terms("bob")["extended"]
    assert course_api.post().status_code == 202
    problem(course_api.post(who="bob"), 403)
    assert course_api.send("DELETE", f"{ASSIGNMENT}/extensions/ann").status_code == 204
    problem(course_api.post(), 403)
    problem(course_api.send("DELETE", f"{ASSIGNMENT}/extensions/ann"), 404)
    assert course_api.audit()[-2:] == [
        ("instructor eve", "extension granted", "ann"),
        ("instructor eve", "extension withdrawn", "ann"),
    ]


def test_extension_must_be_later_and_for_somebody(course_api):
    course_api.schedule(due=NOW)
    path = f"{ASSIGNMENT}/extensions/ann"
    early = course_api.send("PUT", path, due=(NOW - DAY).isoformat())
    assert "later" in problem(early, 422)["reasons"][0]
    problem(course_api.send("PUT", path, due="2026-10-09T23:59:00"), 422)
    problem(course_api.send("PUT", path, due="9999-10-09T23:59:00Z"), 422)
    due = (NOW + DAY).isoformat()
    problem(course_api.send("PUT", f"{ASSIGNMENT}/extensions/nobody", due=due), 404)
    problem(course_api.send("PUT", path, who="ann", due=due), 403)


def test_attempts_end_for_the_day_and_say_when_they_return(course_api):
    course_api.schedule(attempts_per_day=2, time_zone="America/Chicago")
    first, second = course_api.post(), course_api.post()
    # The second replaced the first, which was never graded and costs no attempt.
    assert (first.status_code, second.status_code) == (202, 202)
    assert course_api.terms()["attempts_left"] == 1
    course_api.finish(second)
    course_api.graded()
    answer = course_api.post()
    body = problem(answer, 429)
    assert 0 < int(answer.headers["retry-after"]) <= 25 * 3600
    assert body["again_at"].endswith(("-05:00", "-06:00"))
    assert course_api.terms()["attempts_left"] == 0
    assert course_api.post(who="bob").status_code == 202
    assert course_api.post(who="eve").status_code == 202


def test_refused_upload_leaves_the_waiting_one_in_the_queue(course_api):
    course_api.schedule(attempts_per_day=1)
    waiting = course_api.post()
    course_api.graded()  # replaces it: one attempt
    problem(course_api.post(), 429)
    assert course_api.get(waiting.json()["links"]["self"]).json()["state"] == "superseded"


def test_two_uploads_at_once_do_not_share_one_attempt(course_api):
    course_api.schedule(attempts_per_day=1)
    user = accounts.find(course_api.store, course_api.tokens["ann"])
    since = NOW - DAY
    allowed = rows.Allowance(1, since, NOW + DAY)
    results = []

    def accept(number):
        import uuid

        new = rows.NewSubmission(
            uuid.uuid4(), user.id, fakes.SLUG, "0" * 64, 1, f"{number:064}", allowance=allowed,
            one_at_a_time=True, idempotency_key=f"k{number}",
        )  # fmt: skip
        try:
            results.append(submissions.accept(course_api.store, new, lambda c, run: start(c, run)))
        except errors.TooManyAttempts:
            results.append(None)

    def start(connection, run_id):  # what is being graded is not superseded
        connection.execute(
            "UPDATE runs SET state = 'running', attempt = 1, started_at = now(),"
            " moved_by = 't', moved_why = 't' WHERE id = %s",
            [run_id],
        )

    threads = [threading.Thread(target=accept, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in results if one]) == 1


def test_late_upload_shows_both_scores(course_api):
    course_api.schedule("percent = 10", due=NOW - HOUR)
    found = course_api.graded()
    total = course_api.get(f"/api/submissions/{found}/report", "eve").json()["total"]
    assert total["penalty_percent"] == 10
    assert total["score"] == pytest.approx(total["raw"] * 0.9, abs=1e-6)
    listed = course_api.get(f"{ASSIGNMENT}/submissions", "eve").json()["submissions"]
    assert listed[0]["total"] == total


def test_assignment_that_has_not_opened_is_there_for_staff_only(course_api):
    course_api.schedule(opens=NOW + DAY, due=NOW + 2 * DAY)
    problem(course_api.get(ASSIGNMENT), 404)
    problem(course_api.post(), 404)
    assert course_api.get("/api/assignments").json() == {"assignments": []}
    assert course_api.terms("eve")["window"] == "not_open"


def test_history_has_pages_and_own_submissions_only(course_api):
    ids = [course_api.graded(content=f"{n}".encode()) for n in range(3)]
    course_api.graded("bob")
    page = course_api.get(f"{ASSIGNMENT}/submissions?limit=2").json()
    assert [one["id"] for one in page["submissions"]] == ids[:0:-1]
    assert [one["active"] for one in page["submissions"]] == [True, False]
    rest = course_api.get(page["next"]).json()
    assert ([one["id"] for one in rest["submissions"]], rest["next"]) == (ids[:1], None)
    assert len(course_api.get(f"{ASSIGNMENT}/submissions", "eve").json()["submissions"]) == 4


def test_student_chooses_where_the_course_lets_them(course_api):
    course_api.schedule(active="chosen")
    first, second = course_api.graded(), course_api.graded(content=b"2")
    path = f"/api/submissions/{first}/active"
    assert course_api.send("PUT", path, "ann").json() == {"active": first}
    listed = course_api.get(f"{ASSIGNMENT}/submissions").json()["submissions"]
    assert [one["active"] for one in listed] == [False, True]
    assert course_api.send("DELETE", path, "ann").json() == {"active": second}
    problem(course_api.send("PUT", path, "bob"), 404)


def test_choice_of_staff_stands_above_the_student_and_the_rule(course_api):
    course_api.schedule(active="best")
    first, second = course_api.graded(), course_api.graded(content=b"2")
    problem(course_api.send("PUT", f"/api/submissions/{first}/active", "ann"), 409)
    assert course_api.send("PUT", f"/api/submissions/{first}/active").status_code == 200
    course_api.schedule(active="chosen")
    problem(course_api.send("PUT", f"/api/submissions/{second}/active", "ann"), 409)
    problem(course_api.send("DELETE", f"/api/submissions/{first}/active", "ann"), 409)
    assert extensions.choice(course_api.store, fakes.SLUG, 1).by_staff


def test_what_is_not_graded_cannot_count(course_api):
    course_api.schedule(active="chosen")
    waiting = course_api.post().json()["id"]
    problem(course_api.send("PUT", f"/api/submissions/{waiting}/active", "ann"), 409)


def test_text_that_cannot_be_stored_is_the_callers_fault(course_api):
    due = (NOW + DAY).isoformat()
    course_api.schedule(due=NOW)
    answer = course_api.send("PUT", f"{ASSIGNMENT}/extensions/ann", due=due, reason="a\0b")
    assert "NUL" in problem(answer, 422)["detail"]


def test_idempotent_repeat_is_answered_when_attempts_are_used_up(course_api, monkeypatch):
    course_api.schedule(attempts_per_day=1)
    headers = {"Idempotency-Key": "k"}
    first = course_api.post(FILES, path=UPLOAD, **headers)
    monkeypatch.setattr(submissions, "SAME_UPLOAD_S", 0.0)  # by the key alone
    assert course_api.post(FILES, path=UPLOAD, **headers).json()["id"] == first.json()["id"]


def test_equal_uploads_within_a_minute_are_one(course_api):
    """A second click, or a page that was sent again: one submission, one attempt."""
    course_api.schedule(attempts_per_day=5)
    first = course_api.post(FILES).json()["id"]
    assert course_api.post(FILES).json()["id"] == first
    assert course_api.post(FILES, who="bob").json()["id"] != first
    assert course_api.terms()["attempts_left"] == 4
    other = course_api.post().json()["id"]  # replaces the first, which was waiting
    assert other != first
    assert course_api.post(FILES).json()["id"] not in (first, other)


def test_equal_upload_after_a_cancelled_one_is_another(course_api):
    first = course_api.post(FILES).json()["id"]
    course_api.send("POST", f"/api/submissions/{first}/cancel", "ann")
    assert course_api.post(FILES).json()["id"] != first


def test_equal_upload_after_a_minute_is_another(course_api, monkeypatch):
    monkeypatch.setattr(submissions, "SAME_UPLOAD_S", 0.0)
    first = course_api.post(FILES).json()["id"]
    assert course_api.post(FILES).json()["id"] != first


@pytest.mark.parametrize(
    ("took", "counted"),
    [(DAY / 24 / 6, "beginning"), (DAY, "fifteen minutes before the end")],
)
def test_slow_upload_counts_from_its_beginning(course_api, took, counted):
    """Ten minutes on a slow line cost nothing; a door held open for a day does."""
    course_api.schedule("percent = 10", due=NOW - datetime.timedelta(minutes=5))
    services = course_api.client.app.state.services
    ann = accounts.find(course_api.store, course_api.tokens["ann"])
    now = datetime.datetime.now(datetime.UTC)
    stored = service_submissions.accept(
        services, ann, fakes.SLUG, [("layers.py", b"ok")], started=now - took
    )
    late_by = stored.created_at - (now - took)
    if counted == "beginning":
        assert abs(late_by) < datetime.timedelta(seconds=5)
    else:
        assert now - stored.created_at < datetime.timedelta(minutes=16)
