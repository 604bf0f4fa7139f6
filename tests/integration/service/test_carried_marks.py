"""Marks follow a write-up into newer uploads; what is left to mark is listed."""

import pytest

from tests.support import fakes_service as fakes
from tests.support.course_client import ASSIGNMENT, MANUAL, ROSTER, Staffed

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
