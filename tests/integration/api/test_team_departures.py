"""What becomes of a team and of its work when somebody leaves it, is forgotten or becomes staff."""

import concurrent.futures
import io
import zipfile

import pytest

from grader import models
from grader.service import enrolments, erasure
from grader.store import all_submissions, similarity, team_changes
from grader.store import enrolments as enrolling
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT
from tests.support.team_client import TEAMS, Teamed


@pytest.fixture
def school(store, uploads, course):
    return Teamed(store, uploads, course)


def listed(school, who):
    return school.get(f"{ASSIGNMENT}/submissions", who).json()["submissions"]


def cancel_open_runs(store):
    with store.transaction() as connection:
        connection.execute(
            "UPDATE runs SET state = 'cancelled', finished_at = now(), moved_by = 'x', "
            "moved_why = 'x' WHERE state IN ('queued', 'running')"
        )


def states(school, ids, who):
    return [school.get(f"/api/submissions/{one}", who).json()["state"] for one in ids]


def test_waiting_work_of_who_left_the_team_is_not_taken_from_them(school):
    school.teamed(size=3)
    team = school.form("ann", "bob", "cid")
    together = school.post(who="ann").json()["id"]
    assert school.send("PUT", f"{TEAMS}/{team}", members=["ann", "cid"]).status_code == 200
    first, second = (school.post(who="ann").json()["id"] for _ in range(2))
    assert states(school, (together, first, second), "ann") == ["queued", "superseded", "queued"]
    assert states(school, (together,), "bob") == ["queued"]
    problem(school.get(f"/api/submissions/{second}", "bob"), 404)


def test_waiting_work_of_who_dropped_the_course_is_there_when_they_are_back(school):
    school.form("ann", "bob")
    together = school.post(who="ann").json()["id"]
    enrolments.leave(school.store, "main", "bob", "test")
    school.post(who="ann")
    school.roster(b"login,name\nbob,Bob\n")
    assert states(school, (together,), "bob") == ["queued"]


def test_what_the_last_of_a_team_submits_is_of_no_team(school, uploads):
    school.roster(b"login,name\nann,Ann Lee\nbob,Bob\n")
    school.form("ann", "bob")
    together = school.graded("ann")
    enrolments.leave(school.store, "main", "bob", "test")
    assert school.post(who="ann").json()["team"] == []
    school.invite("cid", "ann")
    said = problem(school.answer("ann", "cid"), 409)["detail"]
    assert "only the course staff" in said  # nor can she leave it
    erasure.forget(school.store, uploads, "bob")
    assert school.get(f"/api/submissions/{together}", "ann").json()["team"] == []
    (first, *_) = all_submissions.listed(school.store, fakes.SLUG)
    assert (first.student, first.full_name) == ("ann", "Ann Lee")


def test_team_of_who_is_forgotten_ends_without_anybody_else_s_doing(school, uploads):
    school.teamed(size=3)
    school.form("ann", "bob")
    school.graded("ann")
    school.form("cid", "dan", "eli")
    for name in ("bob", "eli"):
        erasure.forget(school.store, uploads, name)
    assert (school.members("ann"), school.members("cid")) == (None, ["cid", "dan"])
    assert school.send("DELETE", f"{ASSIGNMENT}/team", "cid").status_code == 200
    assert school.invite("ann", "cid").status_code == 201
    entries = school.get("/api/audit", "eve").json()["entries"]
    ended = [one["actor"] for one in entries if one["action"] == "team dissolved"]
    assert ended == ["student cid"]


def test_no_comparison_names_who_is_forgotten_out_of_a_batchs_team(school, uploads):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("ann + bob/layers.py", "ok")
    files = {"file": ("all.zip", sink.getvalue())}
    path = f"{ASSIGNMENT}/batches"
    assert school.client.post(path, files=files, headers=school.headers("eve")).status_code == 202
    pair = {"students": ["ann + bob", "cid"], "names": ["x", "y"]}
    similarity.keep(school.store, fakes.SLUG, "digest", {"pairs": [pair], "unreadable": []})
    erasure.forget(school.store, uploads, "ann")
    assert similarity.last(school.store, fakes.SLUG) is None
    assert [one["student"] for one in listed(school, "bob")] == ["bob"]
    cancel_open_runs(school.store)


def test_team_changes_wait_while_a_member_is_forgotten(school):
    school.form("ann", "bob")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with school.store.transaction() as connection:
            assert team_changes.lock_of(connection, "ann") == [fakes.SLUG]
            leaving = pool.submit(school.send, "DELETE", f"{ASSIGNMENT}/team", "bob")
            assert concurrent.futures.wait([leaving], timeout=0.5).not_done
        assert leaving.result().status_code == 200


def test_work_that_a_later_ta_sent_is_in_the_zip_of_all_for_the_others(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    ta = enrolling.NewEnrolment(models.Role.TA)
    enrolments.change(school.store, "main", "ann", ta, "test")
    assert school.plain()["bob"]["submission"] == found
    answer = school.get(f"{ASSIGNMENT}/submissions.zip?which=counting", "eve")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert found in archive.read("manifest.csv").decode()
