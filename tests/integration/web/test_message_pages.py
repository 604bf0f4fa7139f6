"""The pages "Messages" and "To do", and the count in the staff's menu."""

import dataclasses
import re
import uuid

import pytest

from grader import settings
from grader.notify import channels
from grader.service import accounts, courses, jobs, waiting
from grader.store import messages as outbox
from grader.store import rows, runs, submissions
from tests.support import fakes_service as fakes
from tests.support.browser_client import MANUAL, Staff

SMTP = {"smtp_url": "smtp://mail.u.example", "mail_from": "g@u.example", "public_url": "https://g"}


@pytest.fixture
def staff(store, uploads, course):
    found = Staff(store, uploads, course)
    found.client.app.state.waiting = waiting.WaitingCount(kept_s=-1.0)
    found.course = course
    return found


def fail(staff, who):
    """A submission of a student's that failed for good."""
    user = accounts.find(staff.store, staff.tokens[who])
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, "0" * 64, 1, "0" * 64)
    jobs.accept(staff.store, new, "")
    run_id = submissions.get(staff.store, new.id, user).run_id
    runs.fail(staff.store, runs.begin(staff.store, run_id, "worker test:1"), "the machine")


def sends_mail(browser):
    state = browser.client.app.state
    ways = channels.chosen(settings.Settings(**SMTP))
    state.services = dataclasses.replace(state.services, channels=ways)


def test_work_to_mark_is_counted_for_those_who_mark_it(staff):
    path = staff.course / "tests/suites" / fakes.SLUG / "assignment.toml"
    path.write_text(path.read_text().replace("total_points = 10", "total_points = 15") + MANUAL)
    staff.hand_in_as("ann")
    staff.tokens["root"] = accounts.add_user(staff.store, "root", "admin")
    for who in ("eve", "root"):
        staff.sign_in(who)
        assert "1 submission to mark" in staff.page("/waiting").text
    courses.add(staff.store, "other", "Other course", "", "test")
    assert "1 submission to mark" not in staff.page("/waiting").text
    staff.sign_in("eve")
    assert "1 submission to mark" in staff.page("/waiting").text
    assert '<span class="badge">1<' in staff.page("/queue").text


def ticked(page):
    return re.findall(r'name="wanted" value="(\w+)" checked', page.text)


def test_student_chooses_and_is_told_where_mail_goes(staff):
    sends_mail(staff)
    staff.sign_in("ann")
    page = staff.page("/messages")
    assert ticked(page) == ["slow_results", "marks", "regrades", "teams"]
    assert "has no mail address of yours" in page.text
    assert "mail.u.example" not in page.text  # the outbox is for the staff
    with staff.store.transaction() as connection:
        connection.execute("UPDATE users SET email = 'ann@u.example' WHERE name = 'ann'")
    saved = staff.client.post(
        "/messages", data={"form_token": staff.form_token(), "wanted": ["results", "marks"]}
    )
    assert "Saved." in saved.text
    assert ticked(staff.page("/messages")) == ["results", "marks"]
    assert "ann@u.example" in staff.page("/messages").text


def test_nothing_ticked_is_no_mail_at_all(staff):
    staff.sign_in("ann")
    saved = staff.client.post("/messages", data={"form_token": staff.form_token()})
    assert "nothing at all" in saved.text
    assert ticked(staff.page("/messages")) == []


def test_choice_needs_a_form_of_this_session_and_a_kind_of_one_s_own(staff):
    staff.sign_in("ann")
    assert staff.client.post("/messages", data={"wanted": ["marks"]}).status_code == 403
    mixed = {"form_token": staff.form_token(), "wanted": ["storage"]}
    assert staff.client.post("/messages", data=mixed).status_code == 422
    assert ticked(staff.page("/messages")) == ["slow_results", "marks", "regrades", "teams"]


def test_staff_see_what_could_not_be_sent_and_why(staff):
    sends_mail(staff)
    with staff.store.transaction() as connection:
        outbox.add(connection, "storage", "s", "b", webhook="chat.example-0")
    (message,) = outbox.claim(staff.store)
    outbox.failed(staff.store, message.id, "chat.example-0 answered 503.", None)
    text = staff.page("/messages").text
    assert "answered 503" in text
    assert "Given up." in text
    assert "mail.u.example:587" in text
    assert "1 message not sent" in staff.page("/waiting").text


def badge(page):
    found = re.search(r'class="badge">(\d+)<', page.text)
    return int(found[1]) if found else 0


def test_menu_counts_what_waits_and_the_page_leads_there(staff):
    assert badge(staff.page("/")) == 0
    assert "Nothing waits for you" in staff.page("/waiting").text
    fail(staff, "ann")
    assert badge(staff.page("/")) == 1
    page = staff.page("/waiting")
    (path,) = re.findall(r'<th scope="row"><a href="([^"]+)">1 grading failed', page.text)
    assert "ann" in staff.page(path.replace("&amp;", "&")).text
    staff.sign_in("ann")
    assert badge(staff.page("/")) == 0
    assert staff.page("/waiting").status_code == 403


def test_homework_with_a_mistake_is_counted(staff):
    staff.page("/")
    (staff.course / "course.toml").write_text("[course]\nlate_day = 5\n")
    assert badge(staff.page("/")) == 1
    assert "mistake in its files" in staff.page("/waiting").text
