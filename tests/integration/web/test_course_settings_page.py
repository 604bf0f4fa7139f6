"""The page on which instructors set what holds in their course."""

import re

import pytest

from grader.service import accounts
from tests.support.browser_client import Staff

SETTINGS = "/courses/main/settings"


@pytest.fixture
def staff(store, uploads, course):
    (course / "course.toml").write_text("[course]\nlate_days = 3\n")
    return Staff(store, uploads, course)


def filled(staff, **typed):
    """What a browser sends: every field as the page holds it, but for those that are typed."""
    text = staff.page(SETTINGS).text
    shown = dict(re.findall(r'name="shown\.([a-z_.]+)" value="([^"]*)"', text))
    boxes = {name: shown[name].split(",") for name in shown if name.startswith("notify.")}
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    sent = shown | {f"shown.{name}": value for name, value in shown.items()} | boxes
    return sent | {"version": version} | typed


def test_late_days_are_set_next_to_what_the_file_says(staff):
    assert f'href="{SETTINGS}"' in staff.page("/courses").text
    answer = staff.send(SETTINGS, **filled(staff, late_days="5", time_zone="America/Chicago"))
    assert answer.status_code == 303
    text = staff.page(SETTINGS).text
    assert "3, from course.toml; changed to 5 by instructor eve" in text
    assert 'value="America/Chicago"' in text
    assert text.count("changed to") == 2  # what was not touched is not changed
    staff.send(SETTINGS, **filled(staff, reset="late_days"))
    assert staff.page(SETTINGS).text.count("changed to") == 1


def test_boxes_that_are_not_ticked_are_sent_no_more(staff):
    staff.send(SETTINGS, **filled(staff, **{"notify.staff": ["requests", "storage"]}))
    text = staff.page(SETTINGS).text
    ticked = re.findall(r'name="notify.staff" value="(\w+)" checked', text)
    assert ticked == ["storage", "requests"]
    sent = filled(staff)
    del sent["notify.staff"]
    staff.send(SETTINGS, **sent)
    assert 'name="notify.staff" value="storage" checked' not in staff.page(SETTINGS).text


def test_second_of_two_is_shown_the_first_and_keeps_what_was_typed(staff):
    mine = filled(staff, term="Spring 2027", late_days="4")
    staff.send(SETTINGS, **filled(staff, late_days="9"))
    answer = staff.send(SETTINGS, **mine)
    assert (answer.status_code, "Somebody else changed this course" in answer.text) == (409, True)
    assert 'value="Spring 2027"' in answer.text
    assert "changed to 9" in answer.text
    again = mine | {"version": re.search(r'name="version" value="(\d+)"', answer.text)[1]}
    assert staff.send(SETTINGS, **again).status_code == 303


def test_what_cannot_be_meant_is_said_and_kept(staff):
    answer = staff.send(SETTINGS, **filled(staff, time_zone="Chicago", late_days="7"))
    assert (answer.status_code, "no time zone" in answer.text) == (422, True)
    assert 'value="7"' in answer.text
    assert "changed to" not in staff.page(SETTINGS).text


def test_page_is_for_instructors_of_the_course(staff):
    staff.tokens["tim"] = accounts.add_user(staff.store, "tim", "ta")
    for who in ("ann", "tim"):
        staff.sign_in(who)
        assert staff.page(SETTINGS).status_code == 403
    assert staff.page("/courses/nowhere/settings").status_code == 404


def test_pages_of_the_whole_course_show_times_on_its_clock(staff):
    staff.send(SETTINGS, **filled(staff, time_zone="Asia/Kathmandu"))
    hours = set(re.findall(r"\d\d:\d\d[^<]*\+0545", staff.page("/audit").text))
    assert hours
    assert "UTC" not in staff.page("/audit").text
