"""Courses and people by page: one person, sign-in links, tokens, courses next to each other."""

import csv
import io
import re

import pytest

from grader import models
from grader.service import accounts, courses, enrolments
from grader.store import courses as stored
from grader.store import enrolments as rules
from tests.support import fakes_service as fakes
from tests.support.browser_client import PAGE, Staff

PERSON = "/roster/person?login=bob"


@pytest.fixture
def staff(store, uploads, course):
    return Staff(store, uploads, course)


def enrol(staff, course, name, role="student", **more):
    new = rules.NewEnrolment(models.Role(role), **more)
    return enrolments.change(staff.store, course, name, new, "test")


def second_course(staff):
    courses.add(staff.store, "ml", "Learning", "", "test")


def test_person_without_a_token_gets_one_on_their_page(staff):
    path = staff.send("/roster/add", login="zoe").headers["location"]
    assert 'action="/roster/token?course=main"' in staff.page(path).text
    assert 'action="/roster/token' not in staff.page("/roster/person?login=eve").text
    text = staff.send("/roster/token?course=main", login="zoe").text
    staff.tokens["zoe"] = re.search(r'class="token">([^<]+)<', text)[1]
    assert "/roster/person?login=zoe&amp;course=main" in text
    assert staff.sign_in("zoe").status_code == 303


def test_roster_of_nobody_says_what_to_do(staff):
    second_course(staff)
    enrol(staff, "ml", "eve", "instructor")
    assert "Nobody is in this course yet" not in staff.page("/roster?course=ml").text
    staff.tokens["root"] = accounts.add_user(staff.store, "root", "admin")
    courses.add(staff.store, "new", "New", "", "test")
    staff.sign_in("root")
    assert "Nobody is in this course yet" in staff.page("/roster?course=new").text


# ---- one person ------------------------------------------------------------------------------


def test_person_is_added_changed_dropped_and_taken_back(staff):
    made = staff.send("/roster/add", login="zoe", full_name="Zoe", email="Zoe@u.example")
    assert made.headers["location"] == "/roster/person?course=main&login=zoe"
    path = made.headers["location"]
    text = staff.page(path).text
    assert ('value="zoe@u.example"' in text, 'value="Zoe"' in text) == (True, True)
    assert "1 person has no token yet" in staff.page("/roster").text
    staff.send(path, role="ta", full_name="Zoe Z", email="zoe@u.example", section="B")
    assert enrolments.find(staff.store, "main", "zoe").role is models.Role.TA
    staff.send("/roster/person/drop?login=zoe&course=main")
    assert "has dropped the course" in staff.page(path).text
    assert ">zoe<" not in staff.page("/roster").text
    assert "(dropped)" in staff.page("/roster?dropped=true").text
    staff.send(path, role="student", full_name="Zoe Z")
    assert not enrolments.find(staff.store, "main", "zoe").dropped
    log = staff.page("/audit").text
    for word in ("enrolled", "enrolment changed", "dropped", "dropped → active"):
        assert word in log


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"login": "zoe", "email": "nonsense"}, "no mail address"),
        ({"login": "zoe", "email": "ann@u.example"}, "belongs to &#39;ann&#39;"),
        ({"login": "", "full_name": "Zoe"}, "A login has 1 to 200"),
        ({"login": "root", "role": "ci"}, "Only an administrator"),
    ],
)
def test_what_cannot_be_so_is_said_and_what_was_typed_is_kept(staff, fields, said):
    enrol(staff, "main", "ann", email="ann@u.example")
    answer = staff.send("/roster/add", **fields)
    assert answer.status_code in (403, 409, 422)
    assert said in answer.text
    for name in ("login", "email", "full_name"):
        assert f'value="{fields.get(name, "")}"' in answer.text


def test_nobody_drops_or_demotes_themselves(staff):
    assert staff.send("/roster/person/drop?login=eve").status_code == 403
    assert staff.send("/roster/person?login=eve", role="student").status_code == 403


def test_person_whom_another_course_knows_keeps_name_and_address(staff):
    second_course(staff)
    enrol(staff, "ml", "bob", email="bob@u.example")
    answer = staff.send(PERSON, role="student", section="C", email="mine@u.example")
    assert (answer.status_code, "in other courses as well" in answer.text) == (403, True)
    staff.send(PERSON, role="student", section="C", email="bob@u.example")
    assert enrolments.find(staff.store, "main", "bob").person.section == "C"
    roster = b"login,name,email,section\nbob,Mallory,mine@u.example,D\n"
    files = {"file": ("r.csv", roster)}
    data = {"form_token": staff.form_token()}
    staff.client.post("/roster", data=data, files=files)
    found = enrolments.find(staff.store, "main", "bob").person
    assert (found.full_name, found.email, found.section) == ("", "bob@u.example", "D")


# ---- tokens and links ------------------------------------------------------------------------


def test_links_are_made_once_and_lead_to_a_page_with_one_button(staff):
    enrol(staff, "main", "zoe", full_name="Zoe")
    enrol(staff, "main", "una", role="instructor")  # not the instructor's to hand out
    table = list(csv.DictReader(io.StringIO(staff.send("/roster/links.csv").text)))
    assert [one["login"] for one in table] == ["zoe"]
    assert list(csv.DictReader(io.StringIO(staff.send("/roster/links.csv").text))) == []
    path = table[0]["link"].removeprefix("http://testserver")
    staff.client.cookies.clear()
    page = staff.page(path).text
    token = re.search(r'id="token"[^>]*value="([^"]+)"', page)[1]
    assert token == table[0]["token"]
    staff.client.post("/sign-in", data={"token": token})
    assert "zoe" in staff.page("/").text


def test_without_a_mail_server_the_page_offers_the_table_alone(staff):
    enrol(staff, "main", "zoe")
    assert "Mail the links" not in staff.page("/roster").text
    answer = staff.send("/roster/mails")
    assert (answer.status_code, "sends no mail" in answer.text) == (409, True)


def test_student_makes_and_ends_a_token_for_scripts(staff):
    staff.sign_in("ann")
    answer = staff.send("/tokens", scope="submit", label="my laptop")
    token = re.search(r'class="token">([^<]+)<', answer.text)[1]
    assert accounts.find(staff.store, token).scope is models.Scope.SUBMIT
    number = re.findall(r'name="number" value="(\d+)"', answer.text)[0]  # the newest comes first
    assert staff.send("/tokens/end", number=number).headers["location"] == "/tokens"
    assert accounts.find(staff.store, token) is None


def test_instructor_ends_a_student_s_token_and_no_other_s(staff):
    page = staff.page(PERSON).text
    number = re.search(r'name="number" value="(\d+)"', page)[1]
    staff.send("/roster/person/token?login=bob", number=number)
    assert accounts.find(staff.store, staff.tokens["bob"]) is None
    other = accounts.add_user(staff.store, "una", "instructor")
    assert staff.send("/roster/person/token?login=una", number="5").status_code == 403
    assert accounts.find(staff.store, other) is not None


# ---- courses ---------------------------------------------------------------------------------


def test_administrator_makes_and_archives_a_course(staff):
    staff.tokens["root"] = accounts.add_user(staff.store, "root", "admin")
    staff.sign_in("root")
    refused = staff.send("/courses", slug="No!", title="Learning")
    assert (refused.status_code, 'value="Learning"' in refused.text) == (422, True)
    made = staff.send("/courses", slug="ml", title="Learning", term="Fall")
    assert made.headers["location"] == "/roster?course=ml"
    assert staff.send("/courses", slug="ml", title="Twice").status_code == 409
    staff.send("/courses/ml/settings", title="Deep learning", term="Fall")
    staff.send("/courses/ml/assignments", assignment=fakes.SLUG)
    enrol(staff, "ml", "ann")
    staff.send("/courses/ml/archive")
    assert "Deep learning" in staff.page("/courses").text
    staff.sign_in("ann")
    assert "archived" in staff.page("/").text
    assert 'type="file"' not in staff.page(PAGE).text
    answer = staff.hand_in()
    assert "This course is archived" in answer.text
    staff.sign_in("root")
    staff.send("/courses/ml/archive", back="true")
    staff.sign_in("ann")
    assert staff.hand_in().status_code == 303


def test_page_of_another_course_is_not_there(staff):
    second_course(staff)
    stored.move(staff.store, fakes.SLUG, "ml", "test")
    for who in ("ann", "eve"):
        staff.sign_in(who)
        for path in (PAGE, f"{PAGE}/gradebook", f"{PAGE}/submissions", "/roster?course=ml"):
            assert staff.page(path).status_code == 404
        assert PAGE not in staff.page("/").text


def test_pages_of_several_courses_have_a_way_between_them(staff):
    second_course(staff)
    enrol(staff, "ml", "eve", "instructor")
    enrol(staff, "ml", "zoe")
    text = staff.page("/roster").text
    assert '<a href="/roster?course=ml">Learning</a>' in text
    assert ">zoe<" in staff.page("/roster?course=ml").text
    assert ">zoe<" not in text
    assert "Learning" in staff.page("/courses").text


def test_service_of_one_course_speaks_of_none(staff):
    for who in ("ann", "eve"):
        staff.sign_in(who)
        assert "Courses" not in staff.page("/").text
        assert "Main course" not in staff.page("/").text
