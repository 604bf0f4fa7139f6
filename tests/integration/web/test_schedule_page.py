"""The page on which staff change a homework's dates."""

import re

import pytest

from tests.support import fakes_service as fakes
from tests.support.browser_client import PAGE, Staff

SCHEDULE = f"{PAGE}/schedule"


@pytest.fixture
def staff(store, uploads, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    schedule = '[schedule]\ndue = 2026-10-09T23:59:00-05:00\ntime_zone = "America/Chicago"\n'
    path.write_text(path.read_text() + schedule)
    return Staff(store, uploads, course)


def filled(staff, path=SCHEDULE, **typed):
    """What a browser sends: every field as the page holds it, but for those that are typed."""
    text = staff.page(path).text
    shown = dict(re.findall(r'name="shown\.([a-z_.]+)" value="([^"]*)"', text))
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    sent = shown | {f"shown.{name}": value for name, value in shown.items()}
    return sent | {"version": version} | typed


def test_date_is_changed_in_the_courses_time_and_both_are_shown(staff):
    answer = staff.send(SCHEDULE, **filled(staff, due="2026-10-11T23:59:00"))
    assert answer.status_code == 303
    text = staff.page(SCHEDULE).text
    assert "9 Oct 2026, 23:59" in text
    assert "from the homework; changed to" in text
    assert "by instructor eve" in text
    assert text.count("changed to") == 1  # what was not touched is not changed
    assert 'value="2026-10-11T23:59"' in text
    assert "11 October" in staff.page(f"{PAGE}/extensions").text
    assert (
        "due: 2026-10-09T23:59:00-05:00 (not changed) -&gt; 2026-10-11T23:59:00-05:00"
        in staff.page("/audit").text
    )


def test_field_goes_back_to_the_homeworks(staff):
    staff.send(SCHEDULE, **filled(staff, attempts_per_day="3"))
    staff.send(SCHEDULE, **filled(staff, reset="attempts_per_day"))
    assert "changed to" not in staff.page(SCHEDULE).text


def test_wrong_input_is_said_and_kept(staff):
    answer = staff.send(SCHEDULE, **filled(staff, due="2026-10-11T23:59", attempts_per_day="many"))
    assert answer.status_code == 422
    assert "attempts_per_day" in answer.text
    assert 'value="2026-10-11T23:59"' in answer.text
    assert "changed to" not in staff.page(SCHEDULE).text


def test_second_of_two_is_shown_the_first_and_keeps_what_was_typed(staff):
    old = filled(staff, attempts_per_day="9")
    staff.send(SCHEDULE, **filled(staff, attempts_per_day="3"))
    answer = staff.send(SCHEDULE, **old)
    assert answer.status_code == 409
    assert "Somebody else" in answer.text
    assert "changed to 3 by instructor eve" in answer.text
    assert re.search(r'name="attempts_per_day"[^>]*value="9"', answer.text)
    again = dict(re.findall(r'name="([a-z_.]+)"[^>]* value="([^"]*)"', answer.text))
    again.pop("reset")  # a button that is not pressed
    assert staff.send(SCHEDULE, **again).status_code == 303
    assert "changed to 9" in staff.page(SCHEDULE).text


def test_where_only_a_section_has_a_due_date_its_students_get_extensions(staff):
    with staff.store.transaction() as connection:
        connection.execute(
            "UPDATE enrolments SET section = 'B' FROM users u WHERE u.id = user_id AND name = 'bob'"
        )
    staff.send(SCHEDULE, **filled(staff, due=""))
    assert "nothing to extend" in staff.page(f"{PAGE}/extensions").text
    path = f"{SCHEDULE}?section=B"
    staff.send(SCHEDULE, **filled(staff, path, section="B", due="2026-10-09T23:59"))
    assert "Only this section has a due date." in (text := staff.page(f"{PAGE}/extensions").text)
    assert "<li>B: <time" in text
    fields = {"student": "bob", "due": "2026-10-12T12:00", "reason": "ill"}
    assert staff.send(f"{PAGE}/extensions", **fields).status_code == 303
    assert (
        "nothing to extend" in staff.send(f"{PAGE}/extensions", **fields | {"student": "ann"}).text
    )


def test_section_has_a_page_of_its_own(staff):
    with staff.store.transaction() as connection:
        connection.execute(
            "UPDATE enrolments SET section = 'B' FROM users u WHERE u.id = user_id AND name = 'bob'"
        )
    path = f"{SCHEDULE}?section=B"
    staff.send(SCHEDULE, **filled(staff, path, section="B", published="yes"))
    assert "changed to yes" in staff.page(path).text
    text = staff.page(SCHEDULE).text
    assert "changed to" not in text
    assert "section B</a>" in text
    assert "extension</a>" in staff.page(f"{SCHEDULE}?student=bob").text
    assert staff.page(f"{SCHEDULE}?section=Q").status_code == 404


def test_students_cannot_and_others_read(staff):
    sent = filled(staff, attempts_per_day="3")
    staff.sign_in("ann")
    assert staff.page(SCHEDULE).status_code == 403
    assert staff.send(SCHEDULE, **sent).status_code == 403


def test_zone_and_what_counts_are_changed_on_the_page(staff):
    answer = staff.send(SCHEDULE, **filled(staff, time_zone="Asia/Tokyo", active="best"))
    assert answer.status_code == 303
    text = staff.page(SCHEDULE).text
    assert "America/Chicago, from the homework; changed to Asia/Tokyo" in text
    assert "the latest, from the homework; changed to the best" in text
    assert 'value="2026-10-10T13:59"' in text  # the same moment on the other clock
    assert text.count("changed to") == 2
