"""The files that a course gives: `given/` of its suite, listed in the manifest, and `guest/`.

Owns reading them and laying them over a submission. Whatever a student changed in their own copy
is not graded: the course's copy takes its place, and the report says so. Does not write templates
(`grader.authoring.template_builder`).
"""

from grader import disk, errors, models
from grader.assignment import manifest as assignments

FOLDER = "given"
GUEST_PACKAGE = "stage"  # reserved: the suite's own helpers inside the sandbox


def files(assignment: assignments.Assignment) -> dict[str, bytes]:
    """Path in the submission -> the course's copy.

    Raises:
        SuiteError: a listed file is not in the folder, or the folder holds one that is not listed.
    """
    folder = assignment.suite_dir / FOLDER
    paths = dict(disk.files(folder))
    listed = assignment.manifest.submission.given
    for name in listed:
        if name not in paths:
            raise errors.SuiteError(
                f"{folder / name}: no such file, but {assignment.slug} gives it. Put it there, or "
                "take it out of `submission.given`."
            )
    for name, path in paths.items():
        if name not in listed:
            raise errors.SuiteError(
                f"{path}: nobody would get this file. List it in `submission.given`, or remove it."
            )
    return {name: paths[name].read_bytes() for name in listed}


def helpers(assignment: assignments.Assignment) -> dict[str, bytes]:
    """The suite's helpers for inside the sandbox, under their reserved package."""
    folder = assignment.suite_dir / "guest"
    paths = disk.files(folder)
    return {f"{GUEST_PACKAGE}/{n}": p.read_bytes() for n, p in paths if p.suffix == ".py"}


def overlay(tree: models.FileTree, copies: dict[str, bytes]) -> models.FileTree:
    """The submission with the course's copies in place, and a note on those that differed."""
    changed = [
        name
        for name, copy in copies.items()
        if name in tree.files and _lines(tree.files[name]) != _lines(copy)
    ]
    note = (
        f"Not graded, because the course gives these files and uses its own copies: "
        f"{', '.join(sorted(changed))}. Yours differ from them."
    )
    return models.FileTree({**tree.files, **copies}, (*tree.notes, *([note] if changed else [])))


def _lines(content: bytes) -> list[bytes]:
    """Without the end of lines, which git and editors change on their own."""
    return content.splitlines()
