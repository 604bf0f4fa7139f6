"""What in a manifest contradicts itself: files, data sets, rules, facets, needs, dates, points.

Owns the checks of a manifest that is well-formed. Its schema, and reading it, is
`assignment.manifest`'s, which calls `check`.
"""

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from grader import errors, models
from grader.assignment import manifest_faults
from grader.assignment import schedule as schedules
from grader.datasets import files
from grader.source import importable, notebook

if TYPE_CHECKING:  # it imports this module
    from grader.assignment import manifest as manifests


def check(manifest: "manifests.Manifest", path: Path) -> None:
    """Refuse a manifest that contradicts itself.

    Args:
        path: where it was read, for the message.

    Raises:
        SuiteError: the first contradiction found.
    """
    for task_id, count in Counter(task.id for task in manifest.task).items():
        if count > 1:
            raise errors.SuiteError(f"{path}: task id {task_id!r} is there twice.")
    _check_files(manifest.submission, path)
    if unknown := set(manifest.datasets) - set(files.ITEM_SHAPES):
        raise errors.SuiteError(
            f"{path}: there is no data set {', '.join(sorted(unknown))}; "
            f"choose of {', '.join(sorted(files.ITEM_SHAPES))}."
        )
    _check_rules(manifest, path)
    _check_facets(manifest, path)
    _check_needs(manifest, path)
    _check_manual(manifest, path)
    if fault := importable.fault(manifest.environment.packages):
        raise errors.SuiteError(f"{path}: environment.packages: {fault}")
    if fault := schedules.fault(manifest.schedule):
        raise errors.SuiteError(f"{path}: schedule: {fault}")
    _check_points(manifest, path)


def _check_points(manifest: "manifests.Manifest", path: Path) -> None:
    """The tasks sum to what is announced."""
    total = sum((task.exact_points for task in manifest.task), Fraction(0))
    declared = Fraction(str(manifest.total_points)) + Fraction(str(manifest.extra_points))
    if total != declared:
        raise errors.SuiteError(
            f"{path}: the tasks' points sum to {total}, but total_points + extra_points is "
            f"{declared}. Correct the one that is wrong."
        )


def _check_files(submission: "manifests.SubmissionRules", path: Path) -> None:
    """Each file has one origin: the student's or the course's."""
    for name in submission.given:
        if name in submission.wanted:
            raise errors.SuiteError(
                f"{path}: {name} is both given and asked for; the course's copy would replace "
                "every student's. List it once."
            )
    if not submission.demanded:
        raise errors.SuiteError(f"{path}: `submission` asks for no file; list those it requires.")
    for name in submission.notebooks:
        if not any(notebook.stands_for(name, module) for module in submission.wanted):
            raise errors.SuiteError(f"{path}: {name} stands for no required or optional file.")
        if "ipynb" not in submission.accept:
            raise errors.SuiteError(f'{path}: students get {name}; add "ipynb" to `accept`.')


def _check_rules(manifest: "manifests.Manifest", path: Path) -> None:
    """Each rule says enough to be applied."""
    automatic = {task.id for task in manifest.task if task.kind is models.TaskKind.AUTO}
    for rule in manifest.policy.rule:
        where = f"{path}: the policy rule on {rule.kind!r}"
        if rule.kind in ("import", "call") and not rule.names:
            raise errors.SuiteError(f"{where} has no names; list what it forbids.")
        if rule.kind == "output" and rule.action == "reject":
            raise errors.SuiteError(f"{where} cannot reject: what is printed shows in the tests.")
        if rule.action == "zero" and rule.kind in ("import", "call", "output") and not rule.tasks:
            raise errors.SuiteError(f"{where} has no tasks; list those that earn nothing.")
        if unknown := set(rule.tasks) - automatic:
            raise errors.SuiteError(
                f"{where} names {', '.join(sorted(unknown))}, which is no automatic task"
                f"{manifest_faults.advice(min(unknown), sorted(automatic))}"
            )


def _check_facets(manifest: "manifests.Manifest", path: Path) -> None:
    """The facets of a task are all of it."""
    for task in manifest.task:
        percent = sum((Fraction(str(share)) for share in task.facets.values()), Fraction(0))
        if task.facets and percent != 100:
            raise errors.SuiteError(
                f"{path}: the facets of task {task.id} sum to {float(percent):g} percent, not 100."
            )
        if task.facets and task.kind is not models.TaskKind.AUTO:
            raise errors.SuiteError(f"{path}: task {task.id} is manual, so it has no facets.")


def _check_manual(manifest: "manifests.Manifest", path: Path) -> None:
    """A task that is marked for want of a file is tested with it, and the file may be wanting."""
    optional = sorted(manifest.submission.optional)
    for task in manifest.task:
        name = task.manual_without
        if name and task.kind is not models.TaskKind.AUTO:
            raise errors.SuiteError(f"{path}: task {task.id} is manual with and without {name}.")
        if name and name not in optional:
            raise errors.SuiteError(
                f"{path}: task {task.id} is marked by a person without {name}, which is no "
                f"optional file{manifest_faults.advice(name, optional)}"
            )


def _check_needs(manifest: "manifests.Manifest", path: Path) -> None:
    """A task needs automatic tasks that stand before it, so that none needs itself."""
    before = list[str]()
    for task in manifest.task:
        if unknown := set(task.needs) - set(before):
            raise errors.SuiteError(
                f"{path}: task {task.id} needs {', '.join(sorted(unknown))}, but no automatic task "
                f"of this name is listed before it{manifest_faults.advice(min(unknown), before)}"
            )
        if task.needs and task.kind is not models.TaskKind.AUTO:
            raise errors.SuiteError(f"{path}: task {task.id} is manual, so it needs no other.")
        if task.with_reference and not task.needs:
            raise errors.SuiteError(
                f"{path}: task {task.id} has `with_reference`, but needs no other task; say which "
                'ones those files are for, as in `needs = ["1a"]`.'
            )
        if task.kind is models.TaskKind.AUTO:
            before.append(task.id)
