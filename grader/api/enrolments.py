"""One person of a course: see, enrol, change and drop them. For instructors only.

Owns these routes; who may be what is `grader.service.enrolments`'. Lists are in `roster`.
"""

from fastapi import APIRouter, Response

from grader.api import callers
from grader.api.schemas import course_list_schemas as schemas
from grader.api.schemas import staff_schemas
from grader.http import dependencies, problems
from grader.service import enrolments
from grader.store import enrolments as stored

router = APIRouter()

_PERSON = problems.described(
    **callers.INSTRUCTORS_ONLY, s404="no such course of yours, or nobody of this login in it"
)


@router.get("/api/courses/{course}/people/{login}", responses=_PERSON)
def person(
    course: str, login: str, services: dependencies.Services, _user: callers.Instructor
) -> staff_schemas.Person:
    """Somebody who is or was in the course."""
    return _shape(enrolments.find(services.store, course, login))


@router.put(
    "/api/courses/{course}/people/{login}",
    responses=_PERSON
    | problems.described(
        s409="the address belongs to somebody else, or the login is another's but for its case"
    ),
)
def put(
    course: str,
    login: str,
    new: schemas.NewEnrolment,
    services: dependencies.Services,
    user: callers.Instructor,
) -> staff_schemas.Person:
    """Enrol somebody, or change what they are; whoever had dropped is active again.

    Name, address and number of somebody who is in other courses as well are changed by
    administrators alone.
    """
    enrolled = enrolments.put(services, user, course, login, schemas.enrolment(new))
    return _shape(enrolled)


@router.delete("/api/courses/{course}/people/{login}", status_code=204, responses=_PERSON)
def drop(
    course: str, login: str, services: dependencies.Services, user: callers.Instructor
) -> Response:
    """Let somebody leave the course. Their work is kept; no page and no table counts it."""
    enrolments.drop(services, user, course, login)
    return Response(status_code=204)


def _shape(found: stored.Enrolled) -> staff_schemas.Person:
    return staff_schemas.Person.model_validate(schemas.person(found))
