"""What may be set of a course, and what holds after it."""

import datetime

import pytest

from grader import errors
from grader.assignment import field_changes
from grader.course import course_settings, late_days
from grader.notify import kinds

NOW = datetime.datetime.now(datetime.UTC)


def changed(**values):
    changes = {
        name.replace("__", "."): field_changes.FieldChange(value, "eve", NOW)
        for name, value in values.items()
    }
    return course_settings.CourseSettings(changes)


def test_without_a_change_the_file_holds():
    written = late_days.CourseFile(late_days.LateDayBudget(3, 2))
    assert course_settings.CourseSettings().applied(written) is written
    assert changed(time_zone="Asia/Tokyo").applied(written) is written


def test_each_field_stands_above_the_files():
    written = late_days.CourseFile(late_days.LateDayBudget(3, 2))
    found = changed(late_days=5, notify__staff=["requests"]).applied(written)
    assert found.course == late_days.LateDayBudget(5, 2)
    assert found.notify.staff == (kinds.StaffKind.REQUESTS,)
    assert found.notify.students == written.notify.students
    unbounded = changed(most_per_homework=None).applied(written)
    assert unbounded.course.most_per_homework == late_days.MOST
    assert course_settings.value_of(unbounded, "most_per_homework") is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("late_days", " 5 ", 5),
        ("most_per_homework", "", None),
        ("notify.staff", "requests, failed_gradings", ["failed_gradings", "requests"]),
        ("notify.students", "", []),
        ("time_zone", "America/Chicago", "America/Chicago"),
        ("title", " Learning ", "Learning"),
        ("notify.reply_to", "staff@u.example", "staff@u.example"),
        ("notify.reply_to", "", ""),
    ],
)
def test_what_is_typed_is_read(name, text, value):
    assert course_settings.parsed(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("late_days", ""),
        ("late_days", "-1"),
        ("late_days", "9" * 5000),
        ("late_days", "1001"),
        ("late_days", "000000001001"),
        ("late_days", "0" * 5000),
        ("late_days", "²"),
        ("most_per_homework", "0"),
        ("notify.staff", "results"),
        ("time_zone", ""),
        ("time_zone", "../etc/passwd"),
        ("time_zone", "Chicago"),
        ("time_zone", "America"),
        ("time_zone", "localtime"),
        ("colour", "red"),
        ("notify.reply_to", "staff"),
        ("notify.reply_to", "a@b.c\nBcc: x@y.z"),
    ],
)
def test_what_cannot_be_meant_is_refused(name, text):
    with pytest.raises(errors.NotValid, match="no "):
        course_settings.parsed(name, text)
