"""Extensions: another due date for one student.

Owns these routes; what an extension may be is `grader.service.extensions`'s.
"""

from fastapi import APIRouter, Response

from grader.api import callers
from grader.api.schemas import course_schemas
from grader.http import dependencies, problems
from grader.service import extensions as granted

router = APIRouter()


@router.get(
    "/api/assignments/{slug}/extensions",
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment"),
    dependencies=callers.FOR_MARKERS,
)
def extensions(slug: str, services: dependencies.Services) -> course_schemas.Extensions:
    """All extensions of an assignment, by student."""
    listed = granted.of_assignment(services, slug)
    return course_schemas.Extensions(extensions=[course_schemas.extension(one) for one in listed])


@router.put(
    "/api/assignments/{slug}/extensions/{student}",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such assignment or student",
        s422="not later than everybody's due date",
    ),
)
def extend(
    slug: str,
    student: str,
    new: course_schemas.NewExtension,
    services: dependencies.Services,
    user: callers.Instructor,
) -> course_schemas.Extension:
    """Give one student a later due date, in place of an earlier extension. Grace comes on top."""
    return course_schemas.extension(
        granted.grant(services, user, slug, student, new.due, new.reason)
    )


@router.delete(
    "/api/assignments/{slug}/extensions/{student}",
    status_code=204,
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY, s404="no such assignment, or no extension"
    ),
)
def withdraw(
    slug: str, student: str, services: dependencies.Services, user: callers.Instructor
) -> Response:
    """Withdraw an extension: everybody's due date holds again, also for what was submitted."""
    granted.withdraw(services, user, slug, student)
    return Response(status_code=204)
