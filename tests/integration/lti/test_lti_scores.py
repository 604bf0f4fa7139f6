"""Scores that go to an LMS: when, which, again after what changes them, and what answers mean."""

from fractions import Fraction

import pytest

from grader.service import accounts, lti_scores
from grader.store import lti_courses, runs
from tests.support import fakes_service as fakes
from tests.support.course_client import DAY, HOUR, MANUAL, NOW
from tests.support.lms import CLAIM, SCOPES, Classroom, Lms, field

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
TO_HW = {f"{CLAIM}custom": {"homework": "hw"}}
SENT = "/api/assignments/hw/sent-scores"


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


class Room(Classroom):
    """A connected course whose grades are published."""

    def __init__(self, store, uploads, course, lms):
        super().__init__(store, uploads, course, lms)
        self.publish()
        self.connected().launch(**TO_HW)

    def publish(self, more="", late="", **keys):
        self.schedule(late, published=True, **keys)
        text = self.manifest.read_text()
        if more:
            text = text.replace("total_points = 10", "total_points = 15")
            text = text.replace("[schedule]", f"{more}\n[schedule]", 1)
        self.manifest.write_text(text)

    def sent(self):
        """What the LMS has taken, after a round."""
        self.registrar.round()
        return [(one["userId"], one["scoreGiven"], one["scoreMaximum"]) for one in self.lms.scores]

    def states(self):
        return [(one["student"], one["state"]) for one in self.listed()]

    def listed(self):
        return self.get(SENT, "eve").json()["scores"]

    def due_now(self):
        with self.store.transaction() as connection:
            connection.execute("UPDATE lti_scores SET due_at = now()")

    def graded_as(self, score, who="ann"):
        answer = self.post(who=who)
        self.finish(answer, fakes.report(score))
        return answer.json()["id"]

    def regraded(self, score):
        path = "/api/assignments/hw/regrades"
        made = self.send("POST", path, which="all", reason="r").json()
        with self.store.transaction() as connection:
            found = connection.execute("SELECT id FROM runs WHERE state = 'queued'").fetchall()
        for row in found:
            runs.finish(
                self.store, runs.begin(self.store, row["id"], "worker"), fakes.report(score)
            )
        return made["links"]["self"]


@pytest.fixture
def room(store, uploads, course, lms):
    lms.reset()
    return Room(store, uploads, course, lms)


def test_score_goes_to_the_column_when_it_is_final(room, lms):
    room.graded_as(Fraction(8))
    assert room.sent() == [("u-1", 8, 10)]
    (score,) = lms.scores
    assert (score["gradingProgress"], score["activityProgress"]) == ("FullyGraded", "Completed")
    assert score["timestamp"].endswith("Z")
    assert len(score["timestamp"]) == len("2026-10-09T23:59:00.000Z")
    assert score["https://canvas.instructure.com/lti/submission"]["new_submission"] is True
    (form,) = lms.token_requests
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    assert room.states() == [("ann", "sent")]


def test_nothing_is_sent_twice(room):
    room.graded_as(Fraction(8))
    for _ in range(3):
        assert len(room.sent()) == 1
    room.registrar._swept_s = -1e9
    assert len(room.sent()) == 1


def test_thirds_are_sent_as_decimals(room):
    room.graded_as(Fraction(20, 3))
    assert room.sent() == [("u-1", 6.6667, 10)]


def test_nothing_is_sent_before_grades_are_published_and_everything_then(room):
    room.schedule()
    room.graded_as(Fraction(8))
    assert room.sent() == []
    assert "not published" in room.get(SENT, "eve").json()["held_back"]
    room.publish()
    assert room.sent() == [("u-1", 8, 10)]


def test_nothing_is_sent_while_a_task_waits_for_a_marker(room, lms):
    room.publish(MANUAL)
    submission = room.graded_as(Fraction(8))
    assert room.sent() == []
    assert "not marked" in room.get(SENT, "eve").json()["held_back"]
    room.send("PUT", f"/api/submissions/{submission}/marks/2", points=3, comment="well argued")
    assert room.sent() == [("u-1", 11, 15)]
    assert lms.scores[-1]["comment"] == "In writing: well argued"
    room.send("PUT", f"/api/submissions/{submission}/marks/2", points=4)
    assert room.sent()[1:] == [("u-1", 12, 15)]


def test_mark_that_is_taken_back_leaves_the_grade_in_the_lms(room, lms):
    room.publish(MANUAL)
    submission = room.graded_as(Fraction(8))
    room.send("PUT", f"/api/submissions/{submission}/marks/2", points=3)
    assert len(room.sent()) == 1
    room.send("PUT", f"/api/submissions/{submission}/marks/2", points=None)
    assert len(room.sent()) == 1
    assert {one["gradingProgress"] for one in lms.scores} == {"FullyGraded"}


def test_nothing_is_sent_of_who_is_excused_until_it_counts_for_them_again(room):
    excused = "/api/assignments/hw/excused/ann"
    room.send("PUT", excused, reason="ill")
    room.graded_as(Fraction(8))
    assert room.sent() == []
    room.send("DELETE", excused)
    assert room.sent() == [("u-1", 8, 10)]


def test_regrade_sends_nothing_until_it_counts_and_then_what_counts(room, lms):
    room.graded_as(Fraction(8))
    assert len(room.sent()) == 1
    link = room.regraded(Fraction(9))
    assert len(room.sent()) == 1
    room.send("POST", f"{link}/apply", take="take-new")
    assert room.sent()[1:] == [("u-1", 9, 10)]
    ours = "https://canvas.instructure.com/lti/submission"
    assert [one[ours]["new_submission"] for one in lms.scores] == [True, False]
    room.send("POST", f"{link}/revert")
    assert room.sent()[2:] == [("u-1", 8, 10)]


def test_times_grow_by_whole_seconds(room, lms):
    for points in (5, 6, 7):
        room.graded_as(Fraction(points))
        room.registrar.round()
    times = [one["timestamp"][:19] for one in lms.scores]
    assert times == sorted(set(times))
    assert len(times) == 3


def test_extension_takes_the_penalty_off_and_the_score_is_sent_again(room, lms):
    room.publish(late="percent = 10", due=NOW - HOUR)
    room.graded_as(Fraction(8))
    before = room.sent()[-1]
    assert before[1] < 8
    assert "was taken off 8 points" in lms.scores[-1]["comment"]
    due = (NOW + DAY).isoformat()
    room.send("PUT", "/api/assignments/hw/extensions/ann", due=due)
    assert room.sent()[-1] == ("u-1", 8, 10)
    assert lms.scores[-1]["comment"] == ""
    room.client.delete("/api/assignments/hw/extensions/ann", headers=room.headers("eve"))
    assert room.sent()[-1] == before


def test_only_people_of_the_course_get_scores_there(room, lms):
    room.graded_as(Fraction(8))
    room.graded_as(Fraction(9), who="bob")  # has come by no LMS
    assert room.sent() == [("u-1", 8, 10)]
    room.launch(room.new_browser(), sub="u-2", email="bob@u.example", **TO_HW)
    assert room.sent()[1:] == [("u-2", 9, 10)]


def test_score_goes_to_no_course_that_is_not_accepted_nor_to_another(room, lms):
    """A score for another course: each goes where its student is a member, by its own column."""
    room.graded_as(Fraction(8))
    lms.context = "course-2"
    column = {"lineitem": f"{lms.url}/columns/2", "scope": SCOPES}
    other = {AGS: column, **TO_HW}
    zoe = {"sub": "u-7", "email": "zoe@u.example"}
    assert room.launch(room.new_browser(), **zoe, **other).status_code == 403
    lms.asked.clear()
    room.sent()
    assert lms.asked == ["/columns/1/scores"]
    room.accept()
    room.launch(room.new_browser(), **zoe, **other)
    room.sent()
    assert [one for one in lms.asked if "scores" in one] == ["/columns/1/scores"]
    courses = room.get("/api/lms/courses", "eve").json()["courses"]
    assert {one["context"]: one["people"] for one in courses} == {"course-1": 1, "course-2": 1}


def test_instructor_and_dropped_student_get_no_score(room, lms):
    lms.people = [{"user_id": "u-3", "roles": ["Learner"], "email": "bob@u.example"}]
    room.graded_as(Fraction(8))
    (course,) = room.get("/api/lms/courses", "eve").json()["courses"]
    taken = room.send("POST", f"/api/lms/courses/{course['id']}/roster").json()
    assert taken["dropped"] == ["ann"]
    assert room.sent() == []


def test_moodle_s_address_keeps_its_query_behind_the_path(store, uploads, course, lms):
    lms.reset()
    lms.query = "?type_id=6"
    room = Room(store, uploads, course, lms)
    room.graded_as(Fraction(8))
    room.sent()
    assert "/columns/1/scores?type_id=6" in lms.asked


def test_column_is_made_where_the_lms_lets_us(store, uploads, course, lms):
    lms.reset()
    room = Room(store, uploads, course, lms)
    with store.transaction() as connection:
        connection.execute("DELETE FROM lti_columns")
    lms.columns.clear()
    room.graded_as(Fraction(8))
    room.registrar.make_columns()
    (made,) = lms.columns.values()
    assert {k: v for k, v in made.items() if k != "id"} == {
        "scoreMaximum": 10, "label": "Homework", "resourceId": "hw", "tag": "hw",
    }  # fmt: skip
    room.registrar.make_columns()
    assert len(lms.columns) == 1
    assert room.sent() == [("u-1", 8, 10)]


def test_column_that_is_there_is_taken(room, lms):
    with room.store.transaction() as connection:
        connection.execute("DELETE FROM lti_columns")
    lms.columns = {"1": {"id": f"{lms.url}/columns/1", "resourceId": "hw"}}
    room.registrar.make_columns()
    assert len(lms.columns) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_lms_that_is_away_gets_it_later(room, lms, status):
    lms.replies = [status]
    room.graded_as(Fraction(8))
    assert room.sent() == []
    assert room.states() == [("ann", "waiting")]
    assert room.sent() == []  # not at once
    room.due_now()
    assert room.sent() == [("u-1", 8, 10)]
    assert room.states() == [("ann", "sent")]


def test_answer_that_was_lost_is_not_sent_as_another_score(room, lms):
    """The LMS has it: a conflict on the second try reads as delivered."""
    lms.replies, lms.after_taking = [500], True
    room.graded_as(Fraction(8))
    assert len(room.sent()) == 1
    room.due_now()
    lms.after_taking = False
    assert len(room.sent()) == 1
    (score,) = room.listed()
    assert score["state"] == "sent"
    assert "arrived before" in score["answer"]


def test_older_time_than_the_lms_has_is_made_later(room, lms):
    lms.scores.append({"userId": "u-1", "timestamp": "2100-01-01T00:00:00.000Z", "scoreGiven": 1})
    room.graded_as(Fraction(8))
    room.registrar.round()
    assert room.states() == [("ann", "waiting")]
    lms.scores.clear()
    room.due_now()
    assert room.sent() == [("u-1", 8, 10)]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_score_that_the_lms_refuses_is_not_sent_for_ever(room, lms, status):
    lms.replies = [status] * 3
    room.graded_as(Fraction(8))
    assert room.sent() == []
    expected = "waiting" if status == 403 else "refused"
    assert room.states() == [("ann", expected)]
    lms.replies = []
    assert room.send("POST", SENT).json() == {"scores": 1}
    assert room.sent() == [("u-1", 8, 10)]


def test_canvas_without_attempts_left_gets_the_grade_alone(room, lms):
    lms.replies = [422]
    room.graded_as(Fraction(8))
    assert room.sent() == [("u-1", 8, 10)]
    ours = "https://canvas.instructure.com/lti/submission"
    assert lms.scores[0][ours]["new_submission"] is False


def test_right_that_the_lms_does_not_give_is_said(room, lms):
    lms.granted = ""
    room.graded_as(Fraction(8))
    assert room.sent() == []
    (score,) = room.listed()
    assert (score["state"], "does not allow" in score["answer"]) == ("refused", True)


def test_newer_score_overtakes_one_that_waits(room, lms):
    lms.replies = [503]
    room.graded_as(Fraction(7))
    room.registrar.round()
    room.graded_as(Fraction(8))
    assert room.sent() == [("u-1", 8, 10)]
    assert sorted(room.states()) == [("ann", "overtaken"), ("ann", "sent")]


def test_lms_that_does_not_answer_is_tried_again(room, lms):
    with room.store.transaction() as connection:
        connection.execute("UPDATE lti_platforms SET token_url = 'http://127.0.0.1:9/token'")
    room.graded_as(Fraction(8))
    assert room.sent() == []
    (score,) = room.listed()
    assert (score["state"], "cannot be reached" in score["answer"]) == ("waiting", True)


def test_two_processes_send_each_score_once(room, lms):
    room.graded_as(Fraction(8))
    others = [lti_scores.Registrar(room.services) for _ in range(3)]
    for one in others:
        one.round()
    assert len(lms.scores) == 1


def test_page_says_what_was_sent_when_and_the_answer(room, lms):
    room.graded_as(Fraction(8))
    room.registrar.round()
    room.browser.cookies.clear()
    room.browser.post("/sign-in", data={"token": room.tokens["eve"]})
    page = room.browser.get("/assignments/hw/sent-scores")
    for word in ("ann", "8 of 10", "sent", "204", "Deep Learning"):
        assert word in page.text
    form = {"form_token": field(page, "form_token")}
    again = room.browser.post("/assignments/hw/sent-scores", data=form, follow_redirects=False)
    assert again.headers["location"] == "/assignments/hw/sent-scores"


def test_student_reads_nothing_of_it(room):
    assert room.get(SENT, "ann").status_code == 403
    assert room.browser.get("/assignments/hw/sent-scores").status_code == 403
    assert room.browser.get("/lms").status_code == 403


def test_person_who_is_forgotten_leaves_nothing_behind(room, lms):
    from grader.store import erasure

    room.graded_as(Fraction(8))
    room.registrar.round()
    room.send("PUT", "/api/assignments/hw/extensions/ann", due=(NOW + DAY).isoformat())
    erasure.forget(room.store, "ann")
    with room.store.transaction() as connection:
        for table in ("lti_people", "lti_members", "lti_scores", "lti_due"):
            left = connection.execute(f"SELECT * FROM {table} WHERE user_id IS NOT NULL")
            assert not left.fetchall(), table
    room.registrar.round()
    assert accounts.find(room.store, room.tokens["ann"]) is None


def test_course_that_is_removed_gets_no_more_scores(room, lms):
    (course,) = lti_courses.all_of(room.store, "main")
    path = f"/api/lms/courses/{course.id}"
    assert room.client.delete(path, headers=room.headers("eve")).status_code == 204
    room.graded_as(Fraction(8))
    assert room.sent() == []


def test_changed_schedule_sends_what_it_changes(room, lms):
    room.publish(late="percent = 10", due=NOW - HOUR)
    room.graded_as(Fraction(8))
    assert room.sent()[-1][1] < 8
    path = "/api/assignments/hw/schedule"
    due = (NOW + DAY).isoformat()
    changed = room.send("PATCH", path, set={"due": due})
    assert changed.is_success, changed.text
    assert room.sent()[-1] == ("u-1", 8, 10)


def test_student_whose_grades_are_published_later_waits(room, lms):
    later = (NOW + DAY).isoformat()
    room.schedule(publish_at=NOW - HOUR)
    path = "/api/assignments/hw/schedule"
    changed = room.send("PATCH", path, student="ann", set={"publish_at": later})
    assert changed.is_success, changed.text
    room.graded_as(Fraction(8))
    assert room.sent() == []
    room.send("PATCH", path, student="ann", set={"publish_at": (NOW - HOUR).isoformat()})
    assert room.sent() == [("u-1", 8, 10)]
