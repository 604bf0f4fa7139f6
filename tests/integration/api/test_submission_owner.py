"""For staff: a wrong person's submissions, all of them as a zip, logs, what a student sees."""

import csv
import io
import zipfile

import pytest

from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, Staffed


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    made.rubric("[schedule]\npublished = true\n")
    return made


def move(school, submission, student="bob", reason="wrong account", who="eve"):
    path = f"/api/submissions/{submission}/move"
    return school.send("POST", path, who, student=student, reason=reason)


def delete(school, submission, reason="wrong file", who="eve"):
    return school.send("DELETE", f"/api/submissions/{submission}?reason={reason}", who)


def newest_entry(school):
    return school.get("/api/audit", "eve").json()["entries"][0]


def test_moved_submission_is_the_other_students_with_its_marks(school):
    found = school.graded("ann")
    school.mark(found, points=4)
    assert move(school, found).status_code == 200
    assert school.get(f"/api/submissions/{found}", "ann").status_code == 404
    assert school.get(f"/api/submissions/{found}/report", "bob").status_code == 200
    lines = school.plain()
    assert lines["bob"]["task 2"] == "4"
    assert lines["ann"]["score"] == ""
    entry = newest_entry(school)
    assert (entry["action"], entry["subject"]) == ("submission moved", found)
    assert entry["detail"] == {"before": "ann", "after": "bob", "reason": "wrong account"}


def test_what_was_chosen_counts_for_nobody_after_the_move(school):
    first, _ = school.graded("ann"), school.graded("ann")
    assert school.send("PUT", f"/api/submissions/{first}/active").status_code == 200
    move(school, first)
    assert school.plain()["ann"]["score"] != ""
    with school.store.transaction() as connection:
        left = connection.execute("SELECT count(*) AS n FROM active_choices").fetchone()
    assert left["n"] == 0


def test_upload_of_a_batch_is_moved_by_its_label(school):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("ann/layers.py", "ok")
    files = {"file": ("all.zip", sink.getvalue())}
    path = f"{ASSIGNMENT}/batches"
    assert school.client.post(path, files=files, headers=school.headers("eve")).status_code == 202
    with school.store.transaction() as connection:
        connection.execute(
            "UPDATE runs SET state = 'cancelled', finished_at = now(), moved_by = 'x', "
            "moved_why = 'x'"
        )
        row = connection.execute("SELECT id FROM submissions").fetchone()
    assert move(school, row["id"]).status_code == 200
    with school.store.transaction() as connection:
        row = connection.execute("SELECT label, user_id FROM submissions").fetchone()
        eve = connection.execute("SELECT id FROM users WHERE name = 'eve'").fetchone()
    assert (row["label"], row["user_id"]) == ("bob", eve["id"])


def test_deleted_submission_is_gone_and_the_log_says_what_it_was(school):
    school.graded("ann", b"first")
    found = school.graded("ann", b"second")
    school.mark(found, points=4)
    with school.store.transaction() as connection:
        connection.execute(
            "INSERT INTO similarity (assignment, digest, report) VALUES (%s, 'x', '{}')",
            [fakes.SLUG],
        )
    assert delete(school, found).status_code == 204
    assert school.get(f"/api/submissions/{found}", "eve").status_code == 404
    with school.store.transaction() as connection:
        assert connection.execute("SELECT * FROM similarity").fetchall() == []
    entry = newest_entry(school)
    assert (entry["action"], entry["subject"]) == ("submission deleted", "ann")
    assert entry["detail"]["submission"] == found
    assert entry["detail"]["reason"] == "wrong file"
    assert len(entry["detail"]["sha256"]) == 64
    assert (entry["detail"]["test_points"], entry["detail"]["marked_tasks"]) == ("6.667", 1)
    assert school.plain()["ann"]["task 2"] == ""  # the older one counts, which nobody marked
    problem(delete(school, found), 404)


def test_what_cannot_be_is_refused_and_changes_nothing(school):
    waiting = school.post().json()["id"]
    problem(delete(school, waiting), 409)
    problem(move(school, waiting), 409)
    found = school.graded("ann")
    problem(delete(school, found, reason=" "), 422)
    problem(move(school, found, reason=" "), 422)
    problem(move(school, found, "nobody"), 404)
    problem(move(school, found, "eve"), 404)
    problem(move(school, found, "ann"), 409)
    asked = school.send("POST", f"/api/submissions/{found}/requests", "ann", task="2", text="why?")
    assert asked.status_code == 201
    assert "written to the staff" in problem(move(school, found), 409)["detail"]
    assert school.get(f"/api/submissions/{found}", "ann").status_code == 200


def test_attempt_comes_back_with_a_deleted_submission(school):
    school.rubric("[schedule]\nattempts_per_day = 1\n")
    found = school.graded("ann")
    assert school.post().status_code == 429
    delete(school, found)
    assert school.post().status_code == 202


def downloaded(school, which):
    answer = school.get(f"{ASSIGNMENT}/submissions.zip?which={which}", "eve")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        table = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode())))
        files = {name: archive.read(name) for name in archive.namelist()}
    return table, files


def test_uploads_are_downloaded_with_a_manifest(school):
    first = school.graded("ann", b"first")
    second = school.graded("ann", b"second")
    third = school.graded("bob", b"third")
    school.send("PUT", f"/api/submissions/{first}/active")
    school.post(who="eve")  # a trial of staff
    table, files = downloaded(school, "latest")
    assert [line["submission"] for line in table] == [second, third]
    with zipfile.ZipFile(io.BytesIO(files[table[0]["file"]])) as upload:
        assert upload.read("layers.py") == b"second"
    counting, _ = downloaded(school, "counting")
    assert [line["submission"] for line in counting] == [first, third]
    everything, files = downloaded(school, "all")
    assert [line["counts"] for line in everything] == ["yes", "no", "yes"]
    assert len(files) == 4


def test_upload_that_is_not_kept_is_in_the_manifest_with_the_reason(school):
    school.post()
    school.post()  # takes its place
    table, files = downloaded(school, "all")
    assert [bool(line["file"]) for line in table] == [False, True]
    assert "not kept" in table[0]["note"]
    assert len(files) == 2


def test_name_that_a_spreadsheet_would_run_is_text(school):
    with school.store.transaction() as connection:
        connection.execute("UPDATE users SET full_name = '=HYPERLINK(1)' WHERE name = 'ann'")
    school.graded("ann")
    table, _ = downloaded(school, "all")
    assert not table[0]["name"].startswith("=")


def test_log_of_a_run_has_moves_and_the_whole_report(school):
    found = school.graded("ann")
    text = school.get(f"/api/submissions/{found}/log.txt", "eve").text
    assert "queued: student ann: submitted" in text
    assert "test_b.py::test_two" in text
    problem(school.get(f"/api/submissions/{found}/log.txt", "ann"), 403)


def test_staff_read_the_report_as_the_student_does(school):
    found = school.graded("ann")
    path = f"/api/submissions/{found}/report"
    own = school.get(path, "ann").json()
    assert school.get(f"{path}?as_student=true", "eve").json() == own
    assert school.get(path, "eve").json() != own
    problem(school.get(f"{path}?as_student=true", "ann"), 403)
