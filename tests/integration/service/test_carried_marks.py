"""Marks follow a write-up into newer uploads; what is left to mark is listed."""

import pytest

from grader.service import accounts
from grader.store import late_days
from tests.support import fakes_service as fakes
from tests.support.course_client import ASSIGNMENT, MANUAL, ROSTER, Staffed
from tests.support.team_client import Teamed

PDF, OTHER_PDF = b"%PDF-1.7 first", b"%PDF-1.7 second"


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    text = fakes.MANIFEST.replace('["layers.py"]', '["layers.py"], optional = ["writeup.pdf"]')
    made.manifest.write_text(text.replace("total_points = 10", "total_points = 15") + MANUAL)
    return made


def submit(school, code, pdf=None, who="ann"):
    files = [("files", ("layers.py", code))]
    files += [("files", ("writeup.pdf", pdf))] if pdf else []
    answer = school.client.post(
        f"{ASSIGNMENT}/submissions", files=files, headers=school.headers(who)
    )
    assert answer.status_code == 202, answer.text
    school.finish(answer)
    return answer.json()["id"]


def unmarked(school, **asked):
    answer = school.client.get(
        f"{ASSIGNMENT}/unmarked", params=asked, headers=school.headers("eve")
    )
    return answer.json()["submissions"]


def marking(school, submission):
    (task,) = school.get(f"/api/submissions/{submission}/marks", "eve").json()["tasks"]
    return task


def test_mark_counts_for_a_newer_upload_with_the_same_write_up(school):
    old = submit(school, b"ok", PDF)
    school.mark(old, points=4, comment="see page 2")
    new = submit(school, b"ok ", PDF)
    assert school.total(new) == school.total(old)
    line = school.plain()["ann"]
    assert (line["submission"], line["task 2"]) == (new, "4")
    task = marking(school, new)
    assert task["marks"] == []
    assert (task["carried"]["points"], task["carried"]["carried_from"]) == (4, old)
    assert unmarked(school) == []


def test_mark_does_not_follow_into_another_write_up_and_is_listed_to_be_given_again(school):
    old = submit(school, b"ok", PDF)
    school.mark(old, points=4)
    new = submit(school, b"ok", OTHER_PDF)
    assert school.total(new)["unmarked"] == 1
    (left,) = unmarked(school)
    assert (left["submission"], left["student"], left["again"]) == (new, "ann", ["2"])


def test_own_mark_stands_above_a_carried_one_also_when_it_is_taken_back(school):
    old = submit(school, b"ok", PDF)
    school.mark(old, points=4)
    new = submit(school, b"ok ", PDF)
    assert school.mark(new, points=1, version=0).status_code == 200
    assert school.total(new)["raw"] == school.total(old)["raw"] - 3
    school.mark(new, version=1)
    assert school.total(new)["unmarked"] == 1
    assert school.total(old)["unmarked"] == 0


def test_marks_of_one_person_are_not_another_s(school):
    school.mark(submit(school, b"ok", PDF), points=4)
    theirs = submit(school, b"ok ", PDF, who="bob")
    assert [one["submission"] for one in unmarked(school)] == [theirs]


def test_without_a_write_up_equal_uploads_share_a_mark_and_others_do_not(school, store):
    old = submit(school, b"ok")
    school.mark(old, points=4)
    with store.transaction() as connection:  # a while ago, or the second would be the first
        connection.execute("UPDATE runs SET queued_at = queued_at - interval '1 hour'")
    assert school.total(submit(school, b"ok"))["unmarked"] == 0
    assert school.total(submit(school, b"ok "))["unmarked"] == 1


def test_list_is_narrowed_by_task_and_section(school):
    school.roster(ROSTER)
    submit(school, b"ok", PDF)
    assert len(unmarked(school, task="2", section="A")) == 1
    assert unmarked(school, section="B") == []
    answer = school.get(f"{ASSIGNMENT}/unmarked?task=9z", "eve")
    assert answer.status_code == 404


@pytest.fixture
def batched(school, store):
    """Sends a write-up in a batch, under a label."""
    school.tokens["cid"] = accounts.add_user(store, "cid", "student")
    school.roster(b"login,name,email\nann,Ann Lee,ann@u.example\ncid,Cid Roe,c@u.example\n")

    def send(label, code=b"batch", pdf=PDF):
        made = submit(school, code, pdf, who="eve")
        with store.transaction() as connection:
            connection.execute("UPDATE submissions SET label = %s WHERE id = %s", [label, made])
        return made

    return send


@pytest.mark.parametrize("label", ["Ann Lee", "Lee, Ann", "ann", "ann@u.example"])
def test_mark_follows_between_an_own_upload_and_the_batch_s(school, batched, label):
    own, theirs = submit(school, b"ok", PDF), batched(label)
    school.mark(own, points=4)
    assert school.total(theirs)["unmarked"] == 0
    assert marking(school, theirs)["carried"]["carried_from"] == own
    school.mark(theirs, points=2, version=0)
    newest = submit(school, b"ok ", PDF)
    assert marking(school, newest)["carried"]["carried_from"] == theirs
    assert (school.plain()["ann"]["task 2"], unmarked(school)) == ("2", [])


def test_mark_does_not_follow_into_a_batch_s_other_write_up_nor_to_somebody_else(school, batched):
    school.mark(submit(school, b"ok", PDF), points=4)
    other, theirs = batched("Ann Lee", b"1", OTHER_PDF), batched("Cid Roe", b"2")
    nobody = batched("Ann Leeson", b"3")
    left = {one["submission"]: one["again"] for one in unmarked(school)}
    assert left == {other: ["2"], theirs: [], nobody: []}


def test_team_s_mark_is_each_member_s_but_a_member_s_is_not_the_team_s(school, batched):
    school.mark(submit(school, b"ok", PDF), points=1)
    team = batched("ann + cid")
    assert school.total(team)["unmarked"] == 1
    school.mark(team, points=3)
    alone = submit(school, b"ok ", PDF, who="cid")
    assert marking(school, alone)["carried"]["carried_from"] == team
    assert school.plain()["cid"]["task 2"] == "3"


def test_mark_of_one_is_not_that_of_a_team_with_somebody_unknown(school, batched):
    school.mark(submit(school, b"ok", PDF), points=1)
    team = batched("Ann Lee + Somebody Else")
    assert school.total(team)["unmarked"] == 1
    school.mark(team, points=3)
    newest = submit(school, b"ok ", PDF)
    assert marking(school, newest)["carried"]["carried_from"] == team


def test_mark_of_a_label_that_is_nobody_s_is_the_label_s_whoever_of_staff_sent_it(school, batched):
    old, new = batched("Unknown Person"), batched("Unknown Person", b"again")
    school.mark(old, points=2)
    assert school.total(new)["unmarked"] == 0


def test_late_days_know_of_marks_that_came_along(school, batched, store):
    own = submit(school, b"ok", PDF)

    def points():
        found = late_days.terms(store, "main", [fakes.SLUG])
        (work,) = next(one for one in found.values() if one.name == "ann").works[fakes.SLUG]
        assert str(work.id) == own
        return work.points

    before = points()
    school.mark(batched("Ann Lee"), points=5)
    assert points() == before + 5


def test_team_s_own_upload_shares_marks_as_its_batch_does(store, uploads, course):
    school = Teamed(store, uploads, course)
    alone = school.graded("ann", b"ok")
    school.mark(alone, points=1)
    school.form("ann", "bob")
    with store.transaction() as connection:  # a while ago, or the second would be the first
        connection.execute("UPDATE runs SET queued_at = queued_at - interval '1 hour'")
    team = school.graded("ann", b"ok")
    assert school.total(team)["unmarked"] == 1
    school.mark(team, points=3)
    with store.transaction() as connection:
        connection.execute("UPDATE runs SET queued_at = queued_at - interval '1 hour'")
    assert marking(school, school.graded("bob", b"ok"))["carried"]["carried_from"] == team
    assert school.plain()["ann"]["task 2"] == school.plain()["bob"]["task 2"] == "3"
