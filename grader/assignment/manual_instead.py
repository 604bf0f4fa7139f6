"""Tasks that a person marks where a submission lacks the file that their tests look at.

Owns what becomes of an assignment for one submission. A handout asks for some answers on paper,
and a suite checks them in a file of its own making: who does not submit that file loses nothing.
Does not own the marks themselves (`grader.service.marks`).
"""

from collections.abc import Collection

import msgspec

from grader import models, wording
from grader.assignment import manifest as assignments
from grader.source import notebook


def lacking(manifest: assignments.Manifest, files: Collection[str]) -> tuple[assignments.Task, ...]:
    """The tasks that a person marks, because a file of the submission is not there.

    Args:
        files: the submission's paths; a notebook stands for its module.
    """
    return tuple(
        task
        for task in manifest.task
        if task.manual_without and not _holds(files, task.manual_without)
    )


def applied(
    assignment: assignments.Assignment, tasks: Collection[assignments.Task]
) -> assignments.Assignment:
    """The assignment with these tasks as manual ones."""
    if not tasks:
        return assignment
    manual = {task.id: _manual(task) for task in tasks}
    rubric = tuple(manual.get(task.id, task) for task in assignment.manifest.task)
    return msgspec.structs.replace(
        assignment, manifest=msgspec.structs.replace(assignment.manifest, task=rubric)
    )


def notes(tasks: Collection[assignments.Task]) -> list[str]:
    """One sentence per missing file: which tasks are marked by staff."""
    names = dict.fromkeys(task.manual_without for task in tasks)
    return [_note(name, [t.id for t in tasks if t.manual_without == name]) for name in names]


def _note(name: str, tasks: list[str]) -> str:
    what = "Task" if len(tasks) == 1 else "Tasks"
    verb = "is" if len(tasks) == 1 else "are"
    return (
        f"{name} was not submitted. {what} {wording.listed(tasks)} {verb} not tested; the course "
        "staff mark your written answer instead."
    )


def _manual(task: assignments.Task) -> assignments.Task:
    return msgspec.structs.replace(task, kind=models.TaskKind.MANUAL, needs=(), facets={})


def _holds(files: Collection[str], name: str) -> bool:
    return name in files or any(notebook.stands_for(path, name) for path in files)
