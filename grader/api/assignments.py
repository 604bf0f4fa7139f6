"""Assignments: what there is, what holds for the caller, and the history of submissions.

Owns these routes. What holds for whom is `grader.service.assignments`'s.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from grader.api import callers
from grader.api.schemas import course_schemas
from grader.course import permissions
from grader.http import dependencies, problems
from grader.service import assignments, counting, reports, versions
from grader.store import submissions

MOST_LISTED = 100  # submissions on a page

router = APIRouter()


@router.get(
    "/api/assignments",
    responses=problems.described(**callers.UNAUTHORISED),
    response_model_exclude_unset=True,  # only staff see these
)
def list_assignments(
    services: dependencies.Services, user: callers.Caller
) -> course_schemas.Assignments:
    """The homeworks of the course: tasks, points, files to submit, and the caller's own terms.

    Students see those that have opened.
    """
    listed = assignments.listed(services, user)
    answer = course_schemas.Assignments(assignments=[course_schemas.assignment(a) for a in listed])
    if faults := assignments.faults(services, user):
        answer.faults = dict(faults)
    if waiting := versions.not_live(services, user):
        answer.not_live = [one.assignment for one in waiting]
    return answer


@router.get(
    "/api/assignments/{slug}",
    responses=problems.described(**callers.UNAUTHORISED, s404="no such assignment"),
)
def get_assignment(
    slug: str, services: dependencies.Services, user: callers.Caller
) -> course_schemas.AssignmentWithTerms:
    """One homework and what holds for the caller: due date, grace, extension, penalty, attempts."""
    return course_schemas.assignment(assignments.find(services, user, slug))


@router.get(
    "/api/assignments/{slug}/submissions",
    responses=problems.described(**callers.UNAUTHORISED, s404="no such assignment"),
)
def history(
    slug: str,
    services: dependencies.Services,
    user: callers.Caller,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
    before: Annotated[
        uuid.UUID | None, Query(description="only those older than this submission")
    ] = None,
) -> course_schemas.History:
    """Submissions, newest first: the caller's own, for staff everybody's; `next` has more."""
    assignments.find(services, user, slug)
    listed = submissions.recent(services.store, slug, user, limit, before)
    graded = reports.of_list(services, user, listed, slug)
    everybody = permissions.is_staff(user.role)
    counts = None if everybody else counting.submission_of(services, user, slug)
    page = []
    for row in listed:
        totals = graded[row.run_id].totals if row.run_id in graded else None
        active = None if everybody else row.id == counts
        page.append(course_schemas.summary(row, totals, active=active))
    more = f"/api/assignments/{slug}/submissions?limit={limit}&before={page[-1].id}" if page else ""
    return course_schemas.History(submissions=page, next=more if len(page) == limit else None)
