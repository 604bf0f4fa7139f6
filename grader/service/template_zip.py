"""What students begin with: the template that `grader template build` wrote, as a zip or a file.

Owns the reading of the folder. What is in it is made by `grader.authoring.template_builder`.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from grader import disk, errors
from grader.assignment import manifest as assignments
from grader.intake import archive
from grader.service import assignments as standings
from grader.service import context
from grader.store import rows

PUBLIC_TESTS: Final = "public_tests"  # where the template builder puts them


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


def readme(assignment: assignments.Assignment) -> str:
    """What the template's README says, in Markdown; empty without one."""
    path = assignment.template_dir / "README.md"
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def notebooks(assignment: assignments.Assignment) -> dict[str, Path]:
    """The notebooks at the top of the template, by name."""
    return {path.name: path for path in sorted(assignment.template_dir.glob("*.ipynb"))}


def public_test(services: context.Services, user: rows.User, slug: str, path: str) -> str | None:
    """The text of a public test's file in the template, by its path in the suite; None if none.

    Raises:
        AssignmentNotFound: the user sees no such assignment.
    """
    standings.find(services, user, slug)
    source = _public_tests(services.course.load(slug)).get(path)
    return source.read_text(encoding="utf-8", errors="replace") if source else None


def public_tests(services: context.Services, slug: str) -> Collection[str]:
    """Files of tests that students have, by their paths in the suite; none of a broken homework."""
    try:
        return _public_tests(services.course.load(slug)).keys()
    except errors.SuiteError:
        return ()


def _public_tests(assignment: assignments.Assignment) -> dict[str, Path]:
    folder = assignment.template_dir / PUBLIC_TESTS
    return {f"public/{name}": path for name, path in disk.files(folder) if path.suffix == ".py"}
