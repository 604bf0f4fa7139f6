"""Forming a team by invitation, as students and as staff, over HTTP."""

import concurrent.futures

import pytest

from grader.service import enrolments
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, HOUR, NOW
from tests.support.team_client import TEAM, TEAMS, Teamed


@pytest.fixture
def school(store, uploads, course):
    return Teamed(store, uploads, course)


def log(school):
    entries = school.get("/api/audit", "eve").json()["entries"]
    return [(one["actor"], one["action"], one["detail"]) for one in entries]


def logins(found):
    return [[one["login"] for one in team["members"]] for team in found]


def test_invited_student_accepts_and_both_are_a_team(school):
    answer = school.invite("ann", "bob")
    assert answer.status_code == 201
    assert [one["invited"]["login"] for one in answer.json()["sent"]] == ["bob"]
    (received,) = school.team("bob")["received"]
    assert received["inviter"] == {"login": "ann", "name": "", "dropped": False}
    assert school.members("bob") is None
    assert school.answer("bob", "ann").status_code == 200
    assert school.members("ann") == school.members("bob") == ["ann", "bob"]
    assert school.team("ann")["sent"] == school.team("bob")["received"] == []
    assert log(school)[0] == ("student bob", "team made", {"after": ["ann", "bob"]})


def test_declined_and_withdrawn_invitations_are_gone(school):
    school.invite("ann", "bob")
    assert school.answer("bob", "ann", "decline").status_code == 200
    problem(school.answer("bob", "ann"), 404)
    school.invite("ann", "bob")
    assert school.send("DELETE", f"{TEAM}/invitations/bob", "ann").json()["sent"] == []
    problem(school.answer("bob", "ann"), 404)
    problem(school.answer("bob", "ann", "decline"), 404)
    problem(school.send("DELETE", f"{TEAM}/invitations/bob", "ann"), 404)


@pytest.mark.parametrize("login", ["nobody", "eve", "tim", ""])
def test_who_is_no_student_of_the_course_cannot_be_invited(school, login):
    assert "check the login" in problem(school.invite("ann", login), 404)["detail"]


def test_themselves_or_a_member_of_a_team_cannot_be_invited(school):
    problem(school.invite("ann", "ann"), 422)
    school.form("bob", "cid")
    assert "another team" in problem(school.invite("ann", "bob"), 409)["detail"]
    assert "complete" in problem(school.invite("bob", "ann"), 409)["detail"]


def test_complete_team_takes_nobody_more(school):
    for name in ("bob", "cid"):
        school.invite("ann", name)
    assert school.answer("bob", "ann").status_code == 200
    problem(school.answer("cid", "ann"), 404)  # the invitation went with the last place
    assert school.team("cid")["received"] == []


def test_two_who_accept_at_once_do_not_both_get_the_last_place(school):
    for name in ("bob", "cid"):
        school.invite("ann", name)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda name: school.answer(name, "ann"), ("bob", "cid")))
    assert sorted(answer.status_code for answer in answers) == [200, 404]
    assert len(school.members("ann")) == 2


def test_two_who_invite_each_other_become_one_team(school):
    school.invite("ann", "bob")
    school.invite("bob", "ann")
    assert school.answer("bob", "ann").status_code == 200
    problem(school.answer("ann", "bob"), 404)
    assert len(school.get(TEAMS, "eve").json()["teams"]) == 1


def test_who_has_a_team_leaves_it_before_joining_another(school):
    school.teamed(size=3)
    school.form("ann", "bob")
    school.invite("cid", "dan")
    school.answer("dan", "cid")
    problem(school.invite("cid", "bob"), 409)
    assert school.send("DELETE", TEAM, "bob").json()["team"] is None
    assert school.members("ann") is None  # a team of one is none
    assert school.invite("cid", "bob").status_code == 201
    assert school.answer("bob", "cid").status_code == 200
    assert school.members("dan") == ["bob", "cid", "dan"]
    problem(school.send("DELETE", TEAM, "ann"), 409)


def test_nobody_leaves_or_joins_what_has_submitted(school):
    school.teamed(size=3)
    school.form("ann", "bob")
    school.invite("ann", "cid")
    school.graded("ann")
    assert "staff" in problem(school.send("DELETE", TEAM, "bob"), 409)["detail"]
    assert "staff" in problem(school.invite("bob", "dan"), 409)["detail"]
    problem(school.answer("cid", "ann"), 404)


def test_homework_without_teams_has_none(school):
    school.form("ann", "bob")
    assert school.get(ASSIGNMENT).json()["team_size"] == 2
    school.rubric()
    assert school.get(ASSIGNMENT).json()["team_size"] == 1
    assert "[team]" in problem(school.get(TEAM), 404)["detail"]
    problem(school.invite("ann", "cid"), 404)
    problem(school.get(TEAMS, "eve"), 404)
    problem(school.make("ann", "cid"), 404)
    found = school.graded("ann")
    problem(school.get(f"/api/submissions/{found}", "bob"), 404)


def test_teams_form_while_the_homework_takes_submissions(school):
    school.teamed(f"due = {(NOW - HOUR).isoformat()}\nlate = {{ cutoff_h = 0 }}")
    assert "closed" in problem(school.invite("ann", "bob"), 403)["detail"]
    school.teamed(f"opens = {(NOW + HOUR).isoformat()}")
    problem(school.get(TEAM), 404)


def test_archived_course_forms_no_teams(school):
    school.invite("ann", "bob")
    assert school.send("PATCH", "/api/courses/main", "root", archived=True).status_code == 200
    assert school.members("ann") is None
    problem(school.invite("ann", "cid"), 409)
    problem(school.answer("bob", "ann"), 409)
    problem(school.make("ann", "bob"), 409)


def test_staff_make_change_and_dissolve_teams(school):
    made = school.make("ann", "bob").json()["made"]
    assert logins(made) == [["ann", "bob"]]
    path = f"{TEAMS}/{made[0]['id']}"
    changed = school.send("PUT", path, "eve", members=["ann", "cid", "dan"]).json()["changed"]
    assert logins(changed) == [["ann", "cid", "dan"]]  # staff may go beyond the size
    found = school.get(TEAMS, "tim").json()
    assert [one["login"] for one in found["alone"]] == ["bob", "eli"]
    assert school.send("DELETE", path, "eve").status_code == 204
    problem(school.send("DELETE", path, "eve"), 404)
    assert school.members("ann") is None
    assert log(school)[:3] == [
        ("instructor eve", "team dissolved", {"before": ["ann", "cid", "dan"]}),
        (
            "instructor eve",
            "team changed",
            {"before": ["ann", "bob"], "after": ["ann", "cid", "dan"]},
        ),
        ("instructor eve", "team made", {"after": ["ann", "bob"]}),
    ]


def test_student_whom_staff_place_leaves_the_other_team(school):
    school.form("ann", "bob")
    done = school.make("bob", "cid").json()
    assert logins(done["changed"]) == [["bob", "cid"]]
    assert school.members("ann") is None


def test_team_that_somebody_changed_meanwhile_is_not_overwritten(school):
    team = school.form("ann", "bob")
    path = f"{TEAMS}/{team}"
    school.send("PUT", path, "eve", members=["ann", "cid"])
    said = school.send("PUT", path, "root", members=["ann", "dan"], before=["ann", "bob"])
    assert "ann + cid" in problem(said, 409)["detail"]
    assert school.members("ann") == ["ann", "cid"]


def test_who_is_unknown_is_named_and_nothing_is_changed(school):
    answer = school.make("ann", "nobody")
    assert problem(answer, 422)["reasons"] == [
        "Team 1: there is no student 'nobody' in this course."
    ]
    problem(school.make("ann"), 422)
    problem(school.make("ann", "eve"), 422)
    assert school.get(TEAMS, "eve").json()["teams"] == []


def test_team_of_a_list_is_called_what_the_list_calls_it(school):
    odd = school.bring(b"group,login\nAlpha,ann\nAlpha,bob\nOmega,cid\nOmega,nosuch\n")
    said = ["Team Omega: there is no student 'nosuch' in this course."]
    assert problem(odd, 422)["reasons"] == said
    odd = school.bring(b"group,login\nAlpha,ann\nAlpha,bob\nOmega,cid\n")
    said = ["Team Omega: only cid is in it; a team has 2 to 50 people."]
    assert problem(odd, 422)["reasons"] == said


def test_teams_are_imported_all_or_none(school):
    school.form("ann", "bob")
    odd = school.bring(b"ann,bob\ncid,nobody\ncid,dan\n")
    assert len(problem(odd, 422)["reasons"]) == 1
    assert len(school.get(TEAMS, "eve").json()["teams"]) == 1
    done = school.bring(b"team,login\n1,ann\n1,bob\n2,cid\n2,dan\n").json()
    assert (logins(done["made"]), done["unchanged"]) == ([["cid", "dan"]], 1)
    done = school.bring(b"ann,eli\n", "?only_these=true").json()
    assert (logins(done["changed"]), logins(done["dissolved"])) == (
        [["ann", "eli"]],
        [["cid", "dan"]],
    )


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"teams":' * 100_000])
def test_list_that_is_nested_without_end_is_refused(school, data):
    (reason,) = problem(school.bring(data), 422)["reasons"]
    assert "not JSON" in reason


def test_people_are_found_however_their_address_is_written(school):
    school.roster(b"login,name,email,sid\nann,Ann,ann@u.example,S1\nbob,Bob,bob@u.example,S2\n")
    assert logins(school.make("Ann@U.Example", " S2 ").json()["made"]) == [["ann", "bob"]]
    odd = problem(school.make("cid", "dan", ""), 422)["reasons"]
    assert odd == ["Team 1: there is no student '' in this course."]


def test_login_that_is_no_text_is_nobody_s(school):
    headers = school.headers("eve") | {"content-type": "application/json"}
    body = b'{"members": ["ann", "bob\\ud800", "\\ud800"]}'
    problem(school.client.post(TEAMS, content=body, headers=headers), 422)


def test_exported_teams_can_be_imported_again(school):
    school.form("ann", "bob")
    table = school.get(f"{TEAMS}.csv", "tim").text
    assert table.splitlines()[:3] == ["team,login,name,section", "1,ann,,", "1,bob,,"]
    assert school.bring(table.encode()).json()["unchanged"] == 1
    whole = school.get(TEAMS, "eve").content
    assert school.bring(whole).json()["unchanged"] == 1


def test_who_drops_keeps_the_place_and_shares_in_nothing_meanwhile(school):
    school.form("ann", "bob")
    enrolments.leave(school.store, "main", "bob", "test")
    (team,) = school.get(TEAMS, "eve").json()["teams"]
    assert [one["dropped"] for one in team["members"]] == [False, True]
    found = school.graded("ann")
    table = school.get(f"{TEAMS}.csv", "eve").content
    assert school.bring(table).json()["unchanged"] == 1
    school.roster(b"login,name\nbob,Bob\n")
    problem(school.get(f"/api/submissions/{found}", "bob"), 404)
    assert school.graded("bob") in {
        one["id"] for one in school.get(f"{ASSIGNMENT}/submissions", "ann").json()["submissions"]
    }
