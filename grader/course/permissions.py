"""Who may do what: the one place that decides by a person's role and a token's scope. Pure.

The role is always that in one course: `grader.http.course_gate` finds it for each request, and
what is in another course is not there for somebody who has no part in it.

Words. *Staff* is everybody but students: they see all submissions and whole reports. Of these, a
*TA* marks, answers requests and reads the course's pages, *CI* runs batches and regrades, and an
*instructor* (or administrator) may do both and change the course: dates, roster and tokens. Routes
and pages name the right they ask for.
"""

import re

from grader import models

READING = ("GET", "HEAD", "OPTIONS")
# Paths of submitting, and of cancelling what one has submitted.
SUBMITTING = re.compile(
    "/api/assignments/[^/]+/(submissions|batches)|(/api)?/submissions/[^/]+/cancel"
)

# What an archived course leaves: whatever is somebody's own (tokens, messages), the service's
# (other courses, platforms), or about the end of the course itself.
LEFT = re.compile(
    "(/api)?/courses(/[^/]+(/archive|/retention|/grade-archives|/work(/delete)?)?)?"
    "|/api/users/[^/]+/tokens(/[^/]+)?|/tokens(/end)?|(/api)?/messages"
    "|/roster/(person/)?token|/api/roster/sign-in-(mails|links.csv)|/roster/(mails|links.csv)"
    "|(/api)?/lms/(platforms(/[^/]+)?|invitations|keys)"
    "|/assignments/[^/]+/similarity"  # it is compared, and nothing of it changed
)


def is_staff(role: models.Role) -> bool:
    """Whether everybody's submissions and whole reports are theirs to read and grade again."""
    return role is not models.Role.STUDENT


def is_instructor(role: models.Role) -> bool:
    """Whether they may change dates, the roster and which submission counts."""
    return role in (models.Role.INSTRUCTOR, models.Role.ADMIN)


def may_mark(role: models.Role) -> bool:
    """Whether they may give marks, answer requests and read the course's pages."""
    return role is models.Role.TA or is_instructor(role)


def may_regrade(role: models.Role) -> bool:
    """Whether they may run batches and regrades, and cancel the grading of others' work."""
    return is_staff(role) and role is not models.Role.TA


def runs_service(role: models.Role) -> bool:
    """Whether they may make and archive courses, and make administrators."""
    return role is models.Role.ADMIN


def may_give(role: models.Role, given: models.Role) -> bool:
    """Whether they may enrol somebody as `given`, and change or drop somebody who is."""
    by_instructor = given in (models.Role.STUDENT, models.Role.TA, models.Role.INSTRUCTOR)
    return runs_service(role) or (is_instructor(role) and by_instructor)


def registers_platforms(role: models.Role) -> bool:
    """Whether they may name learning platforms, whose addresses this service calls."""
    return role is models.Role.ADMIN


def manages_all_tokens(role: models.Role) -> bool:
    """Whether they may issue and revoke everybody's tokens."""
    return role is models.Role.ADMIN


def manages_tokens(role: models.Role, of: models.Role) -> bool:
    """Whether they may issue and revoke the tokens of another person of the role `of`."""
    taught = of in (models.Role.STUDENT, models.Role.TA)
    return manages_all_tokens(role) or (is_instructor(role) and taught)


def audience(role: models.Role) -> models.Audience:
    """For whom this person's reports are written."""
    return models.Audience.INSTRUCTOR if is_staff(role) else models.Audience.STUDENT


def changes_course(method: str, path: str) -> bool:
    """Whether a request changes something of a course, which an archived one refuses."""
    return method not in READING and LEFT.fullmatch(path) is None


def scope_allows(scope: models.Scope, method: str, path: str) -> bool:
    """Whether a token of this scope is good for a request; it only narrows what a role allows."""
    match scope:
        case models.Scope.ALL:
            return True
        case models.Scope.READ:
            return method in READING
        case models.Scope.SUBMIT:
            submits = method == "POST" and SUBMITTING.fullmatch(path) is not None
            return method in READING or submits
