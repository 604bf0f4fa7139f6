"""The roster's page: what an import says, what it asks first, and adding one person."""

import pytest

from grader import models
from grader.service import enrolments
from grader.store import enrolments as rules
from tests.support.browser_client import Staff

CLASS = "".join(f"s{number}\n" for number in range(8))


@pytest.fixture
def staff(store, uploads, course):
    return Staff(store, uploads, course)


def send_roster(staff, text, **fields):
    data = {"form_token": staff.form_token()} | fields
    return staff.client.post("/roster", data=data, files={"file": ("r.csv", text.encode())})


def enrol(staff, name, role="student", **more):
    new = rules.NewEnrolment(models.Role(role), **more)
    return enrolments.change(staff.store, "main", name, new, "test")


def found(staff, login):
    return rules.find(staff.store, "main", login)


def test_import_names_who_changed_and_the_columns_without_a_use(staff):
    text = send_roster(staff, "login,role,Phone\nbob,TA,555\n").text
    assert "<li>bob: role student → ta</li>" in text
    assert "Columns that were not used: Phone." in text
    assert "changes: bob: role student → ta" in staff.page("/audit").text


def test_import_that_drops_most_students_is_confirmed_with_the_boxes_kept(staff):
    send_roster(staff, f"login\n{CLASS}")
    answer = send_roster(staff, "login\nann\n", drop="on")
    assert answer.status_code == 422
    assert "does not name 9 of the 10 students" in answer.text
    assert "choose the file again" in answer.text
    assert 'name="drop" checked' in answer.text
    assert 'name="confirm"' in answer.text
    assert not found(staff, "s1").dropped
    done = send_roster(staff, "login\nann\n", drop="on", confirm="on")
    assert "9 dropped" in done.text
    assert 'name="confirm"' not in done.text


def test_file_without_a_header_is_refused_and_drops_nobody(staff):
    send_roster(staff, f"login\n{CLASS}")
    text = "Jane Roe,jroe@u.example,student,A\nBob Ray,bray@u.example,student,A\n"
    answer = send_roster(staff, text, drop="on", confirm="on")
    assert (answer.status_code, "there is no header" in answer.text) == (422, True)
    assert (found(staff, "student"), found(staff, "s1").dropped) == (None, False)


# ---- one person ------------------------------------------------------------------------------


def test_person_who_is_on_the_roster_is_not_added_again(staff):
    enrol(staff, "tom", "ta", full_name="Tom Ta", section="A")
    typed = {"login": "tom", "full_name": "Thomas", "section": "B", "role": "student"}
    answer = staff.send("/roster/add", **typed)
    assert answer.status_code == 409
    assert "tom is on the roster already, as a TA; change them there" in answer.text
    assert '<a href="/roster/person?login=tom&amp;course=main">' in answer.text
    assert 'value="Thomas"' in answer.text
    tom = found(staff, "tom")
    assert (tom.role, tom.person.full_name, tom.person.section) == ("ta", "Tom Ta", "A")


def test_spelling_that_nobody_sees_is_the_same_person(staff):
    enrol(staff, "tom", "ta")
    answer = staff.send("/roster/add", login="to\u200bm", role="student")
    assert (answer.status_code, found(staff, "tom").role) == (409, "ta")


def test_person_who_has_dropped_is_taken_back_by_adding_them(staff):
    assert "has dropped the course is taken back" in staff.page("/roster").text
    enrol(staff, "tom", full_name="Tom", section="A")
    staff.send("/roster/person/drop?login=tom")
    assert staff.send("/roster/add", login="tom", section="B").status_code == 303
    tom = found(staff, "tom")
    assert (tom.dropped, tom.person.full_name, tom.person.section) == (False, "Tom", "B")


@pytest.mark.parametrize("login", ["Cat", "CAT"])
def test_login_that_differs_in_case_is_not_another_person(staff, login):
    enrol(staff, "cat")
    answer = staff.send("/roster/add", login=login, full_name="Cat")
    assert answer.status_code == 409
    assert "There is a login &#39;cat&#39;" in answer.text
    answer = send_roster(staff, f"login,name\n{login},Cat\n")
    assert (answer.status_code, "Line 2: There is a login" in answer.text) == (422, True)
    assert found(staff, login) is None
