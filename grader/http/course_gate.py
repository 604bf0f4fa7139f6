"""In which course a request is, and with which role whoever sends it is there.

Owns reading that from an address: the course of the homework, submission, batch, regrade or request
that is named in its path, else the course that is (in the path or as `?course=`), else the one that
is meant where none is named. Routes and pages see the user with the role of that course only, so
that they ask `grader.course.permissions` about nothing else. A course in which the user has no part
is not there: 404. One that is archived is only read: 409 for whatever would change it.
"""

from typing import Final

from starlette.requests import Request

from grader import errors
from grader.course import permissions
from grader.service import context, courses
from grader.store import courses as stored
from grader.store import rows

COURSE: Final = "course"
SLUG: Final = "slug"


def placed(request: Request, services: context.Services, user: rows.User) -> rows.User:
    """The user with the role that they have for this request.

    Raises:
        NotFound, AssignmentNotFound: they have no part in what is asked about.
        Conflict: it would change something of an archived course.
    """
    named = request.path_params
    found = [
        courses.of_thing(services, user, kind, str(named[kind]), _words(request))
        for kind in stored.FINDERS
        if kind in named
    ]
    if SLUG in named:
        found.append(courses.of_homework(user, str(named[SLUG])))
    elif COURSE in named:
        found.append(courses.within(user, str(named[COURSE])))
    elif not found and (asked := request.query_params.get(COURSE)):
        found.append(courses.within(user, asked))
    if len({one.course for one in found}) > 1:
        raise errors.NotFound("There is no such thing in this course; check the address.")
    where = found[0] if found else user
    if permissions.changes_course(request.method, request.url.path):
        courses.require_open(where)
    return where


def _words(request: Request) -> str:
    return "batch" if "/batches/" in request.url.path else "regrade"
