"""Somebody is excused from a homework: it counts nowhere, and nothing of theirs waits."""

import pytest

from grader.service import accounts, erasure
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, DAY, NOW, Staffed
from tests.support.team_client import Teamed

EXCUSED = f"{ASSIGNMENT}/excused"


@pytest.fixture
def school(store, uploads, course):
    return Staffed(store, uploads, course)


def excuse(school, who="ann", **sent):
    answer = school.send("PUT", f"{EXCUSED}/{who}", **sent or {"reason": "ill"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def to_mark(school):
    listed = school.get(f"{ASSIGNMENT}/unmarked", "eve").json()["submissions"]
    return [(one["student"], one["mates"]) for one in listed]


def test_whoever_is_excused_has_no_points_in_any_table_and_waits_for_no_marker(school):
    for who in ("ann", "bob"):
        school.graded(who)
    one = excuse(school)
    assert (one["student"], one["reason"], one["excused_by"]) == ("ann", "ill", "instructor eve")
    assert school.get(EXCUSED, "eve").json()["excused"] == [one]
    lines = {line[3]: line[-1] for line in school.book("canvas")}
    assert (lines["ann"], lines["bob"]) == ("EX", "6.666667")
    line = school.plain()["ann"]
    assert (line["score"], line["raw score"], line["notes"]) == ("", "6.666667", "excused")
    assert to_mark(school) == [("bob", [])]


def test_withdrawn_it_counts_again_and_both_stand_in_the_log(school):
    school.graded()
    excuse(school)
    assert school.send("DELETE", f"{EXCUSED}/ann").status_code == 204
    assert school.plain()["ann"]["score"] == "6.666667"
    assert to_mark(school) == [("ann", [])]
    assert school.audit()[-2:] == [
        ("instructor eve", "excused", "ann"),
        ("instructor eve", "excusal withdrawn", "ann"),
    ]
    problem(school.send("DELETE", f"{EXCUSED}/ann"), 404)


def test_student_reads_it_and_can_still_submit(school):
    assert not school.get(ASSIGNMENT).json()["excused"]
    excuse(school)
    own = school.get(ASSIGNMENT).json()
    assert (own["excused"], own["excused_reason"]) == (True, "ill")
    assert not school.get(ASSIGNMENT, "bob").json()["excused"]
    school.graded()


def test_another_login_for_the_same_person_is_taken_and_nobody_s_is_refused(school):
    school.roster()
    for typed in ("ANN", " ann ", "Ann@u.example"):
        assert excuse(school, typed)["student"] == "ann"
    for nobody in ("anne", "eve", "%"):
        said = problem(school.send("PUT", f"{EXCUSED}/{nobody}", reason=""), 404)
        assert "no active student" in said["detail"]
    problem(school.send("PUT", f"{EXCUSED}/ann", because="ill"), 422)


def test_excused_homework_spends_no_late_days(store, uploads, course):
    (course / "course.toml").write_text("[course]\nlate_days = 3\n")
    school = Staffed(store, uploads, course)
    due = (NOW - DAY).isoformat()
    school.rubric(f"[schedule]\ndue = {due}\n[schedule.late]\npercent = 10\n")
    school.graded()
    assert school.get(ASSIGNMENT).json()["late_days"]["left"] < 3
    excuse(school)
    assert school.get(ASSIGNMENT).json()["late_days"]["left"] == 3
    assert school.plain()["ann"]["late_days"] == "0"


def test_team_s_work_is_marked_while_it_counts_for_one_of_them(store, uploads, course):
    school = Teamed(store, uploads, course)
    school.form("ann", "bob")
    school.graded()
    excuse(school, "ann")
    assert to_mark(school) == [("bob", [])]
    excuse(school, "bob")
    assert to_mark(school) == []


def test_nobody_s_name_stays_when_they_are_forgotten(school, uploads):
    accounts.add_user(school.store, "dean", "instructor")
    school.tokens["dean"] = accounts.add_token(school.store, "dean", "test")[0]
    school.send("PUT", f"{EXCUSED}/ann", "dean", reason="ill")
    erasure.forget(school.store, uploads, "dean")
    assert school.get(EXCUSED, "eve").json()["excused"][0]["excused_by"] == "somebody forgotten"
    erasure.forget(school.store, uploads, "ann")
    assert school.get(EXCUSED, "eve").json()["excused"] == []
