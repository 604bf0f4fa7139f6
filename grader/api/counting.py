"""Choosing which of a student's submissions counts.

Owns these routes; the rule and who may choose are `grader.service.counting`'s.
"""

from fastapi import APIRouter

from grader.api import callers
from grader.api.schemas import course_schemas
from grader.http import dependencies, problems
from grader.service import counting

router = APIRouter()

_CHOICE = problems.described(
    **callers.UNAUTHORISED,
    s404="no such submission of yours",
    s409="not graded, not the student's to choose, or chosen by staff",
)


@router.put("/api/submissions/{submission_id}/active", responses=_CHOICE)
def choose(
    submission_id: str, services: dependencies.Services, user: callers.Caller
) -> course_schemas.Chosen:
    """Let this submission count.

    Students may where the assignment's `active` is `chosen`; what instructors choose stands above
    the rule.
    """
    return course_schemas.Chosen(active=counting.choose(services, user, submission_id).id)


@router.delete("/api/submissions/{submission_id}/active", responses=_CHOICE)
def unchoose(
    submission_id: str, services: dependencies.Services, user: callers.Caller
) -> course_schemas.Chosen:
    """Take the choice back: the assignment's rule decides again."""
    submission = counting.unchoose(services, user, submission_id)
    return course_schemas.Chosen(active=counting.submission_of_owner(services, submission))
