"""A submission of a team is the work of everybody who was in it when it was submitted."""

import concurrent.futures
import io
import zipfile

import pytest

from grader.service import enrolments, erasure, moodle_worksheet
from grader.store import similarity, team_changes
from tests.support import fakes_service as fakes
from tests.support.api_client import events, problem
from tests.support.course_client import ASSIGNMENT, DAY, HOUR, NOW
from tests.support.team_client import TEAMS, Teamed


@pytest.fixture
def school(store, uploads, course):
    return Teamed(store, uploads, course)


def ids(school, who):
    return [one["id"] for one in school.get(f"{ASSIGNMENT}/submissions", who).json()["submissions"]]


def cancel_open_runs(school):
    with school.store.transaction() as connection:
        connection.execute(
            "UPDATE runs SET state = 'cancelled', finished_at = now(), moved_by = 'x', "
            "moved_why = 'x' WHERE state IN ('queued', 'running')"
        )


def test_each_member_sees_all_of_it_and_nobody_else_does(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    note = school.send(
        "POST", f"/api/submissions/{found}/annotations", path="layers.py", first_line=1, text="hm"
    )
    assert note.status_code == 201
    assert ids(school, "ann") == ids(school, "bob") == [found]
    assert ids(school, "cid") == []
    parts = ("", "/report", "/files", "/annotations", "/requests")
    for part in parts:
        path = f"/api/submissions/{found}{part}"
        assert [school.get(path, who).status_code for who in ("ann", "bob", "cid")] == [
            200,
            200,
            404,
        ], part
    assert events(school.get(f"/api/submissions/{found}/events", "bob"))


def test_each_asks_about_it_and_both_read_the_answer(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    path = f"/api/submissions/{found}/requests"
    made = school.send("POST", path, "bob", task="2", text="why?")
    assert made.status_code == 201
    problem(school.send("POST", path, "ann", task="2", text="why?"), 409)
    problem(school.send("POST", path, "cid", task="2", text="why?"), 404)
    (read,) = school.get(path, "ann").json()["requests"]
    assert read["student"] == "ann + bob"
    assert read["messages"][0]["author"] == "bob"


def test_both_stand_in_the_gradebook_with_its_points_and_marks(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    school.mark(found, points=4)
    lines = school.plain()
    assert lines["ann"]["score"] == lines["bob"]["score"] != ""
    assert lines["bob"]["task 2"] == "4"
    assert lines["cid"]["score"] == ""
    for system in ("canvas", "gradescope", "moodle"):
        assert school.get(f"{ASSIGNMENT}/gradebook.csv?for={system}", "eve").status_code == 200


def test_feedback_for_moodle_holds_the_report_for_each_of_them(school, tmp_path):
    school.roster(b"login,name,email\nann,Ann,ann@u.example\nbob,Bob,bob@u.example\n")
    school.form("ann", "bob")
    school.graded("ann")
    sheet = (
        b"Identifier,Full name,Email address,Grade\n"
        b"Participant 1,Ann,ann@u.example,\nParticipant 2,Bob,bob@u.example,\n"
    )
    loaded = school.client.app.state.services.course
    manifest = loaded.load(fakes.SLUG).manifest
    filled = moodle_worksheet.fill(school.store, loaded, manifest, sheet)
    path = tmp_path / "feedback.zip"
    assert moodle_worksheet.write_feedback(school.store, filled, path) == 2
    with zipfile.ZipFile(path) as written:
        names = written.namelist()
    assert [name.split("_")[0] for name in names] == ["Ann", "Bob"]


def test_mark_follows_the_write_up_from_one_member_to_the_other(school):
    school.form("ann", "bob")
    first = school.graded("ann", b"same")
    school.mark(first, points=4)
    with school.store.transaction() as connection:  # a minute is not waited for
        connection.execute("UPDATE submissions SET content_sha256 = repeat('0', 64)")
    second = school.graded("bob", b"same")
    assert second != first
    assert school.plain()["ann"]["task 2"] == school.plain()["bob"]["task 2"] == "4"


def test_lateness_is_each_members_own(school):
    school.teamed(f"due = {(NOW - HOUR).isoformat()}\nlate = {{ percent = 50 }}")
    school.form("ann", "bob")
    path = f"{ASSIGNMENT}/extensions/bob"
    assert school.send("PUT", path, due=(NOW + DAY).isoformat()).status_code == 200
    found = school.graded("ann")
    lost = [school.total(found, who)["penalty_percent"] for who in ("ann", "bob", "eve")]
    assert lost == [50, 0, 50]  # staff see it by the rules of who sent it
    lines = school.plain()
    assert float(lines["ann"]["score"]) == pytest.approx(float(lines["bob"]["score"]) / 2)
    assert ids(school, "bob") == [found]


def test_late_days_are_spent_by_each_member(school, course):
    (course / "course.toml").write_text("[course]\nlate_days = 2\n")
    school.teamed(f"due = {(NOW - HOUR).isoformat()}\nlate = {{ percent = 50 }}")
    school.form("ann", "bob")
    school.send("POST", "/api/late-days/bob", days=-2, reason="spent elsewhere")
    school.graded("ann")
    accounts_of = {
        one["student"]: one for one in school.get("/api/late-days", "eve").json()["students"]
    }
    assert (accounts_of["ann"]["left"], accounts_of["bob"]["left"]) == (1, 0)
    lines = school.plain()
    assert float(lines["bob"]["score"]) == pytest.approx(float(lines["ann"]["score"]) / 2)


def test_attempts_are_the_teams(school):
    school.teamed("attempts_per_day = 2")
    school.form("ann", "bob")
    school.graded("ann")
    assert school.terms("bob")["attempts_left"] == 1
    school.graded("bob")
    assert school.terms("ann")["attempts_left"] == 0
    problem(school.post(who="ann"), 429)
    assert school.terms("cid")["attempts_left"] == 2


def test_attempts_before_the_team_count_as_well(school):
    school.teamed("attempts_per_day = 2")
    school.graded("ann")
    school.graded("bob")
    school.form("ann", "bob")
    problem(school.post(who="ann"), 429)
    school.rubric("[schedule]\nattempts_per_day = 2\n")
    assert school.terms("ann")["attempts_left"] == 1


def test_newer_upload_takes_the_place_of_a_team_mates_waiting_one(school):
    school.form("ann", "bob")
    first, second = (school.post(who=who).json()["id"] for who in ("ann", "bob"))
    states = [
        school.get(f"/api/submissions/{one}", "ann").json()["state"] for one in (first, second)
    ]
    assert states == ["superseded", "queued"]


def test_equal_uploads_of_both_at_once_are_one_submission(school):
    school.form("ann", "bob")
    files = {"files": ("layers.py", b"the same")}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: school.post(files, who), ("ann", "bob")))
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_same_bytes_for_a_new_team_are_a_new_submission(school):
    files = {"files": ("layers.py", b"the same")}
    alone = school.post(files, "ann").json()["id"]
    team = school.form("ann", "bob")
    together = school.post(files, "ann").json()
    assert (together["id"] != alone, together["team"]) == (True, ["ann", "bob"])
    assert school.post(files, "bob").json()["id"] == together["id"]
    school.send("PUT", f"{TEAMS}/{team}", members=["ann", "bob", "cid"])
    assert school.post(files, "ann").json()["team"] == ["ann", "bob", "cid"]
    school.send("PUT", f"{TEAMS}/{team}", members=["ann", "cid"])
    assert school.post(files, "ann").json()["team"] == ["ann", "cid"]


def test_each_member_may_cancel_its_grading(school):
    school.form("ann", "bob")
    found = school.post(who="ann").json()["id"]
    path = f"/api/submissions/{found}/cancel"
    problem(school.send("POST", path, "cid"), 404)
    assert school.send("POST", path, "bob").status_code == 200


def test_what_counts_is_decided_for_each_person(school):
    school.teamed('active = "chosen"')
    alone = school.graded("ann")
    school.form("ann", "bob")
    together = school.graded("bob")
    assert school.send("PUT", f"/api/submissions/{alone}/active", "ann").status_code == 200
    problem(school.send("PUT", f"/api/submissions/{alone}/active", "bob"), 404)
    found = {who: line["submission"] for who, line in school.plain().items()}
    assert (found["ann"], found["bob"]) == (alone, together)
    assert school.send("PUT", f"/api/submissions/{together}/active", "eve").status_code == 200
    assert school.plain()["ann"]["submission"] == together


def test_change_of_a_team_leaves_what_was_submitted_as_it_was(school):
    team = school.form("ann", "bob")
    first = school.graded("ann")
    school.send("PUT", f"{TEAMS}/{team}", members=["ann", "cid"])
    second = school.graded("cid")
    assert {who: ids(school, who) for who in ("ann", "bob", "cid")} == {
        "ann": [second, first],
        "bob": [first],
        "cid": [second],
    }
    school.send("DELETE", f"{TEAMS}/{team}", "eve")
    assert ids(school, "cid") == [second]
    assert school.plain()["bob"]["submission"] == first


def test_batch_counts_for_a_member_like_anything_else(school):
    school.form("ann", "bob")
    school.graded("ann")
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("bob/layers.py", "ok")
    files = {"file": ("all.zip", sink.getvalue())}
    path = f"{ASSIGNMENT}/batches"
    assert school.client.post(path, files=files, headers=school.headers("eve")).status_code == 202
    assert len(ids(school, "bob")) == 2
    assert len(ids(school, "ann")) == 1
    cancel_open_runs(school)


def test_moved_submission_is_the_new_students_alone(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    path = f"/api/submissions/{found}/move"
    assert school.send("POST", path, student="cid", reason="wrong").status_code == 200
    assert (ids(school, "ann"), ids(school, "bob"), ids(school, "cid")) == ([], [], [found])
    entry = school.get("/api/audit", "eve").json()["entries"][0]
    assert entry["detail"]["before"] == ["ann", "bob"]


def test_submission_becomes_one_members_alone(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    path = f"/api/submissions/{found}/move"
    assert school.send("POST", path, student="ann", reason="bob did nothing").status_code == 200
    assert (ids(school, "ann"), ids(school, "bob")) == ([found], [])
    problem(school.send("POST", path, student="ann", reason="again"), 409)


def test_deleted_submission_is_gone_for_everybody_and_named_in_the_log(school):
    school.form("ann", "bob")
    found = school.graded("bob")
    path = f"/api/submissions/{found}?reason=wrong"
    assert school.send("DELETE", path).status_code == 204
    assert ids(school, "ann") == ids(school, "bob") == []
    entry = school.get("/api/audit", "eve").json()["entries"][0]
    assert (entry["subject"], entry["detail"]["students"]) == ("bob", ["ann", "bob"])


def test_work_of_who_is_forgotten_stays_the_others(school, uploads):
    school.form("ann", "bob")
    alone = school.graded("cid")
    found = school.graded("ann")
    erasure.forget(school.store, uploads, "ann")
    assert ids(school, "bob") == [found]
    assert school.get(f"/api/submissions/{found}/files", "bob").status_code == 200
    assert ids(school, "cid") == [alone]
    with school.store.transaction() as connection:
        left = connection.execute(
            "SELECT count(*) AS n FROM audit_log WHERE detail::text LIKE '%\"ann\"%'"
        ).fetchone()
    assert left["n"] == 0
    assert school.plain()["bob"]["submission"] == found
    assert school.get(TEAMS, "eve").json()["teams"] == []  # a team of one is none
    erasure.forget(school.store, uploads, "bob")
    problem(school.get(f"/api/submissions/{found}", "eve"), 404)


def test_work_counts_while_one_of_the_team_is_in_the_course(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    enrolments.leave(school.store, "main", "ann", "test")
    assert "ann" not in school.plain()
    assert school.plain()["bob"]["submission"] == found
    figures = school.get(f"{ASSIGNMENT}/statistics", "eve").json()
    assert (figures["submissions"], figures["students"]) == (1, 1)


def test_points_are_everybodys_in_the_statistics_and_tests_are_counted_once(school):
    school.form("ann", "bob")
    school.graded("ann")
    school.graded("cid")
    figures = school.get(f"{ASSIGNMENT}/statistics", "eve").json()
    assert (figures["submissions"], figures["students"]) == (2, 3)
    assert figures["scores"]["count"] == 3
    assert {test["ran"] for test in figures["tests"]} == {2}


def test_team_mates_are_not_compared_with_each_other(school):
    before = school.graded("bob")
    other = school.graded("cid")
    school.form("ann", "bob")
    together = school.graded("ann")
    works = {str(work.id): work for work in similarity.works(school.store, fakes.SLUG)}
    assert works.keys() == {together, other}  # before the team is not bob's latest any more
    assert works[together].student == "ann + bob"
    assert before not in works
    school.make("cid", "ann")
    works = {str(work.id): work for work in similarity.works(school.store, fakes.SLUG)}
    assert works[together].is_shared_with(works[other])


def test_every_active_member_hears_of_a_result(school):
    school.teamed(size=3)
    school.form("ann", "bob", "cid")
    answer = school.post(who="ann")
    enrolments.leave(school.store, "main", "cid", "test")
    school.finish(answer)
    school.mark(answer.json()["id"], points=4)
    with school.store.transaction() as connection:
        told = connection.execute(
            "SELECT n.kind, u.name FROM notices n JOIN users u ON u.id = n.user_id "
            "WHERE n.kind <> 'teams' ORDER BY n.id, u.name"
        ).fetchall()
    assert [tuple(row.values()) for row in told] == [
        ("results", "ann"),
        ("results", "bob"),
        ("marks", "ann"),
        ("marks", "bob"),
    ]


def test_regrade_takes_a_teams_latest_once(school):
    school.form("ann", "bob")
    school.graded("ann")
    school.graded("bob")
    made = school.send("POST", f"{ASSIGNMENT}/regrades", which="latest", reason="fixed").json()
    found = school.get(f"/api/regrades/{made['id']}", "eve").json()
    assert sum(found["runs"].values()) == 1


def test_staff_see_whose_work_it_is(school):
    school.form("ann", "bob")
    found = school.graded("ann")
    listed = school.get(f"{ASSIGNMENT}/submissions", "eve").json()["submissions"]
    assert [(one["id"], one["student"]) for one in listed] == [(found, "ann + bob")]


def test_scores_of_every_member_are_due_for_an_lms(school):
    school.form("ann", "bob")
    with school.store.transaction() as connection:
        connection.execute(
            "INSERT INTO lti_platforms (issuer, client_id, auth_url, token_url, keys_url) "
            "VALUES ('i', 'c', 'a', 't', 'k')"
        )
        connection.execute(
            "INSERT INTO lti_contexts (platform_id, deployment, context) "
            "SELECT id, 'd', 'x' FROM lti_platforms"
        )
        connection.execute(
            "INSERT INTO lti_links (context_id, link, assignment) "
            "SELECT id, 'l', 'hw' FROM lti_contexts"
        )
    school.graded("ann")
    with school.store.transaction() as connection:
        due = connection.execute(
            "SELECT DISTINCT u.name FROM lti_due d JOIN users u ON u.id = d.user_id ORDER BY 1"
        ).fetchall()
    assert [row["name"] for row in due] == ["ann", "bob"]


def test_work_of_a_team_is_marked_once(school):
    school.roster(b"login,name,section\nann,Ann,A\nbob,Bob,B\n")
    school.form("ann", "bob")
    alone = school.graded("cid")
    found = school.graded("bob")
    path = f"{ASSIGNMENT}/unmarked"
    left = school.get(path, "tim").json()["submissions"]
    assert [(one["student"], one["mates"]) for one in left] == [("ann", ["bob"]), ("cid", [])]
    for section in ("A", "B"):
        (one,) = school.get(f"{path}?section={section}", "tim").json()["submissions"]
        assert one["submission"] == found
    (after,) = school.get(f"{path}?after={found}", "tim").json()["submissions"]
    assert after["submission"] == alone
    divided = school.send("PUT", f"{ASSIGNMENT}/markers", markers=["tim", "eve"])
    assert sum(one["given"] for one in divided.json()["markers"]) == 2


def test_zip_of_all_has_a_teams_latest_once(school):
    school.graded("ann")
    school.form("ann", "bob")
    found = school.graded("bob")
    answer = school.get(f"{ASSIGNMENT}/submissions.zip", "eve")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        head, *lines = archive.read("manifest.csv").decode().splitlines()
    assert head.startswith("file,student")
    assert len(lines) == 1
    assert found in lines[0]
    assert "ann + bob" in lines[0]


def test_submission_says_whose_team_it_is(school):
    school.form("ann", "bob")
    assert school.post(who="bob").json()["team"] == ["ann", "bob"]
    assert school.post(who="cid").json()["team"] == []


def test_first_submission_ends_invitations(school):
    school.teamed(size=3)
    school.form("ann", "bob")
    school.invite("ann", "cid")
    school.post(who="bob")
    assert school.team("cid")["received"] == []


def test_upload_of_no_student_changes_no_team(school):
    school.form("ann", "bob")
    answer = school.post(who="eve")
    assert answer.json()["team"] == []
    assert school.send("DELETE", f"{ASSIGNMENT}/team", "ann").status_code == 200


def test_upload_waits_for_a_change_of_its_team_and_is_what_it_became(school):
    school.form("ann", "bob")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with school.store.transaction() as connection:
            connection.execute(team_changes.LOCK, {"assignment": fakes.SLUG})
            sending = pool.submit(school.post, None, "ann")
            assert concurrent.futures.wait([sending], timeout=0.5).not_done
            connection.execute(
                "UPDATE team_members SET user_id = (SELECT id FROM users WHERE name = 'cid') "
                "WHERE user_id = (SELECT id FROM users WHERE name = 'bob')"
            )
        assert sending.result().json()["team"] == ["ann", "cid"]


def test_gradescope_export_credits_every_submitter(school):
    school.roster(b"login,name,email\nann,Ann,ann@u.example\nbob,Bob,bob@u.example\n")
    said = (
        b"submission_1:\n  :submitters:\n"
        b"  - :name: Ann\n    :email: ann@u.example\n"
        b"  - :name: Bob\n    :email: bob@u.example\n"
        b"  :created_at: 2026-10-01 12:00:00 -05:00\n"
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("export/submission_metadata.yml", said)
        archive.writestr("export/submission_1/layers.py", "ok")
    files = {"file": ("export.zip", sink.getvalue())}
    path = f"{ASSIGNMENT}/batches"
    assert school.client.post(path, files=files, headers=school.headers("eve")).status_code == 202
    assert ids(school, "ann") == ids(school, "bob")
    assert len(ids(school, "ann")) == 1
    cancel_open_runs(school)
