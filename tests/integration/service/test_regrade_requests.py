"""Students ask about their points, staff answer: over HTTP and by page, on a real database."""

from fractions import Fraction

import pytest

from grader.service import erasure
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.browser_client import Staff
from tests.support.course_client import ASSIGNMENT, HOUR, NOW, Staffed

PUBLISHED = f"[schedule]\npublish_at = {(NOW - HOUR).isoformat()}\n"


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    made.rubric(PUBLISHED)
    return made


def ask(school, submission, who="ann", task="1a", text="My dx is right."):
    return school.send("POST", f"/api/submissions/{submission}/requests", who, task=task, text=text)


def say(school, request, who, **sent):
    return school.send("POST", f"/api/requests/{request}/messages", who, **sent)


def test_a_request_goes_back_and_forth_until_it_is_closed(school):
    submission = school.graded()
    made = ask(school, submission)
    assert made.status_code == 201, made.text
    request = made.json()["id"]
    assert made.headers["location"] == f"/api/requests/{request}"
    (waiting,) = school.get(f"{ASSIGNMENT}/requests", "eve").json()["requests"]
    assert (waiting["student"], waiting["state"]) == ("ann", "open")
    assert say(school, request, "eve", text="Look at D = 1.").json()["state"] == "answered"
    assert say(school, request, "ann", text="Thanks.").json()["state"] == "open"
    assert say(school, request, "eve", close=True).json()["state"] == "closed"
    problem(say(school, request, "ann", text="But"), 409)
    seen = school.get(f"/api/submissions/{submission}/requests", "ann").json()["requests"]
    texts = [(m["author"], m["text"]) for m in seen[0]["messages"]]
    assert texts == [
        ("ann", "My dx is right."),
        ("course staff", "Look at D = 1."),
        ("ann", "Thanks."),
    ]
    assert school.get(f"{ASSIGNMENT}/requests", "eve").json()["requests"] == []
    assert len(school.get(f"{ASSIGNMENT}/requests?closed=true", "eve").json()["requests"]) == 1
    assert ("instructor eve", "regrade request answered", submission) in school.audit()


def test_one_request_about_a_task_at_a_time(school):
    submission = school.graded()
    request = ask(school, submission).json()["id"]
    problem(ask(school, submission), 409)
    assert ask(school, submission, task="2").status_code == 201
    say(school, request, "ann", close=True)
    assert ask(school, submission).status_code == 201


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"task": "9"}, 404),
        ({"text": "  "}, 422),
        ({"text": "x" * 5001}, 422),
        ({"text": "a\0b"}, 422),
        ({"who": "bob"}, 404),
        ({"who": "eve"}, 403),
    ],
)
def test_request_that_cannot_be_taken_says_why(school, sent, status):
    submission = school.graded()
    problem(ask(school, submission, **sent), status)
    assert school.get(f"{ASSIGNMENT}/requests", "eve").json()["requests"] == []


def test_nothing_is_asked_before_grades_are_published(school):
    school.rubric()
    assert "published" in problem(ask(school, school.graded()), 403)["detail"]


def test_another_student_neither_reads_nor_answers(school):
    request = ask(school, school.graded()).json()["id"]
    problem(school.get(f"/api/requests/{request}", "bob"), 404)
    problem(say(school, request, "bob", text="me too"), 404)


def test_conversation_goes_with_its_student_and_a_staff_name_with_its_owner(school, store, uploads):
    request = ask(school, school.graded()).json()["id"]
    say(school, request, "eve", text="Look again.")
    erasure.forget(store, uploads, "eve")
    authors = store.one("SELECT author FROM regrade_request_messages WHERE by_staff")
    assert authors["author"] == "somebody forgotten"
    erasure.forget(store, uploads, "ann")
    assert store.one("SELECT count(*) AS n FROM regrade_request_messages")["n"] == 0


def test_pages_ask_and_answer_and_keep_what_was_typed(store, uploads, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    path.write_text(fakes.MANIFEST + PUBLISHED)
    staff = Staff(store, uploads, course)
    staff.sign_in("ann")
    mine = staff.hand_in(files=[("files", ("layers.py", b"ok"))]).headers["location"]
    staff.finish_all(Fraction(4))
    assert "ask about your points" in staff.page(mine).text
    empty = staff.send(f"{mine}/requests", task="9", text="keep these words")
    assert empty.status_code == 404
    assert "keep these words" in empty.text
    assert staff.send(f"{mine}/requests", task="1a", text="My dx").status_code == 303
    staff.sign_in("eve")
    listed = staff.page(f"/assignments/{fakes.SLUG}/requests").text
    assert "waits for you" in listed
    answer = staff.send("/requests/1", text="Look at <b>D</b>", close="true")
    assert answer.status_code == 303
    staff.sign_in("ann")
    shown = staff.page(f"{mine}/requests").text
    assert "Look at &lt;b&gt;D&lt;/b&gt;" in shown
    assert "instructor eve" not in shown
    staff.sign_in("bob")
    assert staff.page(f"{mine}/requests").status_code == 404


def test_text_is_kept_where_nothing_can_be_sent_any_more(store, uploads, course):
    """The student closes a request while staff type, and grades are hidden while a student does."""
    manifest = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    hidden = manifest.read_text()
    manifest.write_text(hidden + PUBLISHED)
    staff = Staff(store, uploads, course)
    staff.sign_in("ann")
    path = staff.hand_in().headers["location"]
    staff.finish_all(Fraction(4))
    staff.send(f"{path}/requests", task="1a", text="My dx is right.")
    staff.send("/requests/1", close="true")
    staff.sign_in("eve")
    late = staff.send("/requests/1", text="Look at D = 1.")
    assert late.status_code == 409
    assert "readonly>Look at D = 1.</textarea>" in late.text
    staff.sign_in("ann")
    manifest.write_text(hidden)
    late = staff.send(f"{path}/requests", task="1a", text="And dw?")
    assert late.status_code == 403
    assert "readonly>And dw?</textarea>" in late.text
