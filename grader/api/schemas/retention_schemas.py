"""How long a course's work is kept, and its archives of grades, as JSON."""

import datetime

import pydantic

from grader.course import retention
from grader.http import request_faults
from grader.service import course_retention


class CourseKeeping(request_faults.SentBody):
    """How long a course's work is to be kept."""

    keep_days: int | None = pydantic.Field(
        ge=1,
        le=retention.MOST_DAYS,
        description="days from the day on which the course is archived; null: without a limit",
    )


class ListedGradeArchive(pydantic.BaseModel):
    """An archive of grades."""

    id: int
    made_at: datetime.datetime
    made_by: str
    size_bytes: int


class CourseOutlook(pydantic.BaseModel):
    """What becomes of a course's work."""

    keep_days: int | None
    archived_at: datetime.datetime | None
    warned_at: datetime.datetime | None = pydantic.Field(
        description="when its instructors heard that the work will go"
    )
    deleted_at: datetime.datetime | None = pydantic.Field(description="when its work was deleted")
    goes_at: datetime.datetime | None = pydantic.Field(
        description="when the work is deleted unless somebody changes something; null: it is not"
    )
    homeworks: list[str]
    submissions: int
    people: int
    upload_bytes: int
    grade_archives: list[ListedGradeArchive]


def outlook(found: course_retention.Outlook) -> CourseOutlook:
    """The answer about one course."""
    keeping, holdings = found.keeping, found.holdings
    return CourseOutlook(
        keep_days=keeping.keep_days,
        archived_at=keeping.archived_at,
        warned_at=keeping.warned_at,
        deleted_at=keeping.emptied_at,
        goes_at=found.goes_at,
        homeworks=list(found.homeworks),
        submissions=holdings.submissions,
        people=holdings.people,
        upload_bytes=holdings.upload_bytes,
        grade_archives=[
            ListedGradeArchive(
                id=one.id, made_at=one.made_at, made_by=one.made_by, size_bytes=one.size_bytes
            )
            for one in found.archives
        ],
    )
