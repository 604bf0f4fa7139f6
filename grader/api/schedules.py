"""A homework's schedule as staff edit it: dates, attempts, late rule, what is released.

Owns these routes; what a change may be is `grader.service.schedules`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Query

from grader.api import callers
from grader.api.schemas import schedule_schemas
from grader.assignment import schedule_edits
from grader.http import dependencies, problems
from grader.service import context, schedules

router = APIRouter()

Name = Annotated[str, Query(max_length=200)]


@router.get(
    "/api/assignments/{slug}/schedule",
    responses=problems.described(
        **callers.MARKERS_ONLY, s404="no such assignment, section or student"
    ),
    dependencies=callers.FOR_MARKERS,
)
def schedule(
    slug: str, services: dependencies.Services, section: Name = "", student: Name = ""
) -> schedule_schemas.ScheduleWithChanges:
    """What holds for everybody, a section or a student, by the homework and by whom it changed."""
    return _shown(services, slug, schedule_edits.Whom("" if student else section, student))


@router.patch(
    "/api/assignments/{slug}/schedule",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such assignment, section or student",
        s409="somebody changed it since `version`",
        s422="no such field, not a value of it, or the dates contradict each other",
    ),
)
def change(
    slug: str,
    sent: schedule_schemas.ScheduleChange,
    services: dependencies.Services,
    user: callers.Instructor,
) -> schedule_schemas.ScheduleWithChanges:
    """Change fields of the schedule. What is not named stays; each change has an audit entry."""
    schedules.change(services, user, slug, sent.whom, sent.typed, sent.reset, sent.version)
    return _shown(services, slug, sent.whom)


def _shown(
    services: context.Services, slug: str, whom: schedule_edits.Whom
) -> schedule_schemas.ScheduleWithChanges:
    found = schedules.in_force(services, slug, whom)
    return schedule_schemas.schedule(found, schedules.changed_for(services, slug))
