"""Manual marks of a submission, what is left to mark, and by whom. For TAs and instructors.

Owns these routes; what a mark may be is `grader.service.marks`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Query

from grader.api import callers
from grader.api.schemas import mark_schemas
from grader.http import dependencies, problems
from grader.service import marking_shares, marks

router = APIRouter()


@router.get(
    "/api/submissions/{submission_id}/marks",
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such submission"),
)
def list_marks(
    submission_id: str, services: dependencies.Services, user: callers.Marker
) -> mark_schemas.Marks:
    """The manual tasks with their rubrics, and every version of every mark, newest first."""
    return mark_schemas.marking(marks.of_submission(services, user, submission_id))


@router.put(
    "/api/submissions/{submission_id}/marks/{task}",
    responses=problems.described(
        **callers.MARKERS_ONLY,
        s404="no such submission or task",
        s409="somebody else has marked it meanwhile, or changed the rubric; `version` and "
        "`rubric_version` are theirs",
        s422="not a manual task, or more points than it has",
    ),
)
def put_mark(
    submission_id: str,
    task: str,
    sent: mark_schemas.NewMark,
    services: dependencies.Services,
    user: callers.Marker,
) -> mark_schemas.Marked:
    """Mark a manual task: points, lines of the rubric, a comment; without either, take it back.

    Students see it once the assignment's grades are published. Each change is another version;
    with `version` (0: not marked yet) nothing is written over that the marker has not seen.
    """
    new = mark_schemas.new_mark(task, sent)
    mark, total = marks.put(services, user, submission_id, new, sent.version, sent.rubric_version)
    return mark_schemas.marked(mark, total)


@router.get(
    "/api/assignments/{slug}/markers",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment"),
)
def list_markers(slug: str, services: dependencies.Services) -> mark_schemas.Markers:
    """Who may mark: how many marks are theirs to give, and how many of those are left."""
    return mark_schemas.markers(marking_shares.progress(services, slug))


@router.put(
    "/api/assignments/{slug}/markers",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such assignment or task",
        s422="nobody to give it to, or somebody who may not mark",
    ),
)
def divide(
    slug: str,
    sent: mark_schemas.Division,
    services: dependencies.Services,
    user: callers.Instructor,
) -> mark_schemas.Markers:
    """Divide what is left to mark evenly among these people.

    What somebody has already stays theirs, unless it is divided `again`; that without any `markers`
    takes all of it back. A share stays when a newer submission of the student counts.
    """
    marking_shares.divide(
        services, user, slug, sent.markers, sent.task, sent.section, again=sent.again
    )
    return mark_schemas.markers(marking_shares.progress(services, slug))


@router.get(
    "/api/assignments/{slug}/unmarked",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment or task"),
)
def list_unmarked(
    slug: str,
    services: dependencies.Services,
    task: Annotated[str, Query(max_length=200, description="only this manual task")] = "",
    section: Annotated[str, Query(max_length=200, description="only its people")] = "",
    marker: Annotated[str, Query(max_length=200, description="a login; `-`: nobody's")] = "",
    after: Annotated[str, Query(max_length=100, description="only after this submission")] = "",
) -> mark_schemas.MarkingList:
    """The submissions that count and have manual tasks without a mark, in the gradebook's order.

    `again` names tasks that were marked in another submission of the same person, whose write-up
    differs. A mark counts for every submission of one person that has the same write-up. `after` is
    a submission of the list, or one that was on it: what follows begins with the next to mark.
    """
    return mark_schemas.unmarked(marks.unmarked(services, slug, task, section, marker, after))
