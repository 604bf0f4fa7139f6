"""A student's own uploads and those of a batch under their name are one person's."""

import pytest

from grader import models
from grader.service import accounts, courses, enrolments
from grader.store import enrolments as rules
from grader.store import listings, similarity, statistics
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, Staffed

LABELS = ("Ann Lee", "Lee, Ann", "ann", "ann@u.example", "lee_ann (4711)", "ann + cid@u.example")


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    made.tokens["cid"] = accounts.add_user(store, "cid", "student")
    made.roster(
        b"login,name,email,id\nann,Ann Lee,ann@u.example,4711\n"
        b"bob,Bob Lee,bob@u.example,4712\ncid,Cid Roe,cid@u.example,4713\n"
    )
    return made


def batched(school, label):
    """A graded submission that staff sent under a label, later than all others."""
    found = school.graded("eve")
    with school.store.transaction() as connection:
        connection.execute("UPDATE submissions SET label = %s WHERE id = %s", [label, found])
    return found


def history(school, who="ann"):
    listed = school.get(f"{ASSIGNMENT}/submissions", who).json()["submissions"]
    return {one["id"]: one["active"] for one in listed}


@pytest.mark.parametrize("label", LABELS)
def test_student_sees_the_batch_s_work_and_which_one_counts(school, label):
    own, theirs = school.graded("ann"), batched(school, label)
    assert history(school) == {own: False, theirs: True}
    assert school.plain()["ann"]["submission"] == theirs
    assert school.get(f"/api/submissions/{theirs}/report", "ann").status_code == 200
    assert theirs not in history(school, "bob")
    problem(school.get(f"/api/submissions/{theirs}", "bob"), 404)


def test_student_cancels_and_changes_nothing_of_the_batch(school):
    theirs = batched(school, "Ann Lee")
    problem(school.send("POST", f"/api/submissions/{theirs}/cancel", "ann"), 403)


def test_student_s_choice_of_a_team_s_work_is_theirs_alone(school):
    school.rubric('[schedule]\nactive = "chosen"\n')
    own, shared, later = school.graded("ann"), batched(school, "ann + cid"), school.graded("cid")
    assert school.send("PUT", f"/api/submissions/{shared}/active", "ann").status_code == 200
    counting = {name: line["submission"] for name, line in school.plain().items()}
    assert (counting["ann"], counting["cid"]) == (shared, later)
    assert history(school) == {own: False, shared: True}


@pytest.mark.parametrize("label", [label for label in LABELS if "+" not in label])
def test_figures_comparisons_and_regrades_have_one_person(school, label):
    school.graded("ann")
    school.graded("bob")
    newest = batched(school, label)
    assert statistics.of(school.store, fakes.SLUG).students == 2
    assert len(statistics.of(school.store, fakes.SLUG).scores) == 2
    works = {one.student: str(one.id) for one in similarity.works(school.store, fakes.SLUG)}
    assert (set(works), works["ann"]) == ({"ann", "bob"}, newest)
    wanted = {"which": "latest", "reason": "again"}
    regrade = school.send("POST", f"{ASSIGNMENT}/regrades", **wanted).json()
    assert sum(regrade["runs"].values()) == 2
    lines = listings.submissions(school.store, fakes.SLUG, listings.ListQuery()).lines
    assert sorted(one.student for one in lines) == ["ann", "ann", "bob"]


def test_namesakes_stay_two_people(school):
    school.roster(b"login,name,email\nann2,Ann Lee,ann2@u.example\n")
    school.graded("ann")
    theirs = batched(school, "Ann Lee")
    assert theirs not in history(school)
    assert statistics.of(school.store, fakes.SLUG).students == 2


def test_people_of_one_name_in_two_courses_do_not_see_each_other_s_work(school):
    courses.add(school.store, "ml", "Learning", "", "test")
    new = rules.NewEnrolment(models.Role.STUDENT, full_name="Ann Lee")
    enrolments.change(school.store, "ml", "other", new, "test")
    school.tokens["other"] = accounts.add_token(school.store, "other")[0]
    theirs = batched(school, "Ann Lee")
    assert history(school) == {theirs: True}
    problem(school.get(f"/api/submissions/{theirs}", "other"), 404)


def test_work_under_a_name_of_who_dropped_counts_nowhere(school):
    batched(school, "Ann Lee")
    batched(school, "stranger")
    school.send("DELETE", "/api/courses/main/people/ann")
    assert statistics.of(school.store, fakes.SLUG).students == 1
    assert [one.student for one in similarity.works(school.store, fakes.SLUG)] == ["stranger"]
    assert "ann" not in school.plain()
    book = school.get(f"{ASSIGNMENT}/gradebook.csv?dropped=true", "eve").text
    assert "Ann Lee" in book
    listed = listings.submissions(school.store, fakes.SLUG, listings.ListQuery())
    assert [one.student for one in listed.lines] == ["stranger"]
    asked = listings.submissions(school.store, fakes.SLUG, listings.ListQuery(dropped=True))
    assert asked.total == 2
