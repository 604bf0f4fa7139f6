"""Where somebody belongs, and what follows from it."""

import pytest

from grader import models
from grader.course import memberships
from grader.course.memberships import CourseName, Memberships
from grader.models import Role

COURSES = {
    slug: CourseName(slug, title, archived)
    for slug, title, archived in (
        ("main", "Main", False),
        ("ml", "Learning", False),
        ("old", "Ancient", True),
    )
}


def member(is_admin=False, **roles):
    return Memberships(roles, {"hw9": "ml"}, COURSES, is_admin)


def test_homework_is_in_the_default_course_unless_another_is_named():
    assert (member().course_of("hw1"), member().course_of("hw9")) == ("main", "ml")


def test_role_is_that_of_the_course():
    one = member(main=Role.STUDENT, ml=Role.INSTRUCTOR)
    assert (one.role_in("main"), one.role_in("ml")) == (Role.STUDENT, Role.INSTRUCTOR)
    assert one.role_in("old") is None


def test_administrator_is_one_in_every_course_that_there_is():
    assert member(is_admin=True, ml=Role.STUDENT).role_in("ml") is Role.ADMIN
    assert member(is_admin=True).role_in("nowhere") is None


@pytest.mark.parametrize(
    ("roles", "home"),
    [
        ({"main": Role.STUDENT, "ml": Role.STUDENT}, "main"),
        ({"main": Role.STUDENT, "ml": Role.TA}, "ml"),
        ({"main": Role.STUDENT, "old": Role.INSTRUCTOR}, "main"),
        ({"ml": Role.TA, "old": Role.STUDENT}, "ml"),
        ({"old": Role.STUDENT}, "old"),
        ({}, ""),
    ],
)
def test_course_that_is_meant_where_none_is_named(roles, home):
    assert member(**roles).home == home


def test_archived_courses_come_last():
    own = member(main=Role.STUDENT, ml=Role.STUDENT, old=Role.STUDENT).own
    assert [one.slug for one in own] == ["ml", "main", "old"]
    assert member().is_archived("old")
    assert not member().is_archived("ml")


def test_every_role_but_the_administrators_can_be_had_in_a_course():
    assert {*memberships.ROLES, Role.ADMIN} == set(models.Role)
