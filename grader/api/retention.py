"""The end of a course's work: how long it is kept, archives of grades, deletion.

Owns these routes; who may is `grader.service.course_retention`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from grader.api import callers, template_zip
from grader.api.schemas import retention_schemas as schemas
from grader.http import dependencies, problems
from grader.service import course_retention

router = APIRouter()
ArchiveId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_DESCRIBED = problems.described(
    **callers.UNAUTHORISED, s403="for its instructors", s404="no such course of yours"
)


@router.get("/api/courses/{course}/retention", responses=_DESCRIBED)
def outlook(
    course: str, services: dependencies.Services, user: callers.Caller
) -> schemas.CourseOutlook:
    """What there is of the course's work, and when it goes. Nothing is changed."""
    return schemas.outlook(course_retention.outlook_for(services, user, course))


@router.put("/api/courses/{course}/retention", responses=_DESCRIBED)
def keep(
    course: str,
    new: schemas.CourseKeeping,
    services: dependencies.Services,
    user: callers.Caller,
) -> schemas.CourseOutlook:
    """Say how long the work is kept after the course is archived.

    Its instructors are warned 30 days before the work goes; grades are archived first.
    """
    course_retention.keep_for(services, user, course, new.keep_days)
    return schemas.outlook(course_retention.outlook_for(services, user, course))


@router.post("/api/courses/{course}/grade-archives", status_code=201, responses=_DESCRIBED)
def archive(
    course: str, services: dependencies.Services, user: callers.Caller
) -> schemas.CourseOutlook:
    """Make an archive of everybody's points now; the newest of the answer's list."""
    course_retention.archive_for(services, user, course)
    return schemas.outlook(course_retention.outlook_for(services, user, course))


@router.get(
    "/api/courses/{course}/grade-archives/{archive_id}",
    response_class=Response,
    responses=_DESCRIBED | {200: template_zip.ZIP | {"description": "a CSV file per homework"}},
)
def download(
    course: str, archive_id: ArchiveId, services: dependencies.Services, user: callers.Caller
) -> Response:
    """An archive of grades, for the caller's disk."""
    zipped = course_retention.archive(services, user, course, archive_id)
    kept = {"Content-Disposition": f'attachment; filename="{course}-grades-{archive_id}.zip"'}
    return Response(zipped, media_type=template_zip.ZIP_TYPE, headers=kept)


@router.delete(
    "/api/courses/{course}/work",
    responses=problems.described(
        **callers.UNAUTHORISED,
        s403="for its instructors",
        s404="no such course of yours",
        s409="it is not archived, or something of it is being graded",
        s422="it was not confirmed",
    ),
)
def empty(
    course: str,
    services: dependencies.Services,
    user: callers.Caller,
    confirm: Annotated[str, Query(description="the course's name once more")] = "",
) -> schemas.CourseOutlook:
    """Delete all submissions of an archived course, after its grades are archived."""
    course_retention.empty_for(services, user, course, confirm)
    return schemas.outlook(course_retention.outlook_for(services, user, course))
