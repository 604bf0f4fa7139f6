"""The files that students begin with, as a zip.

Owns this route; the zip is `grader.service.template_zip`'s.
"""

from fastapi import APIRouter, Response

from grader.api import callers
from grader.http import dependencies, problems
from grader.service import template_zip

router = APIRouter()

ZIP_TYPE = "application/zip"
ZIP = {
    "content": {ZIP_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    "description": "the files, in a folder of the assignment's name",
}


@router.get(
    "/api/assignments/{slug}/template.zip",
    response_class=Response,
    responses=problems.described(
        **callers.UNAUTHORISED, s404="no such assignment, or it has no template"
    )
    | {200: ZIP},
)
def template(slug: str, services: dependencies.Services, user: callers.Caller) -> Response:
    """The files that students begin with, for the caller's disk."""
    kept = {"Content-Disposition": f'attachment; filename="{slug}.zip"'}
    zipped = template_zip.of_assignment(services, user, slug)
    return Response(zipped, media_type=ZIP_TYPE, headers=kept)
