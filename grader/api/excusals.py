"""Excusing students from a homework, which then does not count for them.

Owns these routes; what follows from it is `grader.service.excusals`'s.
"""

from fastapi import APIRouter, Response

from grader.api import callers
from grader.api.schemas import excusal_schemas
from grader.http import dependencies, problems
from grader.service import excusals

router = APIRouter()


@router.get(
    "/api/assignments/{slug}/excused",
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment"),
    dependencies=callers.FOR_MARKERS,
)
def excused(slug: str, services: dependencies.Services) -> excusal_schemas.Excusals:
    """Everybody who is excused from a homework, by login."""
    return excusal_schemas.excusals(excusals.of_assignment(services, slug))


@router.put(
    "/api/assignments/{slug}/excused/{student}",
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such assignment or student"),
)
def excuse(
    slug: str,
    student: str,
    sent: excusal_schemas.NewExcusal,
    services: dependencies.Services,
    user: callers.Instructor,
) -> excusal_schemas.Excusal:
    """Excuse a student: the homework does not count for them, whatever they submit.

    Every gradebook leaves their points out (`EX` for Canvas), nothing is sent to an LMS, nothing of
    theirs waits to be marked, and it spends no late days. Their work and its marks are kept.
    """
    return excusal_schemas.excusal(excusals.excuse(services, user, slug, student, sent.reason))


@router.delete(
    "/api/assignments/{slug}/excused/{student}",
    status_code=204,
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY, s404="no such assignment, or nobody excused"
    ),
)
def withdraw(
    slug: str, student: str, services: dependencies.Services, user: callers.Instructor
) -> Response:
    """Let the homework count for a student again, with what they have submitted."""
    excusals.withdraw(services, user, slug, student)
    return Response(status_code=204)
