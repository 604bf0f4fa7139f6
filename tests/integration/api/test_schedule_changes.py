"""Dates changed by staff for everybody, a section, a student; whatever reads them follows."""

import json
from fractions import Fraction

import pytest

from grader.store import notices
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, DAY, HOUR, NOW, Staffed

SCHEDULE = f"{ASSIGNMENT}/schedule"


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    late = "[schedule.late]\npercent = 10\ncutoff_h = 24\n"
    made.rubric(f"[schedule]\ndue = {(NOW - 30 * HOUR).isoformat()}\n{late}")
    made.roster(b"login,email,section\nann,ann@u.example,A\nbob,bob@u.example,B\n")
    return made


def change(school, **sent):
    answer = school.send("PATCH", SCHEDULE, **sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


def field(found, name):
    return next(one for one in found["fields"] if one["name"] == name)


def test_change_holds_for_uploads_lateness_and_the_gradebook(school):
    problem(school.post(), 403)  # closed
    change(school, set={"late.cutoff_h": 1000, "late.percent": 20})
    found = school.graded()
    assert school.total(found)["penalty_percent"] == pytest.approx(40)
    assert school.plain()["ann"]["late penalty %"] == "40"
    change(school, set={"due": (NOW + DAY).isoformat()})
    assert school.terms()["window"] == "open"
    assert school.total(found)["penalty_percent"] == 0
    assert school.plain()["ann"]["late penalty %"] == "0"


def test_both_values_are_shown_and_who_changed_it_and_the_log_has_the_one_before(school):
    change(school, set={"attempts_per_day": 3})
    found = change(school, set={"attempts_per_day": 5})
    one = field(found, "attempts_per_day")
    assert (one["written"], one["value"], one["changed_by"]) == (0, 5, "instructor eve")
    assert found["version"] == 2
    newest = school.get("/api/audit", "eve").json()["entries"][0]
    assert (newest["action"], newest["subject"]) == ("schedule changed", "everybody")
    assert newest["detail"] == {"attempts_per_day": "3 -> 5"}
    back = change(school, reset=["attempts_per_day"])
    assert field(back, "attempts_per_day")["changed_by"] is None
    assert field(back, "attempts_per_day")["value"] == 0


def test_section_and_student_have_their_own(school):
    found = change(school, section="B", set={"due": (NOW + DAY).isoformat()})
    assert found["changed_for"] == ["section B"]
    assert (school.terms("bob")["window"], school.terms("ann")["window"]) == ("open", "closed")
    change(school, student="ann", set={"late.cutoff_h": 48})
    assert school.terms("ann")["window"] == "late"
    late, on_time = school.graded("ann"), school.graded("bob")
    assert school.total(late)["penalty_percent"] == pytest.approx(20)
    assert school.total(on_time)["penalty_percent"] == 0
    penalties = {login: line["late penalty %"] for login, line in school.plain().items()}
    assert penalties == {"ann": "20", "bob": "0"}


def test_extension_is_above_the_sections_date(school):
    change(school, section="B", set={"due": (NOW + DAY).isoformat()})
    earlier = school.send(
        "PUT", f"{ASSIGNMENT}/extensions/bob", due=(NOW + HOUR).isoformat(), reason=""
    )
    assert "later than the due date" in problem(earlier, 422)["detail"]
    later = (NOW + 2 * DAY).isoformat()
    assert school.send("PUT", f"{ASSIGNMENT}/extensions/bob", due=later).status_code == 200
    assert school.terms("bob")["extended"]


def test_grades_are_published_for_one_section_only(school):
    change(school, set={"late.cutoff_h": 1000})
    works = {who: school.graded(who) for who in ("ann", "bob")}
    for work in works.values():
        school.mark(work, points=4)
    change(school, section="B", set={"published": True})
    seen = {who: school.total(work, who)["score"] for who, work in works.items()}
    assert seen["bob"] > seen["ann"]
    ask = {who: f"/api/submissions/{work}/requests" for who, work in works.items()}
    assert school.send("POST", ask["bob"], "bob", task="2", text="why?").status_code == 201
    problem(school.send("POST", ask["ann"], "ann", task="2", text="why?"), 403)


def test_late_days_are_counted_by_the_sections_dates(school, course):
    (course / "course.toml").write_text("[course]\nlate_days = 5\n")
    change(school, set={"late.cutoff_h": 1000})
    for who in ("ann", "bob"):
        school.graded(who)
    change(school, section="B", set={"due": (NOW + DAY).isoformat()})
    accounts = school.get("/api/late-days", "eve").json()["students"]
    assert {one["student"]: one["left"] for one in accounts} == {"ann": 3, "bob": 5}


def test_two_who_edit_at_once_lose_nothing(school):
    version = school.get(SCHEDULE, "eve").json()["version"]
    change(school, set={"attempts_per_day": 3}, version=version)
    second = school.send("PATCH", SCHEDULE, set={"attempts_per_day": 9}, version=version)
    assert "Somebody else" in problem(second, 409)["detail"]
    assert field(school.get(SCHEDULE, "eve").json(), "attempts_per_day")["value"] == 3


@pytest.mark.parametrize(
    ("sent", "status", "word"),
    [
        ({"set": {"colour": "red"}}, 422, "colour"),
        ({"reset": ["colour"]}, 422, "colour"),
        ({"set": {"due": "soon"}}, 422, "due"),
        ({"set": {"late.percent": 120}}, 422, "100"),
        ({"set": {"opens": "2199-01-01T00:00"}}, 422, "opens after"),
        ({"section": "Z", "set": {"attempts_per_day": 1}}, 404, "section"),
        ({"student": "nobody", "set": {"attempts_per_day": 1}}, 404, "nobody"),
        ({"student": "eve", "set": {"attempts_per_day": 1}}, 404, "eve"),
        ({"student": "ann", "set": {"due": "2026-01-01T00:00"}}, 422, "extension"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(school, sent, status, word):
    answer = school.send("PATCH", SCHEDULE, **sent)
    assert word in problem(answer, status)["detail"]
    assert school.get(SCHEDULE, "eve").json()["version"] == 0


def test_change_that_contradicts_a_sections_is_refused(school):
    change(school, section="B", set={"late.cutoff_h": 2})
    answer = school.send("PATCH", SCHEDULE, set={"late.grace_h": 5})
    assert "holds for section B as well, and there the cut-off" in problem(answer, 422)["detail"]
    answer = school.send("PATCH", SCHEDULE, section="B", set={"late.grace_h": 5})
    assert problem(answer, 422)["detail"].startswith("That cannot be: the cut-off")


def test_requests_cannot_end_before_there_can_be_any(school):
    dates = {"publish_at": "2199-01-02", "requests_until": "2199-01-01"}
    answer = school.send("PATCH", SCHEDULE, set=dates)
    assert "before the grades are published" in problem(answer, 422)["detail"]


def test_only_active_students_get_extensions(school):
    later = (NOW + 2 * DAY).isoformat()
    refused = school.send("PUT", f"{ASSIGNMENT}/extensions/eve", due=later)
    assert "no active student" in problem(refused, 404)["detail"]


def test_another_process_sees_the_change_within_its_time(school):
    course = school.client.app.state.services.course
    course.load(fakes.SLUG)
    with school.store.transaction() as connection:
        fields = {"attempts_per_day": {"value": 7, "by": "x", "at": NOW.isoformat()}}
        connection.execute(
            "INSERT INTO schedule_edits (assignment, fields, version) VALUES (%s, %s, 1)",
            [fakes.SLUG, json.dumps(fields)],
        )
    course.edited.fresh_s = 0.0
    assert course.load(fakes.SLUG).manifest.schedule.attempts_per_day == 7


def test_message_about_marks_waits_for_those_whose_grades_are_not_published(school):
    change(school, set={"late.cutoff_h": 1000})
    for who in ("ann", "bob"):
        school.mark(school.graded(who), points=4)
    with school.store.transaction() as connection:
        about = notices.about(connection)
        users = {row["name"]: row["id"] for row in connection.execute("SELECT id, name FROM users")}
        held = [(fakes.SLUG, users["ann"])]
        due = notices.of_students(connection, "marks", held, 0.0, 0.0)
    assert set(about[fakes.SLUG]) == {users["ann"], users["bob"]}
    assert {notice.user_id for notice in due} == {users["bob"]}


def test_time_zone_is_the_courses_until_the_homework_has_its_own(school):
    assert school.terms()["time_zone"] == "UTC"
    school.send("PATCH", "/api/courses/main/settings", set={"time_zone": "America/Chicago"})
    one = field(school.get(SCHEDULE, "eve").json(), "time_zone")
    assert (one["written"], one["inherited"], one["value"]) == ("", *["America/Chicago"] * 2)
    found = change(school, set={"time_zone": "Asia/Tokyo", "due": "2099-01-01T12:00"})
    assert field(found, "time_zone")["inherited"] == "America/Chicago"
    assert field(found, "due")["value"] == "2099-01-01T12:00:00+09:00"
    assert school.terms()["time_zone"] == "Asia/Tokyo"
    back = change(school, reset=["time_zone"], set={"due": "2099-01-01T12:00"})
    assert field(back, "due")["value"] == "2099-01-01T12:00:00-06:00"
    detail = problem(school.send("PATCH", SCHEDULE, set={"time_zone": "Chicago"}), 422)["detail"]
    assert "America/Chicago" in detail


def test_which_submission_counts_is_changed_for_everybody_alone(school):
    school.manifest.write_text(fakes.MANIFEST)
    best = school.graded("bob", b"a")
    answer = school.post({"files": ("layers.py", b"b")}, who="bob")
    school.finish(answer, fakes.report(Fraction(1)))
    assert school.plain()["bob"]["submission"] == answer.json()["id"]
    change(school, set={"active": "best"})
    assert school.plain()["bob"]["submission"] == best
    for whom in ({"section": "B"}, {"student": "bob"}):
        answer = school.send("PATCH", SCHEDULE, **whom, set={"active": "latest"})
        assert "the same for everybody" in problem(answer, 422)["detail"]
        names = {one["name"] for one in school.get(f"{SCHEDULE}?section=B", "eve").json()["fields"]}
        assert not names & {"active", "time_zone", "reuse_results"}
    problem(school.send("PATCH", SCHEDULE, set={"active": "worst"}), 422)


def test_equal_uploads_are_answered_at_once_from_then_on(school):
    school.manifest.write_text(fakes.MANIFEST)
    change(school, set={"reuse_results": True})
    assert school.client.app.state.services.course.load("hw").manifest.schedule.reuse_results


def test_change_of_nothing_is_refused_and_makes_no_version(school):
    before = school.get(SCHEDULE, "eve").json()["version"]
    refused = school.client.request("PATCH", SCHEDULE, json={}, headers=school.headers("eve"))
    assert "Nothing is to be changed; name a field: " in problem(refused, 422)["detail"]
    assert school.get(SCHEDULE, "eve").json()["version"] == before


@pytest.mark.parametrize("percent", [12.3456789, 0.5, 40])
def test_number_keeps_all_its_digits(school, percent):
    found = change(school, set={"late.percent": percent})
    assert field(found, "late.percent")["value"] == percent
