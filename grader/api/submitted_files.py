"""The files of a submission, and what changed between two of one student.

Owns these routes. The files are read by `grader.service.submitted_files`.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from grader.api import callers
from grader.api.schemas import file_schemas
from grader.http import dependencies, problems
from grader.service import submitted_files

router = APIRouter()


@router.get(
    "/api/submissions/{submission_id}/files",
    responses=problems.described(
        **callers.UNAUTHORISED, s404="no such submission of yours, or its files are not kept"
    ),
)
def list_files(
    submission_id: str, services: dependencies.Services, user: callers.Caller
) -> file_schemas.SubmittedFiles:
    """What was submitted, file by file; annotations have a route of their own."""
    return file_schemas.files(submitted_files.of_submission(services, user, submission_id))


@router.get(
    "/api/submissions/{submission_id}/compare",
    responses=problems.described(
        **callers.UNAUTHORISED,
        s404="no such submissions of yours, or they are of two people or two homeworks",
    ),
)
def compare(
    submission_id: str,
    services: dependencies.Services,
    user: callers.Caller,
    other: Annotated[uuid.UUID, Query(alias="with", description="another of the same student")],
) -> file_schemas.ComparedSubmissions:
    """What changed between two submissions of one student: tests, points, lines of files."""
    return file_schemas.comparison(
        submitted_files.compared(services, user, submission_id, str(other))
    )
