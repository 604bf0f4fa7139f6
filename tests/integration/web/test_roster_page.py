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
