"""What students begin with, as a zip: the template that `grader template build` wrote.

Owns the reading of the folder. What is in it is made by `grader.authoring.template_builder`.
"""

from grader import disk, errors
from grader.assignment import manifest as assignments
from grader.intake import archive
from grader.service import assignments as standings
from grader.service import context
from grader.store import rows


def exists(assignment: assignments.Assignment) -> bool:
    """Whether there is anything to begin with."""
    return assignment.template_dir.is_dir()


def of_assignment(services: context.Services, user: rows.User, slug: str) -> bytes:
    """The files, in a folder of the assignment's name.

    Raises:
        AssignmentNotFound, NotFound: the user sees no such assignment, or it has no template.
    """
    standings.find(services, user, slug)
    assignment = services.course.load(slug)
    if not exists(assignment):
        raise errors.NotFound("This assignment has no template.")
    files = {
        f"{slug}/{name}": path.read_bytes() for name, path in disk.files(assignment.template_dir)
    }
    return archive.write(files)
