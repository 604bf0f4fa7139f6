"""The gradebook of an assignment as CSV. For instructors only.

Owns this route; what stands in the table is `grader.service.gradebook`'s.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from grader.api import callers
from grader.exchange import gradebook_csv as columns
from grader.http import csv_stream, dependencies, problems
from grader.service import gradebook

router = APIRouter()

CSV: dict[str, Any] = {
    "content": {csv_stream.MEDIA_TYPE: {"schema": {"type": "string"}}},
    "description": "the table",
}


@router.get(
    "/api/assignments/{slug}/gradebook.csv",
    response_class=StreamingResponse,
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(
        **callers.MARKERS_ONLY,
        s404="no such assignment",
        s422="somebody is excused who is not in the course",
    )
    | {200: CSV},
)
def gradebook_csv(
    slug: str,
    services: dependencies.Services,
    system: Annotated[columns.System, Query(alias="for")] = columns.System.PLAIN,
    column: Annotated[
        str, Query(max_length=200, description="title of the column; the assignment's by default")
    ] = "",
    comments: Annotated[
        bool, Query(description="with the markers' comments, in `plain` and `moodle`")
    ] = False,
    dropped: Annotated[bool, Query(description="with those who have dropped the course")] = False,
    excused: Annotated[
        list[str], Query(max_length=1000, description="logins for whom it does not count")
    ] = [],  # noqa: B006  # FastAPI copies it
) -> StreamingResponse:
    """A line for each student: what counts for them, with marks and after the late penalty.

    In the columns of `canvas`, `gradescope`, `moodle`, `brightspace` or `blackboard` for import
    there, or `plain` with everything. For Canvas and Blackboard give `column` as their own export
    writes it, "Homework 4 (1234)". `moodle` leaves out students without an address, because
    Moodle would give their points to the line above.
    """
    manifest = services.course.load(slug).manifest
    lines = gradebook.lines(
        services.store,
        services.course,
        manifest,
        system,
        column,
        comments=comments,
        excused=excused,
        dropped=dropped,
    )
    return csv_stream.response(lines, f"{slug}-{system}.csv")
