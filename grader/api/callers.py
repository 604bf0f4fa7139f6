"""Who calls the API: the owner of the bearer token, and the rights that routes ask for.

Owns the token's place in a request. Who may do what is decided by `grader.course.permissions`.
"""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from grader import errors
from grader.course import permissions
from grader.http import course_gate, dependencies, fair_share, problems, request_faults
from grader.service import accounts, context, courses
from grader.store import rows

_bearer = HTTPBearer(auto_error=False, description="a token printed by `grader users add`")


def caller(
    request: Request,
    services: dependencies.Services,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> rows.User:
    """Whose token came with the request, with their role in the course that it is about."""
    known: rows.User | None = getattr(request.state, "caller", None)
    user = known or identified(request, services, given.credentials if given else "")
    request_faults.require_known_parameters(request)
    return course_gate.placed(request, services, user)


def identified(request: Request, services: context.Services, token: str) -> rows.User:
    """Whose token this is.

    Args:
        token: empty where none came.

    Raises:
        Problem: 401, nobody's.
        Problem: 429 or 503, too many requests are open.
        NotAllowed: its scope does not reach as far as this request.
    """
    user = accounts.find(services.store, token) if token else None
    if user is None:
        wrong = "This token is not valid (or no longer valid)." if token else "A token is needed."
        raise problems.Problem(
            401,
            f"{wrong} Send `Authorization: Bearer <token>`; the course staff hands out tokens.",
            {"WWW-Authenticate": "Bearer"},
        )
    if not permissions.scope_allows(user.scope, request.method, request.url.path):
        raise errors.NotAllowed(
            f"This token's scope is `{user.scope}`; use one with a wider scope."
        )
    fair_share.count_in(request, user)
    return user


Caller = Annotated[rows.User, Depends(caller)]


def staff(user: Caller) -> rows.User:
    """The caller, who must not be a student."""
    if not permissions.is_staff(user.role):
        raise errors.NotAllowed("This is for the course staff; sign in with a staff token.")
    return user


def instructor(user: Caller) -> rows.User:
    """The caller, who must be an instructor or an administrator."""
    if not permissions.is_instructor(user.role):
        raise errors.NotAllowed("This is for instructors; sign in with an instructor's token.")
    return user


def marker(user: Caller) -> rows.User:
    """The caller, who must be a TA, an instructor or an administrator."""
    if not permissions.may_mark(user.role):
        raise errors.NotAllowed("This is for TAs and instructors; sign in with such a token.")
    return user


def regrader(user: Caller) -> rows.User:
    """The caller, who must be an instructor, an administrator or CI."""
    if not permissions.may_regrade(user.role):
        raise errors.NotAllowed("This is for instructors and CI; sign in with such a token.")
    return user


Staff = Annotated[rows.User, Depends(staff)]
Marker = Annotated[rows.User, Depends(marker)]
Regrader = Annotated[rows.User, Depends(regrader)]
Instructor = Annotated[rows.User, Depends(instructor)]
# Of routes that name nothing: the course that is asked for; see `course_gate`.
InCourse = Annotated[
    str, Query(alias="course", max_length=63, description="which; else where you may most")
]


def named_course(user: Instructor, asked: InCourse = "") -> str:
    """The course that is asked for, which must be said by whoever is in several.

    Raises:
        NotValid: it is not clear which course is to be changed.
    """
    courses.require_named(user, asked)
    return asked


NamedCourse = Annotated[str, Depends(named_course)]  # of routes that change a course
FOR_STAFF = [Depends(staff)]
FOR_MARKERS = [Depends(marker)]
FOR_INSTRUCTORS = [Depends(instructor)]

# Answers of routes that need a token, and a right.
UNAUTHORISED = {"s401": "no valid bearer token in the Authorization header"}
STAFF_ONLY = {**UNAUTHORISED, "s403": "for the course staff"}
MARKERS_ONLY = {**UNAUTHORISED, "s403": "for TAs and instructors"}
NO_COURSE = {"s404": "no such course of yours"}
INSTRUCTORS_ONLY = {**UNAUTHORISED, "s403": "for instructors"}
