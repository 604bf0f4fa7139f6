"""Regrades: grade again, look at what changed, let the new results count or not.

Owns what a regrade may be asked. Its runs and which result counts are `grader.store.regrades`'s,
what differs between two reports `grader.scoring.regrade_diff`'s.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from grader import errors, models
from grader.scoring import regrade_diff
from grader.service import bulk_operations, context, jobs, versions
from grader.store import bulk_operations as stored_operations
from grader.store import regraded_marks, rows, submissions
from grader.store import regrades as stored

KIND = "regrade"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One submission of a regrade: its two runs, their reports if there are any, what differs."""

    runs: stored.RegradedRuns
    old: models.Report | None
    new: models.Report | None
    changes: Sequence[regrade_diff.Change]


def start(
    services: context.Services,
    user: rows.User,
    slug: str,
    which: models.Which,
    reason: str,
    chosen: Sequence[uuid.UUID] = (),
    *,
    every_test: bool = False,
    version: int | None = None,
) -> rows.BulkOperation:
    """Grade submissions again by the suite as it is now, behind everything else in the queue.

    Args:
        chosen: the submissions, where `which` is `chosen`.
        every_test: run also the tests whose results cannot have changed since the run before.
        version: of the homework, to grade by; None for the one in force.

    Raises:
        NotFound: there is no such version.
        NotValid: nothing fits `which`, or the version has not passed its check.
    """
    services.course.load(slug)
    if version is not None:
        versions.require_gradable(services, slug, version)
    if chosen and which is not models.Which.CHOSEN:
        raise errors.NotValid("`submissions` goes with which = chosen only.")
    regrade = rows.NewBulkOperation(
        uuid.uuid4(), KIND, slug, user.id, reason, which, every_test=every_test, version=version
    )
    if not stored.add(services.store, regrade, user.title, chosen, jobs.enqueue_all):
        raise errors.NotValid(
            f"There is nothing to grade again: no graded submission of {slug} is {which}."
        )
    return bulk_operations.find(services, KIND, str(regrade.id))


def diff(services: context.Services, regrade_id: str) -> Sequence[rows.RegradeItem]:
    """Each submission with its reports before and now, by student."""
    regrade = bulk_operations.find(services, KIND, regrade_id)
    return stored.items(services.store, regrade.id)


def compare(
    services: context.Services, regrade: rows.BulkOperation, submission_id: uuid.UUID
) -> Comparison:
    """One submission's old and new result.

    Raises:
        NotFound: it is not of this regrade.
    """
    runs = stored.runs_of(services.store, regrade.id, submission_id)
    if runs is None:
        raise errors.NotFound("This regrade has no such submission; check the address.")
    reports = submissions.reports(services.store, [runs.old_run_id, runs.new_run_id])
    old, new = reports.get(runs.old_run_id), reports.get(runs.new_run_id)
    return Comparison(runs, old, new, regrade_diff.between(old, new) if new else ())


def sums(services: context.Services, regrade: rows.BulkOperation) -> stored.Sums:
    """What a regrade does, in numbers of submissions and tests."""
    return stored.sums(services.store, regrade.id)


def marks(
    services: context.Services, regrade: rows.BulkOperation
) -> regraded_marks.RegradedMarks | None:
    """How many marks count with the old and the new results.

    None while it is being graded, and where the homework is gone.
    """
    if not regrade.ended:
        return None
    try:
        rubric = services.course.load(regrade.assignment).manifest.rubric
    except errors.SuiteError:
        return None
    return regraded_marks.count(services.store, regrade.id, rubric)


def apply(
    services: context.Services,
    user: rows.User,
    regrade_id: str,
    take: models.Take,
    reason: str = "",
) -> tuple[models.BulkState, int]:
    """Let the new results count; the regrade's state now, and how many submissions changed.

    Args:
        reason: what students whose result changes read on the submission's page.

    Raises:
        NotFound, Conflict: there is none, it is still being graded, or not in a state for it.
    """
    regrade = bulk_operations.find(services, KIND, regrade_id)
    if not regrade.ended:
        raise errors.Conflict("It is still being graded; wait until it is done.", state="running")
    changed = stored.apply(services.store, regrade.id, take, user.title, reason)
    return _changed(services, regrade, changed)


def revert(
    services: context.Services, user: rows.User, regrade_id: str
) -> tuple[models.BulkState, int]:
    """Let the old results count again; the state now, and how many submissions changed.

    Raises:
        NotFound, Conflict: there is none, or it is not applied.
    """
    regrade = bulk_operations.find(services, KIND, regrade_id)
    return _changed(services, regrade, stored.revert(services.store, regrade.id, user.title))


def _changed(
    services: context.Services, regrade: rows.BulkOperation, changed: int | None
) -> tuple[models.BulkState, int]:
    now = stored_operations.get(services.store, regrade.id, KIND) or regrade
    if changed is None:
        raise bulk_operations.refuse_in(now.state)
    return now.state, changed
