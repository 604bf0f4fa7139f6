"""Marks, roster, gradebook, audit log and tokens over HTTP and a real database."""

import dataclasses
import threading
import uuid
import zipfile
from fractions import Fraction

import pytest

from grader import models
from grader.service import course as courses
from grader.service import course_folder, gradebook, moodle_worksheet
from grader.service import erasure as forgetting
from grader.store import database, erasure, roster, users
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, DAY, HOUR, NOW, ROSTER, Staffed


@pytest.fixture
def school(store, uploads, course):
    return Staffed(store, uploads, course)


# ---- marks --------------------------------------------------------------------------------


def test_mark_is_part_of_the_total_and_has_versions(school):
    found = school.graded()
    raw = school.total(found)["raw"]
    first = school.mark(found, points=3.5, comment="well done", version=0)
    assert (first.status_code, first.json()["version"]) == (200, 1)
    assert first.json()["total"]["raw"] == pytest.approx(raw + 3.5)
    school.mark(found, points=4, version=1)
    assert school.total(found)["raw"] == pytest.approx(raw + 4)
    assert problem(school.mark(found, points=0, version=1), 409)["version"] == 2
    (task,) = school.get(f"/api/submissions/{found}/marks", "eve").json()["tasks"]
    assert [(m["version"], m["points"]) for m in task["marks"]] == [(2, 4), (1, 3.5)]
    assert task["rubric"][1] == {"text": "sign wrong", "points": -1}


def test_rubric_sums_to_the_points_and_nothing_takes_the_mark_back(school):
    found = school.graded()
    lines = [{"text": "derivation", "points": 3}, {"text": "sign wrong", "points": -1}]
    assert school.mark(found, rubric=lines).json()["points"] == 2
    assert school.mark(found, comment="looking again").json()["points"] is None
    assert school.total(found)["unmarked"] == 1


@pytest.mark.parametrize(
    ("task", "wanted", "status"),
    [
        ("2", {"points": 5.5}, 422),
        ("2", {"points": -1}, 422),
        ("1a", {"points": 1}, 422),
        ("9", {"points": 1}, 404),
    ],
)
def test_impossible_mark_is_refused(school, task, wanted, status):
    problem(school.mark(school.graded(), task, **wanted), status)


def test_task_that_a_report_has_as_manual_is_marked_as_one(school):
    """The submission lacks the file that its tests look at (`manual_without`)."""
    answer = school.post(None, who="ann")
    whole = fakes.report()
    written = dataclasses.replace(whole.tasks[0], kind=models.TaskKind.MANUAL, score=None)
    school.finish(answer, dataclasses.replace(whole, tasks=(written,), tests=(), score=Fraction(0)))
    found = answer.json()["id"]
    tasks = school.get(f"/api/submissions/{found}/marks", "eve").json()["tasks"]
    assert [task["id"] for task in tasks] == ["1a", "2"]
    assert school.mark(found, "1a", points=7).json()["total"]["raw"] == pytest.approx(7)


def test_student_sees_marks_once_grades_are_published(school):
    found = school.graded()
    school.mark(found, points=4, comment="see page 2")
    assert school.total(found, "ann")["unmarked"] == 1
    assert "see page 2" not in school.get(f"/api/submissions/{found}/report").text
    school.rubric(f"[schedule]\npublish_at = {(NOW - HOUR).isoformat()}\n")
    assert school.total(found, "ann")["unmarked"] == 0


def test_marks_survive_a_regrade(school):
    found = school.graded()
    school.mark(found, points=4)
    before = school.total(found)
    wanted = {"which": "all", "reason": "fixed"}
    regrade = school.send("POST", f"{ASSIGNMENT}/regrades", **wanted).json()
    run = school.store.one("SELECT max(id) AS id FROM runs")["id"]
    from grader.store import runs

    runs.finish(school.store, runs.begin(school.store, run, "w"), fakes.report())
    path = f"/api/regrades/{regrade['id']}/apply"
    assert school.send("POST", path, take="take-new").json()["changed"] == 1
    assert school.total(found) == before


def test_two_markers_at_once_do_not_write_over_each_other(school):
    found = school.graded()
    answers = []

    def mark(points):
        answers.append(school.mark(found, points=points, version=0).status_code)

    threads = [threading.Thread(target=mark, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409]


IMPORTED = {
    "added": [],
    "changed": [],
    "unchanged": 0,
    "skipped": [],
    "dropped": [],
    "changes": [],
    "unused": [],
}

# ---- roster -------------------------------------------------------------------------------


def test_roster_adds_changes_and_the_second_time_does_nothing(school):
    done = IMPORTED | {
        "added": ["cid"],
        "changed": ["ann"],
        "changes": [
            "ann: full_name (none) → Ann Lee, email (none) → ann@u.example, section (none) → A"
        ],
    }
    assert school.roster().json() == done
    assert school.roster().json() == IMPORTED | {"unchanged": 2}
    moved = ROSTER.replace(b"ann@u.example,A", b"ann@u.example,C")
    assert school.roster(moved).json()["changed"] == ["ann"]
    people = school.get("/api/roster", "eve").json()["people"]
    ann = next(one for one in people if one["login"] == "ann")
    assert (ann["section"], ann["email"], ann["role"]) == ("C", "ann@u.example", "student")
    # An instructor's name is kept though the line says nothing of a role.
    assert school.audit()[-1][:2] == ("instructor eve", "roster imported")


def test_one_wrong_line_leaves_the_roster_as_it_is(school):
    body = problem(school.roster(ROSTER + b"dan,Dan,nonsense,A\n"), 422)
    assert body["reasons"] == ["Line 4: 'nonsense' is no email address."]
    assert users.by_name(school.store, "cid") is None


def test_lines_that_cannot_be_taken_are_left_out_when_asked_to(school):
    school.roster()
    lines = ROSTER + b"dan,Dan,nonsense,A\nroot,Root,mine@u.example,A\nkim,Kim,kim@u.example,A\n"
    files = {"file": ("roster.csv", lines)}
    done = school.client.post("/api/roster?skip=true", files=files, headers=school.headers("eve"))
    assert done.json() == IMPORTED | {
        "added": ["kim"],
        "unchanged": 2,
        "skipped": [
            "Line 4: 'nonsense' is no email address.",
            "Line 5: 'root' is an admin account, which a roster does not change.",
        ],
    }


def test_canvas_number_finds_people_whose_login_it_does_not_say(school):
    school.roster(b"login,name,email,id\nann,Ann Lee,ann@u.example,4711\nlee,Ann Lee,,4712\n")
    again = b'Student,ID,Section\n"Lee, Ann",4711,B\n"Lee, Ann",4712,C\n"Lee, Ann",4713,D\n'
    done = school.roster(again).json()
    assert (done["added"], done["changed"]) == (["Lee, Ann (4713)"], ["ann", "lee"])
    assert school.roster(again).json()["unchanged"] == 3


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"root,Root,mine@u.example,A\n", "admin account"),
        (b"bob,Bob,cid@u.example,A\n", "belongs to 'cid'"),
    ],
)
def test_roster_takes_over_nobody(school, line, expected):
    school.roster()
    reasons = problem(school.roster(b"login,name,email,section\n" + line), 422)["reasons"]
    assert expected in reasons[0]


def test_roster_has_pages(school):
    page = school.get("/api/roster?limit=2", "eve").json()
    rest = school.get(page["next"], "eve").json()
    assert [p["login"] for p in page["people"] + rest["people"]] == ["ann", "bob", "eve"]


# ---- gradebook ----------------------------------------------------------------------------


def test_gradebook_has_everybody_with_what_counts(school):
    school.roster()
    found = school.graded()
    school.mark(found, points=4)
    school.graded("eve")  # a trial of staff is nobody's grade
    lines = school.plain()
    assert list(lines) == ["ann", "bob", "cid"]
    ann = lines["ann"]
    assert float(ann["score"]) == pytest.approx(school.total(found)["score"], abs=1e-5)
    assert (ann["submission"], ann["task 2"], lines["bob"]["score"]) == (found, "4", "")
    assert lines["cid"]["name"] == "'=Cid"


def test_excused_login_with_a_typo_is_refused_by_name(school):
    book = f"{ASSIGNMENT}/gradebook.csv?for=canvas&excused="
    assert school.get(f"{book}ann", "eve").status_code == 200
    refused = problem(school.get(f"{book}anne", "eve"), 422)
    assert "not in the course main: anne" in refused["detail"]


def test_gradebook_knows_lateness_extensions_and_choices(school):
    school.rubric(f"[schedule]\ndue = {(NOW - HOUR).isoformat()}\nlate = {{ percent = 10 }}\n")
    first, second = school.graded(), school.graded(content=b"2")
    assert (school.plain()["ann"]["submission"], school.plain()["ann"]["late penalty %"]) == (
        second,
        "10",
    )
    school.send("PUT", f"{ASSIGNMENT}/extensions/ann", due=(NOW + DAY).isoformat())
    school.send("PUT", f"/api/submissions/{first}/active")
    ann = school.plain()["ann"]
    assert (ann["submission"], ann["late penalty %"], ann["submissions"]) == (first, "0", "2")


def test_nul_in_a_rubric_is_told_and_no_mistake_of_ours(school):
    answer = school.mark(school.graded(), rubric=[{"text": "a\0", "points": 1}])
    assert "NUL" in problem(answer, 422)["detail"]


def batched(school, label):
    """A graded submission that staff handed in under a label."""
    found = school.graded("eve")
    with school.store.transaction() as connection:
        connection.execute("UPDATE submissions SET label = %s WHERE id = %s", [label, found])
    return found


def test_work_of_a_batch_that_staff_choose_counts_for_its_student(school):
    school.roster()
    first, second = batched(school, "Ann Lee"), school.graded()
    assert school.plain()["ann"]["submission"] == second
    assert school.send("PUT", f"/api/submissions/{first}/active").json() == {"active": first}
    assert school.plain()["ann"]["submission"] == first
    stranger = batched(school, "stranger")
    problem(school.send("PUT", f"/api/submissions/{stranger}/active"), 409)
    assert school.send("DELETE", f"/api/submissions/{first}/active").status_code == 200
    assert school.plain()["ann"]["submission"] == second


def test_work_of_a_batch_goes_to_the_student_it_is_named_after(school):
    school.roster()
    with school.store.transaction() as connection:
        connection.execute("UPDATE users SET sid = 'S7' WHERE name = 'bob'")
    for label in ("cid@u.example", "S7", "Ann Lee", "stranger"):
        batched(school, label)
    lines = school.plain()
    assert list(lines) == ["ann", "bob", "cid", "stranger"]
    assert all(line["score"] for line in lines.values())


@pytest.mark.parametrize("label", ["Lee, Ann", "Ann Lee", "ann (4711)"])
def test_one_comparison_serves_every_label(school, label):
    school.roster(b"login,name,email,id\nann,Ann  Lee,ann@u.example,4711\n")
    batched(school, label)
    assert school.plain()["ann"]["score"]


def test_work_of_a_team_counts_for_each_member(school):
    """One by address, the other by number, as Gradescope names them."""
    school.roster()
    with school.store.transaction() as connection:
        connection.execute("UPDATE users SET sid = 'S7' WHERE name = 'bob'")
    found = batched(school, "S7 + cid@u.example")
    lines = school.plain()
    assert {name: line["submission"] for name, line in lines.items()} == {
        "ann": "",
        "bob": found,
        "cid": found,
    }
    assert school.send("PUT", f"/api/submissions/{found}/active").status_code == 200


def test_forgetting_one_of_a_team_leaves_the_work_to_the_others(school):
    school.roster()
    found = batched(school, "Ann Lee + cid@u.example")
    alone = batched(school, "Ann Lee")
    assert erasure.forget(school.store, "ann").submissions == 1
    assert (
        school.store.one("SELECT count(*) AS n FROM submissions WHERE id = %(id)s", id=alone)["n"]
        == 0
    )
    assert (school.plain()["cid"]["submission"], "ann" in school.plain()) == (found, False)
    label = school.store.one("SELECT label FROM submissions WHERE id = %(id)s", id=found)
    assert label == {"label": "cid@u.example"}


def test_person_is_forgotten_in_any_spelling(school, uploads):
    """Typed on a Mac, say, where letters come apart; the work in a batch was named likewise."""
    school.roster(b"name,email\nJos\xc3\xa9 N,\n")
    batched(school, "Jos\xe9 N")
    said = forgetting.forget(school.store, uploads, "Jose\u0301\xa0N")
    assert "1 submissions" in said
    assert "Jos\xe9 N" not in school.plain()


def test_time_of_another_system_counts_with_the_student_s_extension(school):
    school.roster()
    school.rubric(f"[schedule]\ndue = {(NOW - HOUR).isoformat()}\nlate = {{ percent = 10 }}\n")
    found = batched(school, "Ann Lee")
    assert school.plain()["ann"]["late penalty %"] == "0"
    with school.store.transaction() as connection:
        connection.execute("UPDATE submissions SET received = 'elsewhere' WHERE id = %s", [found])
    assert school.plain()["ann"]["late penalty %"] == "10"
    assert school.total(found)["penalty_percent"] == pytest.approx(10)
    school.send("PUT", f"{ASSIGNMENT}/extensions/ann", due=(NOW + DAY).isoformat())
    assert school.plain()["ann"]["late penalty %"] == "0"
    assert school.total(found)["penalty_percent"] == 0


def test_moodle_worksheet_and_feedback_hold_what_counts(school, course, tmp_path):
    school.roster()
    school.graded()
    sheet = b"Identifier,Full name,Email address,Grade\nParticipant 11,Ann Lee,ann@u.example,\n"
    folder = courses.Course(course_folder.CourseFolder(course), school.store)
    manifest = folder.load(fakes.SLUG).manifest
    filled = moodle_worksheet.fill(school.store, folder, manifest, sheet)
    assert filled.table.splitlines()[1].split(",")[3] == school.plain()["ann"]["score"]
    path = tmp_path / "feedback.zip"
    assert moodle_worksheet.write_feedback(school.store, filled, path) == 1
    with zipfile.ZipFile(path) as written:
        (name,) = written.namelist()
        text = written.read(name).decode()
    assert name == "Ann Lee_11_assignfeedback_file_/feedback.txt"
    assert "task 1a" in text


def test_gradebook_is_one_query_whatever_there_is(school, monkeypatch):
    for _ in range(3):
        school.graded()
        school.graded("bob")
    course = school.client.app.state.services.course
    for known in (course.edited, course.courses, course.folder.published.live):
        known.fresh_s = float("inf")  # read before, however long that took
    counted = []
    original = database.Database.transaction

    def counting(self):
        counted.append(1)
        return original(self)

    monkeypatch.setattr(database.Database, "transaction", counting)
    school.book("canvas")
    assert len(counted) == 2  # who asks, and the book


# ---- statistics, audit, tokens ------------------------------------------------------------


def test_statistics_count_each_student_once(school):
    school.graded()
    school.graded(content=b"2")
    school.graded("bob")
    told = school.get(f"{ASSIGNMENT}/statistics", "eve").json()
    assert (told["submissions"], told["students"], told["scores"]["count"]) == (3, 2, 2)
    assert sum(one["count"] for one in told["scores"]["bins"]) == 2
    rates = {one["name"]: one["pass_rate"] for one in told["tests"]}
    assert rates == {"test_a.py::test_one": 1.0, "test_b.py::test_two": 0.0}


def test_audit_log_has_pages_and_holds_regrades_too(school):
    school.graded()
    school.send("POST", f"{ASSIGNMENT}/regrades", which="all", reason="fixed")
    page = school.get("/api/audit?limit=2", "eve").json()
    assert page["entries"][0]["action"] == "regrade open"
    assert page["entries"][0]["detail"] == {"why": "fixed"}
    ids = [one["id"] for one in page["entries"]]
    while page["next"]:
        page = school.get(page["next"], "eve").json()
        ids += [one["id"] for one in page["entries"]]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == 5  # four users and a regrade


def test_token_for_reading_reads_and_no_more(school):
    made = school.send("POST", "/api/users/ann/tokens", "ann", scope="read", days=1)
    assert made.status_code == 201
    school.tokens["reader"] = made.json()["token"]
    assert school.get("/api/assignments", "reader").status_code == 200
    assert "scope" in problem(school.post(who="reader"), 403)["detail"]
    problem(school.send("POST", "/api/users/ann/tokens", "reader", scope="all"), 403)


def test_token_for_handing_in_hands_in_and_no_more(school):
    made = school.send("POST", "/api/users/eve/tokens", "eve", scope="submit")
    school.tokens["ci"] = made.json()["token"]
    assert school.post(who="ci").status_code == 202
    problem(school.mark(uuid.uuid4(), who="ci", points=1), 403)


def test_token_ends_when_revoked_or_expired(school):
    made = school.send("POST", "/api/users/ann/tokens", days=1).json()
    school.tokens["second"] = made["token"]
    assert school.get("/api/assignments", "second").status_code == 200
    path = f"/api/users/ann/tokens/{made['id']}"
    assert school.send("DELETE", path).status_code == 204
    problem(school.get("/api/assignments", "second"), 401)
    problem(school.send("DELETE", path), 404)
    with school.store.transaction() as connection:
        connection.execute("UPDATE tokens SET expires_at = now() - interval '1 second'")
    problem(school.get("/api/assignments"), 401)


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        ("ann", "bob", 403),
        ("ann", "nobody", 403),
        ("eve", "root", 403),
        ("eve", "nobody", 404),
        ("root", "nobody", 404),
        ("eve", "bob", 201),
        ("root", "eve", 201),
    ],
)
def test_who_may_issue_tokens_to_whom(school, who, whose, status):
    answer = school.send("POST", f"/api/users/{whose}/tokens", who, days=1)
    assert answer.status_code == status


def test_token_list_holds_no_token(school):
    listed = school.get("/api/users/ann/tokens").json()["tokens"]
    assert [one["scope"] for one in listed] == [models.Scope.ALL]
    assert school.tokens["ann"] not in str(listed)


def test_imported_people_are_listed_by_login(school):
    school.roster()
    found = [one.person.login for one in roster.page(school.store, "ann", 10)]
    assert found == ["bob", "cid", "eve"]


def test_long_table_is_sent_in_parts_and_whole():
    lines = [f"{number}\r\n" for number in range(2 * gradebook.LINES_AT_ONCE + 1)]
    parts = list(gradebook.in_parts(iter(lines)))
    assert len(parts) == 3
    assert "".join(parts) == "".join(lines)


def test_mark_of_a_task_of_tests_or_with_a_field_of_no_meaning_is_refused(school):
    found = school.graded()
    said = problem(school.mark(found, "1a", points=1), 422)
    assert "graded by tests" in said["detail"]
    school.mark(found, points=2)
    said = problem(school.mark(found, items=[{"text": "derivation", "points": 3}]), 422)
    assert "items" in str(said)
    assert school.total(found)["unmarked"] == 0
