"""Who may do what, by role and by a token's scope."""

import pytest

from grader import models
from grader.course import permissions

STUDENT, TA, INSTRUCTOR, ADMIN, CI = (
    models.Role.STUDENT,
    models.Role.TA,
    models.Role.INSTRUCTOR,
    models.Role.ADMIN,
    models.Role.CI,
)


def test_staff_is_everybody_but_students():
    staff = {role for role in models.Role if permissions.is_staff(role)}
    assert staff == {TA, INSTRUCTOR, ADMIN, CI}


def test_tas_mark_and_ci_grades_again_and_instructors_do_both():
    marking = {role for role in models.Role if permissions.may_mark(role)}
    assert marking == {TA, INSTRUCTOR, ADMIN}
    assert {r for r in models.Role if permissions.may_regrade(r)} == {INSTRUCTOR, ADMIN, CI}


def test_instructors_and_administrators_change_the_course():
    assert {role for role in models.Role if permissions.is_instructor(role)} == {INSTRUCTOR, ADMIN}


def test_whole_reports_are_for_staff():
    told = {role: permissions.audience(role) for role in models.Role}
    whole = models.Audience.INSTRUCTOR
    assert told == dict.fromkeys(models.Role, whole) | {STUDENT: models.Audience.STUDENT}


@pytest.mark.parametrize(
    ("role", "of"),
    [
        (INSTRUCTOR, {STUDENT, TA}),
        (TA, set()),
        (ADMIN, set(models.Role)),
        (CI, set()),
        (STUDENT, set()),
    ],
)
def test_tokens_of_others_are_managed_downwards(role, of):
    assert {one for one in models.Role if permissions.manages_tokens(role, one)} == of


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        (models.Scope.ALL, "DELETE", "/api/users/ann/tokens/1", True),
        (models.Scope.READ, "GET", "/api/audit", True),
        (models.Scope.READ, "POST", "/api/assignments/hw/submissions", False),
        (models.Scope.SUBMIT, "POST", "/api/assignments/hw/submissions", True),
        (models.Scope.SUBMIT, "POST", "/api/submissions/1/cancel", True),
        (models.Scope.SUBMIT, "PUT", "/api/submissions/1/active", False),
        (models.Scope.SUBMIT, "POST", "/api/roster", False),
        (models.Scope.SUBMIT, "POST", "/api/assignments/hw/batches", True),
        (models.Scope.SUBMIT, "POST", "/api/batches/1/cancel", False),
        (models.Scope.SUBMIT, "POST", "/api/regrades/1/cancel", False),
        (models.Scope.SUBMIT, "POST", "/api/users/submissions/tokens", False),
        (models.Scope.SUBMIT, "POST", "/batches/1/cancel", False),
    ],
)
def test_scope_narrows_what_a_role_allows(scope, method, path, allowed):
    assert permissions.scope_allows(scope, method, path) is allowed
