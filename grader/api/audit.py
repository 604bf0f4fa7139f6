"""The log of what people did. For instructors only.

Owns this route; entries are written with what they are about, by `grader.store.audit`.
"""

from typing import Annotated

from fastapi import APIRouter, Query

from grader.api import callers
from grader.api.schemas import staff_schemas
from grader.http import dependencies, problems
from grader.service import courses
from grader.store import audit

router = APIRouter()

MOST_ENTRIES = 500


@router.get(
    "/api/audit",
    responses=problems.described(**callers.INSTRUCTORS_ONLY, **callers.NO_COURSE),
)
def deeds(
    services: dependencies.Services,
    user: callers.Instructor,
    limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = 100,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="id of an entry")] = None,
    assignment: Annotated[str, Query(max_length=100)] = "",
    course: callers.InCourse = "",
) -> staff_schemas.AuditPage:
    """What people did in a course, newest first: extensions, marks, regrades, rosters, tokens.

    Administrators see what was done in all courses unless they name one.
    """
    within = courses.log_of(user, course)
    entries = audit.page(services.store, before, limit, assignment, within)
    more = ""
    if len(entries) == limit:
        only = f"&assignment={assignment}" if assignment else ""
        only += f"&course={course}" if course else ""
        more = f"/api/audit?limit={limit}&before={entries[-1].id}{only}"
    return staff_schemas.audit_page(entries, more)
