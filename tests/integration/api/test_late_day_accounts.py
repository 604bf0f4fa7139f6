"""Late days through API, pages, gradebook and log."""

import datetime

import pytest

from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, DAY, NOW, Staffed

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def late(store, uploads, course):
    (course / "course.toml").write_text("[course]\nlate_days = 3\nmost_per_homework = 2\n")
    api = Staffed(store, uploads, course)
    due = NOW - DAY - HOUR
    api.rubric(f"[schedule]\ndue = {due.isoformat()}\n[schedule.late]\npercent = 10\n")
    return api


def own(api):
    return api.get(ASSIGNMENT).json()["late_days"]


def test_days_are_spent_for_the_submission_that_counts(late):
    assert own(late) == {"given": 3, "left": 3, "usable": 2, "spent": 0}
    assert late.terms()["penalty_percent"] == 0
    submission = late.graded()
    assert late.total(submission)["penalty_percent"] == 0
    assert own(late) == {"given": 3, "left": 1, "usable": 2, "spent": 2}
    assert late.plain()["ann"]["late_days"] == "2"
    assert late.plain()["bob"]["late_days"] == "0"


def test_staff_take_and_give_days_and_it_is_written_down(late):
    submission = late.graded()
    taken = late.send("POST", "/api/late-days/ann", days=-2, reason="counted twice").json()
    assert (taken["given"], taken["left"]) == (1, 0)
    assert late.total(submission)["penalty_percent"] == 10
    late.send("POST", "/api/late-days/ann", days=1)
    assert late.total(submission)["penalty_percent"] == 0
    assert ("instructor eve", "late days changed", "ann") in late.audit()
    everybody = late.get("/api/late-days", "eve").json()["students"]
    assert [one["student"] for one in everybody] == ["ann", "bob"]
    problem(late.send("POST", "/api/late-days/nobody", days=1), 404)
    problem(late.send("POST", "/api/late-days/ann", days=0), 422)


def test_course_without_a_budget_says_nothing_of_late_days(late, course):
    (course / "course.toml").unlink()
    assert own(late) is None
    assert "late_days" not in late.book()[0]
    problem(late.send("POST", "/api/late-days/ann", days=1), 422)


def test_typo_in_the_course_file_leaves_the_last_good_budget_in_force(late, course):
    own(late)
    (course / "course.toml").write_text("[course]\nlate_day = 9\n")
    assert own(late)["given"] == 3
    assert "late_days" in late.get("/api/assignments", "eve").json()["faults"]["course.toml"]
