"""Logins of people whom an LMS names."""

import pytest

from grader.course import lms_people


@pytest.mark.parametrize(
    ("taken", "free"),
    [((), "Cat"), (("cat",), "Cat (2)"), (("CAT", "cat (2)"), "Cat (3)"), (("cats",), "Cat")],
)
def test_login_in_other_case_is_taken(taken, free):
    assert lms_people.free_login("Cat", taken) == free
