"""The settings of a course: late days, time zone, what is sent by default, title and term.

Owns these routes; what a change may be is `grader.service.course_settings`'s.
"""

from fastapi import APIRouter

from grader.api import callers
from grader.api.schemas import course_setting_schemas as schemas
from grader.http import dependencies, problems
from grader.service import course_settings

router = APIRouter()


@router.get(
    "/api/courses/{course}/settings",
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such course of yours"),
    dependencies=callers.FOR_INSTRUCTORS,
)
def settings(course: str, services: dependencies.Services) -> schemas.CourseSettings:
    """What holds in the course, by `course.toml` and by whom it was changed."""
    return schemas.settings(course_settings.in_force(services, course))


@router.patch(
    "/api/courses/{course}/settings",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such course of yours",
        s409="somebody changed it since `version`",
        s422="no such setting, or not a value of it",
    ),
)
def change(
    course: str,
    sent: schemas.CourseSettingsChange,
    services: dependencies.Services,
    user: callers.Instructor,
) -> schemas.CourseSettings:
    """Change settings of the course. What is not named stays; each change has an audit entry."""
    changed = course_settings.change(services, user, course, sent.typed, sent.reset, sent.version)
    return schemas.settings(changed)
