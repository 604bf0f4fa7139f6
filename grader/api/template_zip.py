"""What students begin with, as a zip: the template that `grader template build` wrote.

Owns this route and the reading of the folder. Who may see an assignment is `standing`'s.
"""

from fastapi import APIRouter, Response

from grader import disk
from grader.api import assignments as api_assignments
from grader.api import dependencies, problems
from grader.assignment import manifest as assignments
from grader.intake import archive

router = APIRouter()

ZIP_TYPE = "application/zip"


@router.get(
    "/api/assignments/{slug}/template.zip",
    response_class=Response,
    responses=problems.described(
        **dependencies.UNAUTHORISED, s404="no such assignment, or it has no template"
    )
    | {
        200: {
            "content": {ZIP_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            "description": "the files, in a folder of the assignment's name",
        }
    },
)
def template(slug: str, here: dependencies.Here, user: dependencies.Caller) -> Response:
    """The files that students begin with, for the caller's disk."""
    api_assignments.find(here, user, slug)
    assignment = assignments.load(here.course_dir, slug)
    if not there(assignment):
        raise problems.Problem(404, "This assignment has no template.")
    files = {
        f"{slug}/{name}": path.read_bytes() for name, path in disk.files(assignment.template_dir)
    }
    kept = {"Content-Disposition": f'attachment; filename="{slug}.zip"'}
    return Response(archive.write(files), media_type=ZIP_TYPE, headers=kept)


def there(assignment: assignments.Assignment) -> bool:
    """Whether there is anything to begin with."""
    return assignment.template_dir.is_dir()
