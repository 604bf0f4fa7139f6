"""Late days over the term: what each student has left, and giving or taking some.

Owns these routes; what may be changed is `grader.service.late_days`'s.
"""

from fastapi import APIRouter

from grader.api import callers
from grader.api.schemas import late_day_schemas
from grader.http import dependencies, problems
from grader.service import late_days

router = APIRouter()


@router.get(
    "/api/late-days",
    responses=problems.described(**callers.MARKERS_ONLY, **callers.NO_COURSE),
)
def accounts(
    services: dependencies.Services, user: callers.Marker, course: callers.InCourse = ""
) -> late_day_schemas.LateDayAccounts:
    """Each student's late days: given, left, and spent on each homework.

    Empty where the course has no late days, by its settings or `course.toml`.
    """
    del course  # the gate has read it
    found = late_days.accounts(services.store, services.course, of=user.course).values()
    return late_day_schemas.LateDayAccounts(students=[late_day_schemas.account(a) for a in found])


@router.post(
    "/api/late-days/{student}",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY, s404="no such student", s422="the course has no late days"
    ),
)
def change(
    student: str,
    new: late_day_schemas.LateDayChange,
    services: dependencies.Services,
    user: callers.Instructor,
    _course: callers.NamedCourse,
) -> late_day_schemas.StudentLateDays:
    """Give one student late days, or take some with a negative number."""
    changed = late_days.change(
        services.store,
        services.course,
        student,
        new.days,
        new.reason,
        user.title,
        of=user.course,
    )
    return late_day_schemas.account(changed)
