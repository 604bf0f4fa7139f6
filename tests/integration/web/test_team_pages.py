"""Pages on which students form a team, and staff make and import teams."""

from fractions import Fraction

import pytest

from grader.service import accounts, enrolments
from tests.support.browser_client import PAGE, Staff
from tests.support.plain_english import text_of


@pytest.fixture
def staff(store, uploads, course):
    made = Staff(store, uploads, course)
    for name in ("cid", "dan"):
        made.tokens[name] = accounts.add_user(store, name, "student")
    manifest = course / "tests" / "suites" / "hw" / "assignment.toml"
    manifest.write_text(manifest.read_text() + "[team]\nsize = 2\n")
    return made


def as_(staff, who):
    staff.sign_in(who)
    return staff


def read(answer):
    return " ".join(text_of(answer.text).split())


def test_students_form_a_team_by_forms(staff):
    as_(staff, "ann")
    assert "You are in no team" in read(staff.page(PAGE))
    wrong = staff.send(f"{PAGE}/team/invite", login="nobody")
    assert (wrong.status_code, 'value="nobody"' in wrong.text) == (404, True)
    done = staff.send(f"{PAGE}/team/invite", login="bob")
    assert done.headers["location"] == f"{PAGE}/team"
    assert "no answer yet" in read(staff.page(f"{PAGE}/team"))
    as_(staff, "bob")
    assert "ann invites you to a team. Answer" in read(staff.page(PAGE))
    assert staff.send(f"{PAGE}/team/accept", login="ann").status_code == 303
    assert "ann, bob. What one of you submits is everybody's" in read(staff.page(PAGE))
    assert "Invite somebody" not in read(staff.page(f"{PAGE}/team"))
    assert staff.send(f"{PAGE}/team/leave").status_code == 303
    assert "You are in no team" in read(staff.page(f"{PAGE}/team"))


def test_invitation_is_declined_or_withdrawn(staff):
    as_(staff, "ann")
    for name in ("bob", "cid"):
        staff.send(f"{PAGE}/team/invite", login=name)
    assert staff.send(f"{PAGE}/team/withdraw", login="cid").status_code == 303
    as_(staff, "bob")
    assert staff.send(f"{PAGE}/team/decline", login="ann").status_code == 303
    late = staff.send(f"{PAGE}/team/accept", login="ann")
    assert (late.status_code, "That did not work" in late.text) == (404, True)
    as_(staff, "ann")
    assert "no answer yet" not in read(staff.page(f"{PAGE}/team"))


def test_team_mate_reads_who_submitted(staff):
    as_(staff, "ann").send(f"{PAGE}/team/invite", login="bob")
    as_(staff, "bob").send(f"{PAGE}/team/accept", login="ann")
    as_(staff, "ann")
    path = staff.hand_in().headers["location"]
    as_(staff, "bob")
    assert "submitted by ann for your team" in read(staff.page(PAGE))
    assert "the work of ann + bob" in read(staff.page(path))
    assert "only the course staff can change it" in read(staff.page(f"{PAGE}/team"))
    refused = staff.send(f"{PAGE}/team/leave")
    assert (refused.status_code, "ask them" in read(refused)) == (409, True)
    as_(staff, "cid")
    assert staff.page(path).status_code == 404
    as_(staff, "eve")
    assert "submitted by ann + bob" in read(staff.page(path))
    assert "ann + bob" in read(staff.page(f"{PAGE}/submissions?student=bob"))


def test_homework_without_teams_speaks_of_none(staff, course):
    manifest = course / "tests" / "suites" / "hw" / "assignment.toml"
    manifest.write_text(manifest.read_text().replace("[team]\nsize = 2\n", ""))
    assert "/teams" not in staff.page(f"{PAGE}/extensions").text
    assert staff.page(f"{PAGE}/teams").status_code == 404
    as_(staff, "ann")
    assert "team" not in read(staff.page(PAGE))
    assert staff.page(f"{PAGE}/team").status_code == 404


def test_staff_make_change_and_dissolve_teams(staff):
    wrong = staff.send(f"{PAGE}/teams", members="ann, nobody")
    assert (wrong.status_code, 'value="ann, nobody"' in wrong.text) == (422, True)
    assert "there is no student 'nobody'" in read(wrong)
    assert staff.send(f"{PAGE}/teams", members="ann, bob").status_code == 303
    page = staff.page(f"{PAGE}/teams")
    assert "2 students." in read(page)
    number = page.text.split(f"{PAGE}/teams/")[1].split('"')[0]
    path = f"{PAGE}/teams/{number}"
    changed = staff.send(path, members="ann bob cid", before="ann bob")
    assert changed.status_code == 303
    assert "larger than 2" in read(staff.page(f"{PAGE}/teams"))
    late = staff.send(path, members="ann dan", before="ann bob")
    assert (late.status_code, 'value="ann dan"' in late.text) == (409, True)
    assert "ann + bob + cid" in read(late)
    assert staff.send(f"{path}/dissolve", before="ann bob").status_code == 409
    assert staff.send(f"{path}/dissolve", before="ann bob cid").status_code == 303
    assert "There is no team yet" in read(staff.page(f"{PAGE}/teams"))
    assert "team dissolved" in staff.page("/audit").text


def test_staff_import_and_download_teams(staff):
    def bring(data, **fields):
        fields = {"form_token": staff.form_token()} | fields
        files = {"file": ("teams.csv", data)}
        return staff.client.post(f"{PAGE}/teams/import", data=fields, files=files)

    odd = bring(b"ann,bob\ncid,nobody\n")
    assert (odd.status_code, "Nothing was changed" in odd.text) == (422, True)
    assert "2 made, 0 changed" in read(bring(b"ann,bob\ncid,dan\n"))
    assert "Every student is in a team" in read(staff.page(f"{PAGE}/teams"))
    assert "1 dissolved" in read(bring(b"ann,bob\n", only_these="on"))
    table = staff.page(f"{PAGE}/teams.csv")
    assert table.text.splitlines()[1] == "1,ann,,"
    assert "attachment" in table.headers["content-disposition"]


@pytest.mark.parametrize(
    ("who", "page", "expected"),
    [
        ("ann", "team", 200),
        ("ann", "teams", 403),
        ("ann", "teams.csv", 403),
        ("eve", "team", 303),
        ("eve", "teams", 200),
    ],
)
def test_pages_are_for_those_whose_they_are(staff, who, page, expected):
    assert as_(staff, who).page(f"{PAGE}/{page}").status_code == expected


def test_forms_of_staff_are_not_a_students(staff):
    as_(staff, "ann")
    assert staff.send(f"{PAGE}/teams", members="ann bob").status_code == 403
    assert staff.send(f"{PAGE}/teams/1", members="ann bob", before="").status_code == 403
    assert staff.send(f"{PAGE}/teams/1/dissolve", before="").status_code == 403
    assert staff.send(f"{PAGE}/teams/import").status_code == 403


def test_staff_see_what_it_is_for_each_of_a_team(staff, course):
    manifest = course / "tests" / "suites" / "hw" / "assignment.toml"
    due = 'due = 2026-01-01T12:00:00Z\nlate = { percent = 10, per = "day", most_percent = 50 }\n'
    manifest.write_text(manifest.read_text() + f"[schedule]\n{due}")
    staff.send(f"{PAGE}/teams", members="ann bob")
    staff.send(f"{PAGE}/extensions", student="bob", due="2030-01-01T12:00")
    as_(staff, "ann")
    path = staff.hand_in().headers["location"]
    as_(staff, "eve")
    assert read(staff.page(path)).count("ann") == 2
    staff.finish_all(Fraction(10))
    page = staff.page(path)
    assert "ann 5 / 10 (10 before lateness) counts" in read(page)
    assert "bob 10 / 10 counts" in read(page)
    seen = staff.page(f"{path}/as-student?student=bob")
    assert "You see this page as bob does" in read(seen)
    assert "before lateness" not in read(seen)
    assert staff.page(f"{path}/as-student?student=cid").status_code == 404
    enrolments.leave(staff.store, "main", "ann", "test")
    assert "You see this page as bob does" in read(staff.page(f"{path}/as-student"))
    as_(staff, "bob")
    assert "before lateness" not in read(staff.page(path))
