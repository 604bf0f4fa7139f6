"""Roles that somebody can have in a course."""

import pytest

from grader import errors, models
from grader.course import memberships
from grader.service import accounts, enrolments
from grader.store import enrolments as stored


def test_administrator_is_no_role_in_a_course(store):
    new = stored.NewEnrolment(models.Role.ADMIN)
    with pytest.raises(errors.NotValid, match="no role 'admin' in a course; choose one of"):
        enrolments.change(store, memberships.DEFAULT, "zed", new, accounts.COMMAND_LINE)
    assert stored.find(store, memberships.DEFAULT, "zed") is None
