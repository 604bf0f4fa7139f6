"""Courses: which there are, make, change and archive one, put a homework into one.

Owns these routes; who may is `grader.service.courses`'.
"""

from fastapi import APIRouter, Response

from grader.api import callers
from grader.api.schemas import course_list_schemas as schemas
from grader.http import dependencies, problems
from grader.service import courses

router = APIRouter()


@router.get("/api/courses", responses=problems.described(**callers.UNAUTHORISED))
def list_courses(services: dependencies.Services, user: callers.Caller) -> schemas.Courses:
    """The caller's courses and what they are in each; administrators see all.

    Routes about something of a course need not name it. Those about a course as a whole (roster,
    late days, log) take `?course=`; without it, the one in which
    the caller may most is meant.
    """
    return schemas.courses(courses.listed(services, user), user, services.course.slugs())


@router.post(
    "/api/courses",
    status_code=201,
    responses=problems.described(
        **callers.UNAUTHORISED,
        s403="for administrators",
        s409="there is one of this name",
    ),
)
def create(
    new: schemas.NewCourse, services: dependencies.Services, user: callers.Caller
) -> schemas.ListedCourse:
    """Make a course. Nobody is enrolled in it yet; administrators see every course."""
    made = courses.create(services, user, new.slug, new.title, new.term)
    return schemas.course(made, user, services.course.slugs())


@router.patch(
    "/api/courses/{course}",
    responses=problems.described(
        **callers.UNAUTHORISED, s403="for its instructors", s404="no such course of yours"
    ),
)
def edit(
    course: str,
    new: schemas.CourseChange,
    services: dependencies.Services,
    user: callers.Caller,
) -> schemas.ListedCourse:
    """Change a course's title or term; administrators also archive it and take it back."""
    changed = courses.edit(
        services, user, course, title=new.title, term=new.term, archived=new.archived
    )
    return schemas.course(changed, user, services.course.slugs())


@router.put(
    "/api/courses/{course}/assignments/{assignment}",
    status_code=204,
    responses=problems.described(
        **callers.UNAUTHORISED,
        s403="for instructors of both courses",
        s404="no such course or assignment of yours",
    ),
)
def move(
    course: str, assignment: str, services: dependencies.Services, user: callers.Caller
) -> Response:
    """Put a homework, with everything that was submitted for it, into this course."""
    courses.move(services, user, assignment, course)
    return Response(status_code=204)
