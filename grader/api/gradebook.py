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
    dependencies=callers.FOR_INSTRUCTORS,
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such assignment")
    | {200: CSV},
)
def gradebook_csv(
    slug: str,
    services: dependencies.Services,
    system: Annotated[columns.System, Query(alias="for")] = columns.System.PLAIN,
    column: Annotated[
        str, Query(max_length=200, description="title of the column; the assignment's by default")
    ] = "",
) -> StreamingResponse:
    """A line for each student: what counts for them, with marks and after the late penalty.

    In the columns of `canvas`, `gradescope` or `moodle` for import there, or `plain` with
    everything. For Canvas give `column` as its own export writes it, "Homework 4 (1234)".
    """
    manifest = services.course.load(slug).manifest
    lines = gradebook.lines(services.store, services.course, manifest, system, column)
    return csv_stream.response(lines, f"{slug}-{system}.csv")
