"""From a reference solution to the package a student starts with.

Owns the contents of the student's package, and the folder that holds it. Does not own what is cut
out of a file (`authoring.marked_solutions`), the manifest (`grader.assignment.manifest`) nor what a
test says.
"""

from collections.abc import Iterable
from pathlib import Path

from grader import disk, errors
from grader.assignment import manifest as assignments
from grader.assignment import provided_files
from grader.authoring import marked_solutions, student_conftest
from grader.intake import handed_out
from grader.source import (
    importable,
    notebook,
    notebook_writer,
    secret_regions,
    solution_markers,
)

PUBLIC_TESTS_DIR = handed_out.FOLDER
START_DIR = "start"


def build(assignment: assignments.Assignment) -> dict[str, bytes]:
    """Every file of the student's package: POSIX path -> contents.

    Raises:
        SuiteError: a marker is wrong, a file is missing, or a file would give a solution away.
    """
    _refuse_strangers(assignment)
    copies = provided_files.files(assignment)
    _refuse_markers(copies, assignment.suite_dir / provided_files.FOLDER)
    # Public tests call the suite's helpers by the same name at home.
    package = (
        _sources(assignment) | _beginnings(assignment) | copies | provided_files.helpers(assignment)
    )
    readme = assignment.suite_dir / "README.md"
    if not readme.is_file():
        raise errors.SuiteError(f"{readme}: no such file. Write the students' instructions there.")
    package["README.md"] = readme.read_bytes()
    package[student_conftest.NAME] = student_conftest.of(assignment.slug)
    if added := assignment.manifest.environment.packages:
        package[importable.REQUIREMENTS] = importable.requirements(added)
    public = assignment.suite_dir / "public"
    for name, path in disk.files(public):
        _refuse_hidden(path)
        package[f"{PUBLIC_TESTS_DIR}/{name}"] = path.read_bytes()
    own = f"{handed_out.FOLDER}/{handed_out.NAME}"
    package[own] = handed_out.of(assignment.manifest, package)
    return dict(sorted(package.items()))


def write(assignment: assignments.Assignment) -> list[str]:
    """Bring the template folder up to date; returns the paths written or removed, sorted.

    Raises:
        SuiteError: as `build`; nothing is written then.
    """
    package, folder = build(assignment), assignment.template_dir
    stale = {name: path for name, path in disk.files(folder) if name not in package}
    changed = list(stale)
    for path in stale.values():
        path.unlink()
    for name, contents in package.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != contents:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)
            changed.append(name)
    return sorted(changed)


def check(assignment: assignments.Assignment) -> list[str]:
    """How the template folder differs from what `build` makes; one sentence each.

    Raises:
        SuiteError: as `build`.
    """
    package, folder = build(assignment), assignment.template_dir
    on_disk = dict(disk.files(folder))
    remedy = f"run `grader template build {assignment.slug}`."
    found = []
    for name in sorted(package.keys() | on_disk.keys()):
        if name not in on_disk:
            found.append(f"{folder / name}: missing; {remedy}")
        elif name not in package:
            found.append(f"{folder / name}: not part of the package; {remedy}")
        elif on_disk[name].read_bytes() != package[name]:
            found.append(f"{folder / name}: differs from its source; {remedy}")
    return found


def _sources(assignment: assignments.Assignment) -> dict[str, bytes]:
    """The files a student writes, with holes; optional ones only where the reference has them."""
    submission, folder = assignment.manifest.submission, assignment.reference_dir
    tasks = [task.id for task in assignment.manifest.task]
    found = {}
    for name in submission.wanted:
        path = folder / name
        if not path.is_file() and name in submission.demanded:
            raise errors.SuiteError(f"{path} is missing, but {assignment.slug} requires it.")
        if path.is_file() and path.suffix == ".py":
            found[name] = marked_solutions.strip(_text(path), str(path), tasks).encode()
    for name in submission.notebooks:
        module = notebook.module_of(name)
        if module in found:
            found[name] = notebook_writer.from_source(found.pop(module).decode(), assignment.slug)
    return found


def _beginnings(assignment: assignments.Assignment) -> dict[str, bytes]:
    """Files handed out as they are that become the student's own: configurations, say.

    Raises:
        SuiteError: nobody asks for one, or it is made from the reference already.
    """
    folder, submission = assignment.suite_dir / START_DIR, assignment.manifest.submission
    found = dict(disk.files(folder))
    for name, path in found.items():
        if name not in submission.wanted or path.suffix == ".py":
            raise errors.SuiteError(
                f"{path}: {START_DIR}/ holds files that students submit, other than Python. List "
                "it under optional, or move it to given/."
            )
    return {name: path.read_bytes() for name, path in found.items()}


def _refuse_markers(copies: Iterable[str], folder: Path) -> None:
    """The course's own files are handed out whole; a marker in one is a mistake."""
    for path in (folder / name for name in copies if name.endswith(".py")):
        found = marked_solutions.lines(_text(path), str(path))
        found += secret_regions.lines(_text(path))
        if found := [*found, *solution_markers.lines(_text(path))]:
            raise errors.SuiteError(
                f"{path}:{found[0]}: a solution marker in a file listed as `given`, which "
                "is handed out whole. List it as required or optional, or take the marker out."
            )


def _refuse_hidden(path: Path) -> None:
    """Public tests are handed out whole."""
    if path.suffix == ".py" and (found := secret_regions.lines(_text(path))):
        raise errors.SuiteError(
            f"{path}:{found[0]}: hidden tests or a mark scheme in a file that students get. Move "
            "them into a file below hidden/."
        )


def _refuse_strangers(assignment: assignments.Assignment) -> None:
    """A reference file the manifest does not name is neither handed out nor graded."""
    submission, folder = assignment.manifest.submission, assignment.reference_dir
    named = set(submission.wanted)
    for name, path in disk.files(folder):
        if name not in named:
            raise errors.SuiteError(
                f"{path}: the manifest does not name this file. List it under required or "
                "optional, or move it out of the reference; given files lie in given/ only."
            )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as exc:
        raise errors.SuiteError(f"{path}: not UTF-8 text ({exc}). Save it as UTF-8.") from exc
