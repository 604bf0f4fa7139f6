"""Settings of each course: what reads late days, zone and messages of a homework reads its own."""

import pytest

from grader import models
from grader.service import accounts, courses, enrolments
from grader.store import enrolments as stored
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, DAY, HOUR, NOW, Staffed

SETTINGS = "/api/courses/main/settings"


@pytest.fixture
def school(store, uploads, course):
    (course / "course.toml").write_text("[course]\nlate_days = 3\nmost_per_homework = 1\n")
    api = Staffed(store, uploads, course)
    due = NOW - DAY - HOUR
    api.rubric(f"[schedule]\ndue = {due.isoformat()}\n[schedule.late]\npercent = 10\n")
    courses.add(store, "other", "Other course", "", "test")
    api.tokens["oscar"] = accounts.add_user(store, "oscar", "instructor", course="other")
    return api


def change(school, who="eve", path=SETTINGS, **sent):
    answer = school.send("PATCH", path, who, **sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


def field(found, name):
    return next(one for one in found["fields"] if one["name"] == name)


def own(school):
    return school.get(ASSIGNMENT).json()["late_days"]


def test_budget_of_a_course_holds_at_once_and_the_file_stands_next_to_it(school):
    submission = school.graded()
    assert (own(school)["given"], school.total(submission)["penalty_percent"]) == (3, 10)
    found = change(school, set={"most_per_homework": 2})
    one = field(found, "most_per_homework")
    assert (one["written"], one["value"], one["changed_by"]) == (1, 2, "instructor eve")
    assert (own(school)["spent"], school.total(submission)["penalty_percent"]) == (2, 0)
    assert school.plain()["ann"]["late_days"] == "2"
    change(school, set={"late_days": 0})
    assert own(school) is None
    assert "late_days" not in school.book()[0]
    problem(school.send("POST", "/api/late-days/ann", days=1), 422)
    change(school, reset=["late_days", "most_per_homework"])
    assert (own(school)["given"], school.total(submission)["penalty_percent"]) == (3, 10)


def test_gradebook_is_the_same_while_nobody_changes_a_setting(school):
    school.graded()
    before = school.book()
    change(school, "oscar", "/api/courses/other/settings", set={"late_days": 9})
    assert school.book() == before
    change(school, set={"late_days": 3})  # what the file says
    assert school.book() == before


def test_another_courses_homework_reads_its_own_budget_and_zone(school):
    change(school, "oscar", "/api/courses/other/settings", set={"late_days": 7})
    change(school, set={"time_zone": "Asia/Tokyo"})
    assert school.get(ASSIGNMENT).json()["terms"]["time_zone"] == "Asia/Tokyo"
    new = stored.NewEnrolment(models.Role.STUDENT)
    enrolments.change(school.store, "other", "ann", new, "test")
    assert school.send("PUT", f"/api/courses/other/assignments/{fakes.SLUG}", "root").is_success
    assert own(school)["given"] == 7
    assert school.get(ASSIGNMENT).json()["terms"]["time_zone"] == "UTC"


def test_log_has_the_value_before_and_the_version_says_who_was_first(school):
    found = school.get(SETTINGS, "eve").json()
    change(school, set={"late_days": 5, "title": "Deep learning"}, version=found["version"])
    newest = school.get("/api/audit", "eve").json()["entries"][0]
    assert (newest["action"], newest["subject"]) == ("course changed", "main")
    assert newest["detail"] == {
        "title": "Main course -> Deep learning",
        "late_days": "3 (not changed) -> 5",
    }
    late = school.send("PATCH", SETTINGS, set={"late_days": 4}, version=found["version"])
    assert "Somebody else changed this course" in problem(late, 409)["detail"]
    assert field(school.get(SETTINGS, "eve").json(), "late_days")["value"] == 5
    renamed = school.send("PATCH", "/api/courses/main", term="Fall")
    assert renamed.status_code == 200
    newer = school.get(SETTINGS, "eve").json()
    assert (newer["version"], field(newer, "term")["value"]) == (found["version"] + 2, "Fall")


@pytest.mark.parametrize(
    "sent",
    [
        {"set": {"colour": "red"}},
        {"set": {"late_days": -1}},
        {"set": {"title": " "}},
        {"set": {"title": "x" * 201}},
        {"set": {"notify.staff": ["everything"]}},
        {"reset": ["title"]},
        {"reset": ["colour"]},
        {"sett": {}},
    ],
)
def test_nothing_is_changed_by_what_cannot_be_meant(school, sent):
    problem(school.send("PATCH", SETTINGS, **sent), 422)
    assert school.get(SETTINGS, "eve").json()["version"] == 0


def test_late_days_of_two_courses_are_two_lists(school):
    change(school, set={"late_days": 0})
    change(school, "oscar", "/api/courses/other/settings", set={"late_days": 2})
    new = stored.NewEnrolment(models.Role.STUDENT)
    enrolments.change(school.store, "other", "bob", new, "test")
    assert school.get("/api/late-days?course=main", "eve").json()["students"] == []
    (bob,) = school.get("/api/late-days?course=other", "oscar").json()["students"]
    assert (bob["student"], bob["given"]) == ("bob", 2)


def test_staff_and_students_hear_by_default_what_their_course_says(school):
    def wanted(who):
        choices = school.get("/api/messages", who).json()["choices"]
        return [one["kind"] for one in choices if one["wanted"]]

    everything = wanted("eve")
    change(school, set={"notify.staff": ["requests"], "notify.students": []})
    assert (wanted("eve"), wanted("ann"), wanted("oscar")) == (["requests"], [], everything)
