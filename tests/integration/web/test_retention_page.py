"""The page of what becomes of a course's work, as its instructor and others meet it."""

import io
import re
import zipfile

import pytest

from grader.service import accounts, courses
from tests.support import fakes_service as fakes
from tests.support.browser_client import Staff

PAGE = "/courses/main/retention"


@pytest.fixture
def staff(store, uploads, course):
    return Staff(store, uploads, course)


def test_page_is_for_instructors(staff):
    assert "It is kept without a limit." in staff.page(PAGE).text
    assert 'href="/courses/main/retention"' in staff.page("/courses").text
    assert staff.page("/courses/nowhere/retention").status_code == 404
    staff.sign_in("ann")
    assert staff.page(PAGE).status_code == 403
    assert staff.page("/courses/main/grade-archives/1").status_code == 403


def test_days_are_kept_or_stay_as_typed_with_the_reason(staff):
    assert staff.send(PAGE, days="400").status_code == 303
    assert "kept for 400 days after the course is archived" in staff.page(PAGE).text
    staff.send(PAGE, days="1")
    assert "kept for 1 day after" in staff.page(PAGE).text
    for typed in ("soon", "0", "99999999999999999999"):
        answer = staff.send(PAGE, days=typed)
        assert answer.status_code == 422
        assert f'value="{typed}"' in answer.text
        assert "days" in answer.text
    assert staff.send(PAGE, days="").status_code == 303
    assert "It is kept without a limit." in staff.page(PAGE).text


def test_archive_of_grades_is_made_and_downloaded(staff):
    staff.hand_in_as("ann")
    staff.sign_in("eve")
    assert staff.send("/courses/main/grade-archives").status_code == 303
    (link,) = re.findall(r'href="(/courses/main/grade-archives/\d+)"', staff.page(PAGE).text)
    answer = staff.page(link)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert "ann" in file.read(f"{fakes.SLUG}.csv").decode()


def test_work_is_deleted_by_whoever_writes_the_name(staff, store):
    staff.hand_in_as("ann")
    staff.sign_in("eve")
    assert "Delete the work now" not in staff.page(PAGE).text
    courses.change(store, "main", accounts.COMMAND_LINE, archived=True)
    assert "Delete the work now" in staff.page(PAGE).text
    answer = staff.send("/courses/main/work/delete", confirm="mian")
    assert answer.status_code == 422
    assert 'value="mian"' in answer.text
    assert staff.send("/courses/main/work/delete", confirm="main").status_code == 303
    assert "The work was deleted on" in staff.page(PAGE).text
    assert "0 submissions" in staff.page(PAGE).text
    assert "work deleted" in staff.page("/audit").text
